from __future__ import annotations

import os
import re
from datetime import date
from importlib.metadata import files
from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.providers.base import ListedModel
from enforcer.providers.models import ModelFacts, Models
from enforcer.providers.pins import undated
from enforcer.providers.remembered import Listed, remember

OWN = """
muse/*: {images: true, context: 64000}
muse/muse-1:
  max_output: 4000
  aliases: [muse-latest]
  price:
    {input: 4, output: 20, cache_read: 1, cache_write: 5, as_of: 2026-11-01, up_to: 1000,
     above: {input: 8, output: 40, cache_read: 2, cache_write: 10}}
muse/muse-2: {price: {input: 4, output: 20, as_of: 2026-11-01, up_to: 1000}}
muse/muse-3: {price: {input: 1, output: 2, search: 10, as_of: 2026-11-01}}
muse/muse-free: {price: {input: 0, output: 0, as_of: 2026-11-01}}
muse/muse-plain:
openai-compatible:local/maker/llama: {price: {input: 0, output: 0, as_of: 2026-11-01}}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def ref(text: str) -> ModelRef:
    return ModelRef.parse(text)


def sdk_file(package: str, path: str) -> str:
    """The text of an SDK's file; not imported, because that takes seconds."""
    return next(file for file in files(package) or () if str(file) == path).read_text()


def sdk_names(package: str, path: str) -> set[str]:
    """The undated ids that an SDK names one on a line."""
    quoted = re.findall(r'^ +"([^"]+)",$', sdk_file(package, path), re.MULTILINE)
    return {undated(name, package) for name in quoted}


def openai_names() -> set[str]:
    chat = sdk_names("openai", "openai/types/shared/chat_model.py")
    return chat | sdk_names("openai", "openai/types/shared/responses_model.py")


def openai_ends() -> dict[str, date]:
    """When the SDK says that a model is switched off."""
    text = " ".join(sdk_file("openai", "openai/types/shared/chat_model.py").split())
    told = re.findall(r'- ((?:"[^"]+",? ?)+): Announced shutdown date: ([0-9-]{10})', text)
    return {name: date.fromisoformat(day) for names, day in told for name in re.findall(r'"([^"]+)"', names)}


def test_a_model_nobody_knows_works_with_safe_defaults() -> None:
    facts = Models().facts(ref("openai-compatible:local/llama"))
    assert facts == ModelFacts(context=128_000, max_output=8_192, images=False, thinking=False, price=None, aliases=())


def test_a_shipped_model_has_its_facts() -> None:
    facts = Models().facts(ref("anthropic/claude-haiku-4-5"))
    assert (facts.context, facts.max_output, facts.images) == (200_000, 64_000, True)


def test_a_dated_id_has_the_facts_of_its_undated_one() -> None:
    models = Models()
    assert models.facts(ref("openai/gpt-5-2025-08-07")) == models.facts(ref("openai/gpt-5"))


def test_an_unlisted_model_of_a_known_vendor_has_what_holds_for_all_of_its_models() -> None:
    facts = Models().facts(ref("anthropic/claude-of-tomorrow"))
    assert (facts.images, facts.price) == (True, None)


def test_every_model_the_anthropic_sdk_names_is_listed() -> None:
    assert sdk_names("anthropic", "anthropic/types/model.py") - set(Models().known("anthropic")) == set()


def test_every_model_the_openai_sdk_names_is_listed_unless_it_does_not_chat_or_has_ended() -> None:
    ended = {name for name, day in openai_ends().items() if day < date(2026, 11, 1)} | {"gpt-5.1-mini"}
    chatting = {name for name in openai_names() - ended if Models().chats(ModelRef("openai", name))}
    assert chatting - set(Models().known("openai")) == set()
    assert "gpt-6.1-sol" in chatting


def test_every_model_the_google_sdk_names_is_listed_unless_it_does_not_chat() -> None:
    named = sdk_names("google-genai", "google/genai/_gaos/types/interactions/model.py")
    chatting = {name for name in named if Models().chats(ModelRef("google", name))}
    assert chatting - set(Models().known("google")) == set()
    assert "gemini-4-argon" in chatting


def test_every_listed_openai_model_is_one_the_sdk_names() -> None:
    assert set(Models().known("openai")) - openai_names() == set()


