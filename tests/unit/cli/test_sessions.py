from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from enforcer.cli.main import run
from enforcer.config.paths import Paths
from enforcer.core.events import Notice, RequestFinished
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.ledger.ledger import Ledger
from enforcer.session.record import Record
from tests.unit.session.conftest import CREATIVE, POET, turn

Begin = Callable[..., Record]


def request(session: str, id: str, cost: float | None) -> RequestRow:
    asked = ModelRef("muse", "m")
    started = "2026-11-20T10:00:00.000Z"
    return RequestRow(
        id,
        session,
        1,
        1,
        Lane.CREATIVE,
        Purpose.MAIN,
        asked,
        "m",
        PinStatus.OK,
        "",
        Usage(),
        cost,
        "",
        started,
        9,
        "ok",
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def begin(home: Path, project: Path) -> Begin:
    """A session with one turn and one request, of which the ledger knows what `cost` says."""

    def make(id: str, prompt: str, cost: float | None = 0.5, *, root: Path = project, known: bool = True) -> Record:
        record = Record.create(Paths(home / "config", home / "data"), root, id)
        for event in [*turn(1, prompt, "done", CREATIVE, POET), RequestFinished(request(id, f"r-{id}", cost))]:
            record.write(event)
        if known:
            with closing(Ledger(home / "data" / "ledger.sqlite3")) as ledger:
                ledger.add(request(id, f"r-{id}", cost))
        return record

    return make


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["sessions", *arguments])
        return (code, *capsys.readouterr())

    return call


def test_without_sessions_the_list_says_so(said, project: Path) -> None:
    assert said("list") == (0, "this project has no earlier session\n", "")
    assert said("list", "--all") == (0, "there is no earlier session\n", "")
    assert said("list", "--json") == (0, "", "")


@pytest.mark.parametrize(
    ("cost", "words", "number"), [(0.5, "$0.50", 0.5), (None, "unknown", None)], ids=["priced", "not priced"]
)
def test_the_list_says_what_a_session_cost_as_far_as_it_is_known(
    said, begin: Begin, cost: float | None, words: str, number: float | None
) -> None:
    begin("s1", "a haiku", cost).close()
    row = said("list")[1].splitlines()[1].split("\t")
    assert (row[0], row[2:]) == ("s1", ["creative", "1", words, "a haiku"])
    facts = json.loads(said("list", "--json")[1])
    assert (facts["cost_usd"], facts["cost_unknown"], facts["open"]) == (number, number is None, False)
    assert facts["models"] == [{"lane": "creative", "model": "p/poet", "turns": 1}]


def test_what_the_ledger_lost_comes_back_before_a_session_is_said_to_cost_something(said, begin: Begin) -> None:
    begin("s1", "a haiku", known=False).close()
    code, out, err = said("list")
    assert (code, out.splitlines()[1].split("\t")[-2:]) == (0, ["$0.50", "a haiku"])
    assert err == "enforcer: 1 request missing in the ledger came back from the session records\n"
    assert said("list")[2] == ""


