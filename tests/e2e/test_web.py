"""The web without a person: nothing is fetched or searched unless a rule says so; the creative lane delegates it."""

from __future__ import annotations

import json

from tests.servers.site import Sent, Site
from tests.servers.vendor import Call, Reply, Searched

PAGE = Sent(b"<h1>Kettles</h1><p>They boil.</p>")


def fetch(url: str) -> Reply:
    return Reply(calls=[Call("WebFetch", [json.dumps({"url": url, "prompt": "what it says"})])])


def offered(server) -> set[str]:
    return {tool.get("name") or tool["type"] for tool in server.bodies[0]["tools"]}


def test_a_page_is_fetched_where_a_rule_allows_its_host(run, services) -> None:
    with Site({"/": PAGE}) as site:
        _, analytical = services([], [fetch(site.url("/", "127.0.0.1")), Reply(text=["They boil."])])
        rule = f"WebFetch(domain:127.0.0.1:{site.port})"
        done = run("-p", "look it up", "--lane", "analytical", "--allowedTools", rule)
    assert (done.code, done.out) == (0, "They boil.\n")
    assert "# Kettles\\n\\nThey boil." in analytical.requests[1].raw.decode()


def test_without_a_rule_nothing_is_fetched_and_the_rule_is_named(run, services) -> None:
    with Site({"/": PAGE}) as site:
        _, analytical = services([], [fetch(site.url("/", "127.0.0.1")), Reply(text=["I may not."])])
        done = run("-p", "look it up", "--lane", "analytical", "--permission-mode", "bypassPermissions")
    assert (done.code, site.asked) == (4, [])
    said = f"allow it with --allowedTools 'WebFetch(domain:127.0.0.1:{site.port})'"
    assert said in analytical.requests[1].raw.decode()


def test_the_creative_lane_delegates_what_the_web_knows(run, services) -> None:
    creative, _ = services([Reply(text=["Rain taps."])], [])
    run("-p", "write a haiku about rain", "--lane", "creative", "--allowedTools", "WebSearch,WebFetch")
    assert "Delegate" in offered(creative)
    assert {"WebFetch", "web_search"} & offered(creative) == set()


def test_with_one_model_it_fetches_itself(run, services, monkeypatch) -> None:
    creative, _ = services([Reply(text=["Rain taps."])], [])
    monkeypatch.delenv("ENFORCER_ANALYTICAL")
    run("-p", "write a haiku about rain", "--allowedTools", "WebSearch")
    assert {"WebFetch", "web_search"} <= offered(creative)


def test_a_search_is_counted_and_its_sources_are_named(run, services) -> None:
    search = Searched("kettles", cited=(("https://example.test/k", "All kettles"),))
    _, analytical = services([], [Reply(text=["They boil."], search=search)])
    done = run("-p", "look it up", "--lane", "analytical", "--allowedTools", "WebSearch", "--output-format", "json")
    told = json.loads(done.out)
    assert told["result"] == "They boil.\n\nSources:\n- All kettles https://example.test/k"
    assert [model["webSearchRequests"] for model in told["modelUsage"].values()] == [1]
    assert "web_search" in offered(analytical)


def test_without_a_rule_nothing_is_searched(run, services) -> None:
    _, analytical = services([], [Reply(text=["Ok."])])
    run("-p", "look it up", "--lane", "analytical")
    assert "web_search" not in offered(analytical)