def test_the_last_day_of_a_model_is_the_one_the_sdk_announces() -> None:
    told, models = openai_ends(), Models()
    listed = {name: models.facts(ModelRef("openai", name)).ends for name in models.known("openai")}
    assert listed == {name: told.get(name) for name in listed}


def test_nothing_is_suggested_that_ends_or_has_no_price() -> None:
    models = Models(today=lambda: date(2026, 11, 24))
    refs = [ModelRef(provider, name) for provider in models.providers() for name in models.known(provider)]
    suggested = [ref for ref in refs if models.facts(ref).suggest]
    assert [ref for ref in suggested if models.facts(ref).ends or models.rates(ref) is None] == []
    assert {lane for ref in suggested for lane in models.facts(ref).suggest} == set(Lane)


@pytest.mark.parametrize("lane", list(Lane))
def test_no_two_models_have_the_same_rank(lane: Lane) -> None:
    models = Models()
    facts = [models.facts(ModelRef(each, name)) for each in models.providers() for name in models.known(each)]
    ranks = [fact.suggest[lane].rank for fact in facts if lane in fact.suggest]
    assert len(ranks) == len(set(ranks))


@pytest.mark.parametrize(
    ("ref_", "chats"),
    [
        ("openai/text-embedding-3-large", False),
        ("openai/gpt-image-2", False),
        ("openai/gpt-7", True),
        ("google/gemini-embedding-001", False),
        ("google/gemini-9-neon", True),
        ("openai-compatible:ollama/nomic-embed-text:latest", False),
        ("openai-compatible:ollama/qwen3:8b", True),
        ("muse/embed", True),
    ],
)
def test_what_a_list_has_beside_models_that_chat_is_known(ref_: str, chats: bool) -> None:
    assert Models().chats(ref(ref_)) is chats


@pytest.mark.parametrize("provider", ["anthropic", "openai", "google"])
def test_an_answer_leaves_room_for_the_question_in_every_shipped_model(provider: str) -> None:
    models = Models()
    facts = {name: models.facts(ModelRef(provider, name)) for name in models.known(provider)}
    assert [name for name, fact in facts.items() if fact.max_output >= fact.context] == []


def test_shipped_aliases_are_keyed_by_reference() -> None:
    assert Models().aliases()["anthropic/claude-opus-4"] == ("claude-opus-4-0",)


def test_an_own_file_adds_models_over_what_holds_for_its_provider(own: Path) -> None:
    facts = Models(own).facts(ref("muse/muse-1"))
    assert (facts.context, facts.max_output, facts.images) == (64_000, 4_000, True)
    assert Models(own).aliases()["muse/muse-1"] == ("muse-latest",)
    assert Models(own).known("muse") == ("muse-1", "muse-2", "muse-3", "muse-free", "muse-plain")