def test_without_a_ledger_nobody_knows_what_a_session_cost(said, begin: Begin, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text("ledger: {enabled: false}\n", "utf-8")
    begin("s1", "a haiku", known=False).close()
    assert said("list")[1].splitlines()[1].split("\t")[-2:] == ["unknown", "a haiku"]
    assert not (home / "data" / "ledger.sqlite3").exists()


def test_the_list_is_of_this_project_or_of_all_and_can_be_searched(said, begin: Begin, tmp_path: Path) -> None:
    begin("s1", "a haiku").close()
    begin("s2", "an ode", root=tmp_path / "other").close()
    assert [line.split("\t")[0] for line in said("list")[1].splitlines()] == ["id", "s1"]
    assert sorted(line.split("\t")[0] for line in said("list", "--all")[1].splitlines()) == ["id", "s1", "s2"]
    assert [json.loads(line)["id"] for line in said("list", "--all", "--search", "ODE", "--json")[1].splitlines()] == [
        "s2"
    ]
    assert said("list", "--search", "zzz")[1] == "this project has no earlier session with these words\n"


def test_show_names_the_model_of_each_turn(said, begin: Begin) -> None:
    begin("abc1", "a haiku").close()
    code, out, _ = said("show", "abc")
    assert (code, out.splitlines()[0], out.splitlines()[-1]) == (0, "a haiku", "1\tcreative\tp/poet\tunknown\ta haiku")
    told = json.loads(said("show", "abc", "--json")[1])
    assert [(turn["prompt"], turn["model"]) for turn in told["prompts"]] == [("a haiku", "p/poet")]


@pytest.mark.parametrize("command", ["show", "export", "delete"])
def test_an_id_that_nobody_has_is_a_mistake_of_usage(said, project: Path, command: str) -> None:
    sentence = "enforcer: no session begins with 'zzz'; list those of this project with: enforcer -r\n"
    assert said(command, "zzz") == (2, "", sentence)


# Export


@pytest.mark.parametrize("form", ["markdown", "md", "json", "html"])
def test_an_export_has_what_was_said_and_no_key_secr_009(
    said, begin: Begin, home: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("ACME_API_KEY", "canary-from-the-environment")
    (home / "config").mkdir(parents=True)
    (home / "config" / "credentials.yaml").write_text("acme: canary-from-the-file\n", encoding="utf-8")
    record = begin("s1", "canary-from-the-environment canary-from-the-file ghp_" + "a" * 36)
    record.close()
    code, out, err = said("export", "s1", "--format", form)
    assert (code, "canary" in out, "ghp_" in out, "[secret] [secret] [secret]" in out) == (0, False, False, True)
    assert err == f"exporting {record.path}; check it before you share it\n"
    assert "p/poet" in out


def test_an_export_goes_into_a_private_file_whose_name_says_the_form(said, begin: Begin, project: Path) -> None:
    begin("s1", "a haiku").close()
    path = project / "a.json"
    assert said("export", "s1", "-o", str(path))[0] == 0
    assert (json.loads(path.read_bytes())["session"]["id"], stat.S_IMODE(path.stat().st_mode)) == ("s1", 0o600)
    assert said("export", "s1", "-o", str(path))[0] == 2
    assert said("export", "s1", "-o", str(path), "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "a.txt"), "a.txt: the name says no form; end it with .md, .json or .html"),
        (("-f", "pdf"), "--format pdf: use one of markdown, json, html"),
    ],
    ids=["name", "form"],
)
def test_a_form_that_is_none_is_named(said, begin: Begin, arguments: tuple[str, ...], sentence: str) -> None:
    begin("s1", "a haiku").close()
    code, _, err = said("export", "s1", *arguments)
    assert (code, err.splitlines()[-1]) == (2, f"enforcer: {sentence}")


# Rename and delete


def test_a_name_is_kept_and_taken_back(said, begin: Begin) -> None:
    begin("s1", "a haiku").close()
    assert said("rename", "s1", "rain") == (0, "session s1 is called rain\n", "")
    assert said("list")[1].splitlines()[1].endswith("\train")
    assert said("rename", "s1", "") == (0, "session s1 has no name any more\n", "")
    assert said("list")[1].splitlines()[1].endswith("\ta haiku")


def test_nothing_is_deleted_where_nobody_can_be_asked(said, begin: Begin) -> None:
    record = begin("s1", "a haiku")
    record.close()
    code, _, err = said("delete", "s1")
    assert (code, err) == (2, "enforcer: nobody can be asked here; say --yes to delete without a question\n")
    assert record.path.exists()


def test_with_yes_it_is_deleted_and_its_cost_stays_in_the_ledger(said, begin: Begin, home: Path) -> None:
    record = begin("s1", "a haiku")
    record.close()
    code, out, _ = said("delete", "s1", "s1", "--yes")
    assert (code, out.splitlines()[-1], record.folder.exists()) == (0, "deleted s1", False)
    with closing(Ledger(home / "data" / "ledger.sqlite3")) as ledger:
        assert len(ledger.rows(session="s1")) == 1


def test_a_session_that_is_open_is_never_deleted_the_others_are_conc_008(said, begin: Begin) -> None:
    live, closed = begin("s1", "a haiku"), begin("s2", "an ode")
    closed.close()
    code, out, err = said("delete", "s1", "s2", "--yes")
    assert (code, out.splitlines()[-1]) == (1, "deleted s2")
    assert err.startswith("enforcer: session s1 is open in another terminal; go on there")
    live.write(Notice("goes on"))
    live.close()


def test_a_session_in_which_nothing_was_said_can_be_deleted(said, home: Path, project: Path) -> None:
    Record.create(Paths(home / "config", home / "data"), project, "quiet").close()
    assert said("delete", "quiet", "--yes")[1].splitlines()[-1] == "deleted quiet"


def test_what_a_prompt_says_cannot_steer_the_terminal_term_001(said, begin: Begin) -> None:
    begin("s1", "a\x1b[2Jb").close()
    printed = said("list")[1] + said("show", "s1")[1] + said("delete", "s1", "--yes")[1]
    assert "\x1b" not in printed


def test_old_records_are_not_read_again_for_the_list(said, begin: Begin) -> None:
    record = begin("s1", "a haiku")
    record.close()
    said("list")
    kept = record.path.read_bytes()
    record.path.write_bytes(b"x" * (len(kept) - 300) + kept[-300:])
    os.utime(record.path)
    assert said("list")[1].splitlines()[1].endswith("\ta haiku")
