"""Which addresses may be fetched: by host, in every mode, and never into a private network by accident."""

from __future__ import annotations

import pytest

from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling
from enforcer.permissions.policy import Mode, Policy
from enforcer.tools.base import Effect
from tests.unit.permissions.conftest import Build

ALLOW, ASK, DENY = Ruling.ALLOW, Ruling.ASK, Ruling.DENY


def fetch(url: str, id: str = "t1") -> ToolCall:
    return ToolCall(id, "WebFetch", {"url": url, "prompt": "what it says"})


def ruling(session: Policy, url: str) -> Ruling:
    return session.judge(fetch(url), Effect.READ).ruling


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@docs.example.test/",
        "https://docs.example.test@evil.test/",
        "https://docs.example.test%00.evil.test/",
        "https://docs.example.test\\@evil.test/",
        "https://docs.example.test\u200b.evil.test/",
        "file:///etc/passwd",
        "ftp://docs.example.test/",
        "//docs.example.test/",
        "https:///path",
        "",
        f"https://docs.example.test/{'x' * 2000}",
    ],
)
def test_what_does_not_say_plainly_where_it_leads_is_refused_whatever_the_rules_say__PERM_064(
    policy: Build, url: str
) -> None:
    assert ruling(policy(allow=("WebFetch",)), url) is DENY


def test_the_refusal_says_what_to_write_instead(policy: Build) -> None:
    verdict = policy().judge(fetch("https://user:secret@docs.example.test/"), Effect.READ)
    assert verdict.reason == "an address must not carry a user name or a password; send it without"


@pytest.mark.parametrize(
    ("url", "asks"),
    [
        ("http://localhost:3000/", "localhost leads to this machine"),
        ("http://app.localhost/", "app.localhost leads to this machine"),
        ("http://127.0.0.1:8080/", "127.0.0.1 leads to this machine"),
        ("http://2130706433/", "127.0.0.1 leads to this machine"),
        ("http://0x7f.1/", "127.0.0.1 leads to this machine"),
        ("http://017700000001/", "127.0.0.1 leads to this machine"),
        ("http://0.0.0.0/", "0.0.0.0 leads to this machine"),
        ("http://[::1]/", "::1 leads to this machine"),
        ("http://[::]/", ":: leads to this machine"),
        ("http://[::ffff:127.0.0.1]/", "127.0.0.1 leads to this machine"),
        ("http://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1 leads to this machine"),
        ("http://[2002:7f00:1::]/", "2002:7f00:1:: leads to this machine"),
        ("http://10.1.2.3/", "10.1.2.3 leads to a private address"),
        ("http://192.168.1.1/", "192.168.1.1 leads to a private address"),
        ("http://100.64.0.1/", "100.64.0.1 leads to a private address"),
        ("http://[fd12:3456::1]/", "fd12:3456::1 leads to a private address"),
        ("http://224.0.0.1/", "224.0.0.1 leads to a private address"),
        ("http://169.254.1.1/", "169.254.1.1 leads to a link-local address"),
        ("http://[fe80::1]/", "fe80::1 leads to a link-local address"),
        ("http://nas.local/", "nas.local leads to a name of a local network"),
        ("http://intranet/", "intranet leads to a name of a local network"),
    ],
)
def test_a_private_address_is_asked_about_however_it_is_written(policy: Build, url: str, asks: str) -> None:
    for session in (policy(), policy(Mode.BYPASS), policy(allow=("WebFetch", "WebFetch(domain:*)"))):
        verdict = session.judge(fetch(url), Effect.READ)
        assert (verdict.ruling, verdict.reason, verdict.firm) == (ASK, asks, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://[fd00:ec2::254]/",
        "http://metadata.google.internal/",
        "http://168.63.129.16/",
    ],
)
def test_a_cloud_machine_s_own_service_is_refused_unless_a_rule_names_it(policy: Build, url: str) -> None:
    assert ruling(policy(allow=("WebFetch", "WebFetch(domain:*)")), url) is DENY
    assert ruling(policy(Mode.BYPASS), url) is DENY


