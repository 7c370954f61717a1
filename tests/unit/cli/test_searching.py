"""When a lane's service may search the web: nobody is asked before each search, so it is decided beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.cli.searching import offered
from enforcer.config.schema import Lanes, LaneSettings, WebSearchSettings
from enforcer.config.settings import Settings
from enforcer.core.lanes import Lane
from enforcer.permissions.policy import Mode, Policy
from enforcer.permissions.rules import RuleSet
from enforcer.providers.base import ProviderSettings, ServerTool

PLAIN = (ServerTool(),)


def search(
    project: Path,
    *,
    wish: str = "auto",
    vendor: str = "anthropic",
    base_url: str | None = None,
    asked: bool = True,
    mode: Mode = Mode.DEFAULT,
    withheld: tuple[str, ...] = (),
    web: WebSearchSettings | None = None,
    **rules: tuple[str, ...],
) -> tuple[ServerTool, ...]:
    lanes = Lanes(analytical=LaneSettings.model_validate({"search": wish}))
    settings = Settings(lanes=lanes, web_search=web or WebSearchSettings())
    policy = Policy(mode=mode, rules=RuleSet.parse(**rules), cwd=project, roots=(project,))
    provider = ProviderSettings(vendor, base_url=base_url)
    return offered(Lane.ANALYTICAL, provider, settings, policy, asked=asked, withheld=withheld)


@pytest.mark.parametrize("vendor", ["anthropic", "openai", "google"])
def test_with_a_person_there_every_vendor_that_searches_may(tmp_path: Path, vendor: str) -> None:
    assert search(tmp_path, vendor=vendor) == PLAIN


@pytest.mark.parametrize("vendor", ["openai-compatible:local", "scripted"])
def test_others_have_no_search_of_their_own(tmp_path: Path, vendor: str) -> None:
    assert search(tmp_path, vendor=vendor, wish="on") == ()


def test_without_a_person_only_a_rule_or_a_setting_allows_it(tmp_path: Path) -> None:
    assert search(tmp_path, asked=False) == ()
    assert search(tmp_path, mode=Mode.DONT_ASK) == ()
    assert search(tmp_path, asked=False, allow=("WebSearch",)) == PLAIN
    assert search(tmp_path, asked=False, wish="on") == PLAIN


def test_a_rule_that_denies_or_wants_to_be_asked_switches_it_off(tmp_path: Path) -> None:
    assert search(tmp_path, wish="on", allow=("WebSearch",), deny=("WebSearch",)) == ()
    assert search(tmp_path, wish="on", ask=("WebSearch",)) == ()


def test_a_lane_that_is_not_to_search_does_not(tmp_path: Path) -> None:
    assert search(tmp_path, wish="off", allow=("WebSearch",)) == ()
    assert search(tmp_path, wish="on", withheld=("WebSearch",)) == ()


def test_an_address_of_ones_own_may_be_anybody_s(tmp_path: Path) -> None:
    assert search(tmp_path, base_url="http://127.0.0.1:1") == ()
    assert search(tmp_path, base_url="http://127.0.0.1:1", wish="on") == PLAIN


@pytest.mark.parametrize(
    ("vendor", "allowed", "blocked"),
    [("anthropic", True, True), ("openai", True, False), ("google", False, False)],
)
def test_a_vendor_that_cannot_keep_to_the_domains_does_not_search(
    tmp_path: Path, vendor: str, allowed: bool, blocked: bool
) -> None:
    only = WebSearchSettings(allowed_domains=("a.test",), max_uses=2)
    never = WebSearchSettings(blocked_domains=("b.test",))
    assert bool(search(tmp_path, vendor=vendor, web=only)) is allowed
    assert bool(search(tmp_path, vendor=vendor, web=never)) is blocked
    assert search(tmp_path, web=WebSearchSettings(allowed_domains=("a.test",), blocked_domains=("b.test",))) == ()
    assert search(tmp_path, web=only) == (ServerTool(allowed_domains=("a.test",), most=2),)


@pytest.mark.parametrize(("written", "wish"), [(True, "on"), (False, "off"), ("auto", "auto")])
def test_on_and_off_may_have_been_read_as_booleans(written: object, wish: str) -> None:
    assert LaneSettings.model_validate({"search": written}).search == wish