def test_an_own_file_changes_a_shipped_model_key_by_key(tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_text("anthropic/claude-haiku-4-5: {max_output: 5000}", encoding="utf-8")
    shipped, changed = (Models(path).facts(ref("anthropic/claude-haiku-4-5")) for path in (None, own))
    assert changed == shipped.model_copy(update={"max_output": 5000})


def test_an_own_price_replaces_the_shipped_one_as_a_whole(tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_text("anthropic/claude-haiku-4-5: {price: {input: 9, output: 9, as_of: 2026-11-01}}", encoding="utf-8")
    price = Models(own).facts(ref("anthropic/claude-haiku-4-5")).price
    assert price
    assert (price.input, price.cache_read) == (9, None)


def test_an_own_file_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert Models(tmp_path / "none.yaml").facts(ref("a/b")) == ModelFacts()


def test_an_empty_own_file_changes_nothing(tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_text("# nothing yet\n", encoding="utf-8")
    assert Models(own).facts(ref("a/b")) == ModelFacts()


# What vendors' lists said


TOLD = Listed(
    (ListedModel("muse-1", 99_000, 9_000, "Muse"), ListedModel("muse-new", 77_000)), date(2026, 11, 2), "list"
)


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "models.json"
    remember(path, {"muse": TOLD})
    return path


def test_a_list_tells_the_window_of_a_model_no_file_knows(lists: Path) -> None:
    facts = Models(lists=lists).facts(ref("muse/muse-new"))
    assert facts == ModelFacts(context=77_000, max_output=8_192)


def test_a_list_is_over_what_is_shipped_and_leaves_the_price(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    remember(path, {"anthropic": Listed((ListedModel("claude-haiku-4-5-20251001", 300_000, None),), date(2026, 11, 2))})
    shipped, told = (Models(lists=each).facts(ref("anthropic/claude-haiku-4-5-20251001")) for each in (None, path))
    assert told == shipped.model_copy(update={"context": 300_000})
    assert told.price


def test_what_a_person_wrote_of_a_model_is_over_its_list(own: Path, lists: Path) -> None:
    facts = Models(own, lists).facts(ref("muse/muse-1"))
    assert (facts.context, facts.max_output) == (99_000, 4_000)


def test_a_list_is_kept_with_its_day_and_beside_the_others(lists: Path) -> None:
    remember(lists, {"echo": Listed((ListedModel("echo-1"),), date(2026, 11, 3), "echo's list")})
    models = Models(lists=lists)
    assert models.listed("muse") == TOLD
    assert models.listed("echo").day == date(2026, 11, 3)
    assert models.providers()[-2:] == ("muse", "echo")
    assert lists.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "[]", '{"providers": {"a": 1}}', '{"providers": {"a": {"models": [{}]}}}', "\xff"]
)
def test_a_spoilt_list_says_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.json"
    path.write_bytes(text.encode("latin-1"))
    assert Models(lists=path).facts(ref("a/b")) == ModelFacts()


# What a request costs

MTOK = 1_000_000
P1, P1_ABOVE = "4/20 USD per Mtok, 2026-11-01", "8/40 USD per Mtok, 2026-11-01"


@pytest.mark.parametrize(
    ("model", "usage", "cost"),
    [
        pytest.param("muse-1", Usage(100, 10, 0, 0), ((400 + 200) / MTOK, P1), id="plain"),
        pytest.param("muse-1", Usage(100, 10), ((400 + 200) / MTOK, P1), id="caching_not_told"),
        pytest.param("muse-1", Usage(100, 10, 60, 30), ((40 + 60 + 150 + 200) / MTOK, P1), id="cached_parts_apart"),
        pytest.param("muse-1", Usage(1000, 0), (4000 / MTOK, P1), id="at_the_limit"),
        pytest.param("muse-1", Usage(1001, 1, 1, 1), ((7992 + 2 + 10 + 40) / MTOK, P1_ABOVE), id="over_the_limit"),
        pytest.param("muse-2", Usage(1001, 1), (None, ""), id="over_the_limit_without_a_price"),
        pytest.param("muse-2", Usage(100, 10, 5, 0), (None, ""), id="cached_without_a_price"),
        pytest.param("muse-2", Usage(100, 10, 0, 5), (None, ""), id="cache_written_without_a_price"),
        pytest.param("muse-free", Usage(100, 10), (0.0, "0/0 USD per Mtok, 2026-11-01"), id="free_is_known"),
        pytest.param("muse-plain", Usage(100, 10), (None, ""), id="no_price"),
        pytest.param("muse-1", Usage(None, 10), (None, ""), id="prov_026_input_not_told"),
        pytest.param("muse-1", Usage(100, None), (None, ""), id="prov_026_output_not_told"),
        pytest.param("muse-1", Usage(), (None, ""), id="prov_026_nothing_told"),
        pytest.param("muse-1", Usage(100, 10, searches=1), (None, ""), id="searches_without_a_price"),
        pytest.param("muse-3", Usage(0, 0, searches=3), (0.03, "1/2 USD per Mtok, 2026-11-01"), id="searches"),
    ],
)
def test_what_a_request_costs(own: Path, model: str, usage: Usage, cost: tuple[float | None, str]) -> None:
    usd, price = Models(own).cost(ref(f"muse/{model}"), usage)
    assert (usd and round(usd, 12), price) == (cost[0] and round(cost[0], 12), cost[1])


@pytest.mark.parametrize(
    ("day", "usd", "price"),
    [
        (date(2026, 11, 30), 12 / MTOK, "2/10 USD per Mtok, 2026-11-01"),
        (date(2026, 12, 1), 24 / MTOK, "4/20 USD per Mtok, 2026-11-01"),
    ],
    ids=["last day", "next day"],
)
def test_a_price_that_changes_on_a_day_is_the_one_of_today(tmp_path: Path, day: date, usd: float, price: str) -> None:
    own = tmp_path / "models.yaml"
    own.write_text(
        "muse/m: {price: {input: 2, output: 10, as_of: 2026-11-01, until: 2026-11-30, then: {input: 4, output: 20}}}"
    )
    assert Models(own, today=lambda: day).cost(ref("muse/m"), Usage(1, 1)) == (usd, price)


def test_a_price_that_ended_without_a_next_one_is_unknown(tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_text("muse/m: {price: {input: 2, output: 10, as_of: 2026-11-01, until: 2026-11-30}}")
    assert Models(own, today=lambda: date(2026, 12, 1)).cost(ref("muse/m"), Usage(1, 1)) == (None, "")


def test_a_model_is_in_use_until_the_day_it_ends(tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_text("muse/m: {ends: 2026-11-30}")
    assert Models(own, today=lambda: date(2026, 11, 29)).in_use(ref("muse/m"))
    assert not Models(own, today=lambda: date(2026, 11, 30)).in_use(ref("muse/m"))


def test_the_cost_of_a_local_model_is_what_the_own_file_says(own: Path) -> None:
    usd, _ = Models(own).cost(ref("openai-compatible:local/maker/llama"), Usage(10, 10))
    assert usd == 0.0


@pytest.mark.parametrize("model", ["scripted/poet", "openai-compatible:local/llama"])
def test_the_cost_of_a_model_without_a_price_is_unknown_and_not_nothing(model: str) -> None:
    assert Models().cost(ref(model), Usage(10, 10)) == (None, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "muse/m: {contxt: 5}",
            ": 'muse/m.contxt' is wrong (extra inputs are not permitted); correct or remove it",
            id="unknown_key",
        ),
        pytest.param(
            "muse/m: {context: many}",
            ": 'muse/m.context' is wrong (input should be a valid integer, unable to parse string as an integer); "
            "correct or remove it",
            id="wrong_type",
        ),
        pytest.param(
            "muse/m: {price: {input: 1, output: 2}}",
            ": 'muse/m.price.as_of' is wrong (field required); correct or remove it",
            id="price_without_a_day",
        ),
        pytest.param(
            "muse: {m: {context: 5}}",
            ": 'muse' is not a model; write it as provider/model",
            id="no_slash",
        ),
        pytest.param("- a", " must hold entries like 'provider/model: {…}', not list", id="a_list"),
    ],
)
def test_a_wrong_own_file_is_told_by_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "models.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as told:
        Models(own).facts(ref("a/b"))
    assert str(told.value) == f"{own}{message}"


def test_an_own_file_that_is_not_yaml_is_told_by_line(tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_text("muse/m:\n  {context: 5\n", encoding="utf-8")
    with pytest.raises(UsageError) as told:
        Models(own).facts(ref("a/b"))
    assert str(told.value).startswith(f"{own}, line 3 is not YAML (")


def test_an_own_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="it is not UTF-8"):
        Models(own).facts(ref("a/b"))


@pytest.mark.parametrize(
    "text",
    ["a/b: {price: {as_of: 2026-02-30, input: 1, output: 2}}", "a/b: {ends: 2026-13-01}", 'a/b: !!int ""'],
    ids=["no such day", "no such month", "no number"],
)
def test_an_own_file_with_a_day_that_does_not_exist_is_named(text: str, tmp_path: Path) -> None:
    own = tmp_path / "models.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as told:
        Models(own).facts(ref("a/b"))
    assert str(told.value).startswith(f"{own} has a date or a number that is none (")


def test_a_pipe_in_the_place_of_the_own_file_does_not_keep_us_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "models.yaml")
    with pytest.raises(UsageError, match=r"models\.yaml is not a regular file; replace it by one$"):
        Models(tmp_path / "models.yaml").facts(ref("a/b"))


def test_a_model_that_only_decides_answers_no_prompts_and_one_that_decides_too_does() -> None:
    models = Models()
    only, too = ModelRef("google", "gemini-decision-1"), ModelRef("openai", "gpt-6-luna")
    assert [(models.facts(ref).decides, models.chats(ref)) for ref in (only, too)] == [("only", False), ("too", True)]
    assert models.cost(only, Usage(input=1_000_000, output=0)) == (0.1, "0.1/0 USD per Mtok, 2026-11-12")