def test_a_rule_that_names_a_private_host_and_port_opens_that_and_nothing_else(policy: Build) -> None:
    session = policy(allow=("WebFetch(domain:localhost:3000)", "WebFetch(domain:169.254.169.254)"))
    assert ruling(session, "http://localhost:3000/a") is ALLOW
    assert ruling(session, "http://localhost:9200/") is ASK
    assert ruling(session, "http://127.0.0.1:3000/") is ASK
    assert ruling(session, "http://169.254.169.254/") is ALLOW


def test_a_name_that_was_found_to_lead_inside_is_asked_about_though_a_rule_allowed_it(policy: Build) -> None:
    session = policy(allow=("WebFetch(domain:dev.example.test)", "WebFetch(domain:*.example.test)"))
    assert ruling(session, "https://dev.example.test/") is ALLOW
    session.web.inside["dev.example.test"] = "a private address (10.1.2.3)"
    verdict = session.judge(fetch("https://dev.example.test/"), Effect.READ)
    assert (verdict.ruling, verdict.reason) == (ASK, "dev.example.test leads to a private address (10.1.2.3)")
    assert session.suggest(fetch("https://dev.example.test/")) == ("WebFetch(private:dev.example.test:443)",)
    session.remember("WebFetch(private:dev.example.test:443)")
    assert ruling(session, "https://dev.example.test/") is ALLOW


def test_private_networks_can_be_denied_as_a_whole(policy: Build) -> None:
    session = policy(allow=("WebFetch(domain:localhost)",), deny=("WebFetch(private:*)",))
    assert ruling(session, "http://localhost:3000/") is DENY
    assert ruling(session, "https://example.test/") is ASK


def test_a_denied_host_stays_denied_whatever_else_is_allowed(policy: Build) -> None:
    session = policy(
        allow=("WebFetch", "WebFetch(domain:*.example.test)", "WebFetch(domain:bad.example.test)"),
        deny=("WebFetch(domain:BAD.example.test.)",),
    )
    assert ruling(session, "https://bad.example.test/") is DENY
    assert ruling(session, "https://good.example.test/") is ALLOW


def test_the_question_offers_the_domain_and_for_this_machine_the_port_too(policy: Build) -> None:
    session = policy()
    assert session.suggest(fetch("https://Docs.Example.test/a?b")) == ("WebFetch(domain:docs.example.test)",)
    assert session.suggest(fetch("http://localhost:3000/")) == ("WebFetch(domain:localhost:3000)",)
    assert session.suggest(fetch("http://[::1]/")) == ("WebFetch(domain:[::1]:80)",)


@pytest.mark.parametrize(
    ("mode", "told", "untold"),
    [
        (Mode.DEFAULT, ALLOW, ASK),
        (Mode.ACCEPT_EDITS, ALLOW, ASK),
        (Mode.PLAN, ALLOW, ASK),
        (Mode.DONT_ASK, ALLOW, DENY),
        (Mode.BYPASS, ALLOW, ALLOW),
    ],
)
def test_fetching_changes_nothing_so_a_plan_may_fetch_what_a_rule_allows(
    policy: Build, mode: Mode, told: Ruling, untold: Ruling
) -> None:
    session = policy(mode, allow=("WebFetch(domain:docs.example.test)",))
    assert ruling(session, "https://docs.example.test/") is told
    assert ruling(session, "https://other.example.test/") is untold


def test_a_call_may_reach_inside_only_where_it_was_judged_knowing_it(policy: Build) -> None:
    session = policy(allow=("WebFetch(domain:localhost:3000)",))
    session.judge(fetch("http://localhost:3000/", "t1"), Effect.READ)
    session.judge(fetch("http://10.0.0.1:80/", "t2"), Effect.READ)
    session.judge(fetch("https://example.test/", "t3"), Effect.READ)
    assert session.web.agreed == {"t1": ("localhost", 3000), "t2": ("10.0.0.1", 80)}
    session.judge(fetch("https://example.test/", "t1"), Effect.READ)  # a hook rewrote the input
    assert session.web.agreed == {"t2": ("10.0.0.1", 80)}


def test_a_sub_agent_knows_what_the_session_knows(policy: Build) -> None:
    session = policy()
    assert session.child().web is session.web
