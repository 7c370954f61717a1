"""`enforcer config`, as a person meets it: what holds, where it comes from, and how it is changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from enforcer.cli.main import run


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and the folder we are in."""
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code, and what was printed on either stream."""
    code = run(["config", *arguments])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


# Reading


def test_nothing_set_says_how_to_begin(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys) == (0, "everything is as it comes; change it with: enforcer config set KEY VALUE\n")


def test_every_value_has_its_place_and_line(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = write(home / "config" / "config.yaml", "# mine\nlanes:\n  ask: auto\npermissions: {deny: [A]}\n")
    theirs = write(root / ".enforcer" / "config.yaml", "permissions:\n  deny: [B]\n")
    monkeypatch.setenv("ENFORCER_CREATIVE", "anthropic/one")
    assert said(capsys, "list") == (
        0,
        "key\tvalue\tfrom\n"
        "lanes.creative.model\tanthropic/one\tENFORCER_CREATIVE\n"
        f"lanes.ask\tauto\t{mine}:3\n"
        f'permissions.deny\t["B", "A"]\t{theirs}:2, {mine}:4\n',
    )


def test_a_key_without_effect_says_so_in_the_list(root: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = write(home / "config" / "config.yaml", "outputStyle: terse\n")
    assert said(capsys, "list") == (
        0,
        f"key\tvalue\tfrom\noutputStyle\tterse\t{mine}:1 (accepted, and without effect in this version)\n",
    )


def test_all_keys_can_be_listed_with_their_defaults(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = said(capsys, "list", "--all")
    assert code == 0
    assert "lanes.handoff.max_tokens\t2000\tdefault\n" in text


def test_the_list_as_json_has_the_places_apart(root: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = write(home / "config" / "config.yaml", "lanes: {ask_timeout_s: 5}\n")
    assert json.loads(said(capsys, "list", "--json")[1]) == [
        {"key": "lanes.ask_timeout_s", "value": 5.0, "from": [{"origin": str(mine), "line": 1}], "acts": True}
    ]


def test_in_a_pipe_get_is_the_value_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [said(capsys, "get", key) for key in ("lanes.ask", "lanes.pin", "memory.files", "lanes.handoff")] == [
        (0, "once\n"),
        (0, "null\n"),
        (0, '["AGENTS.md", "CLAUDE.md"]\n'),
        (0, '{"mode": "artifact", "tail_turns": 2, "max_tokens": 2000}\n'),
    ]


def test_a_key_written_into_the_settings_is_not_shown_secr_001(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        home / "config" / "config.yaml",
        "env: {ACME_API_KEY: acme-0123456789}\nproviders: {openai: {base_url: 'http://me:pass@host/v1'}}\n",
    )
    text = "".join(
        said(capsys, *words)[1]
        for words in (["list"], ["list", "--json"], ["get", "env"], ["explain", "providers.openai.base_url"])
    )
    assert "http://[secret]@host/v1" in text
    assert [secret for secret in ("acme-0123456789", "pass@") if secret in text] == []


def test_a_typo_names_the_nearest_key_conf_003(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "enforcer: there is no key lanes.aks; did you mean lanes.ask?\n"
    assert [said(capsys, *words) for words in (["get", "lanes.aks"], ["explain", "lanes.aks"])] == [(2, sentence)] * 2
    assert said(capsys, "set", "lanes.aks", "never") == (2, sentence)


def test_explain_tells_what_holds_and_what_it_hides(root: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = write(home / "config" / "config.yaml", "lanes: {ask: auto}\n")
    local = write(root / ".enforcer" / "config.local.yaml", "lanes:\n  ask: never\n")
    theirs = write(root / ".enforcer" / "config.yaml", "lanes: {ask: once}\n")
    assert said(capsys, "explain", "lanes.ask") == (
        0,
        "means      when a prompt belongs to the other lane: ask once per endeavor, switch by itself, or stay\n"
        "takes      once, auto, never\n"
        "default    once\n"
        "a project  may set it to never only\n"
        "now        never\n"
        f"set by     {local}:2\n"
        f"hides      auto ({mine}:1)\n"
        f"not taken  once ({theirs}:1)\n",
    )


def test_explain_tells_what_waits_for_a_yes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = write(root / ".enforcer" / "config.yaml", "lanes: {pin: warn}\n")
    text = said(capsys, "explain", "lanes.pin")[1]
    assert "set by              default\n" in text
    assert f"waits for your yes  warn ({theirs}:1)\n" in text


def test_explain_of_a_section_is_its_keys(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "explain", "ledger") == (
        0,
        "ledger.enabled    whether model requests are written down\n"
        "ledger.keep_days  days after which rows are removed; null keeps them\n",
    )


# Changing


def test_a_value_is_set_and_the_rest_of_the_file_stays(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = write(home / "config" / "config.yaml", "# mine\nlanes:\n  ask: once  # for now\n")
    assert said(capsys, "set", "lanes.ask", "auto") == (0, f"set: lanes.ask in {mine}\n")
    assert mine.read_text("utf-8") == "# mine\nlanes:\n  ask: auto  # for now\n"


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("permissions.deny", "Read(./secrets/**)", 'deny: ["Read(./secrets/**)"]'),
        ("permissions.deny", "[A, B]", "deny: [A, B]"),
        ("lanes.ask_timeout_s", "2.5", "ask_timeout_s: 2.5"),
        ("lanes.ask_timeout_s", "null", "ask_timeout_s: null"),
        ("lanes.creative.model", "openai-compatible:ollama/qwen3:8b", "model: openai-compatible:ollama/qwen3:8b"),
        ("ui.screen_reader", "yes", "screen_reader: yes"),
        ('lanes.skills."study:chat"', "creative", "study:chat: creative"),
    ],
)
def test_a_value_is_written_by_what_its_key_takes(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str], key: str, value: str, line: str
) -> None:
    assert said(capsys, "set", key, value)[0] == 0
    assert (home / "config" / "config.yaml").read_text("utf-8").splitlines()[-1].strip() == line


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["lanes.ask", "sometimes"], "lanes.ask must be 'once', 'auto' or 'never'"),
        (["lanes.creative.model", "fast"], "lanes.creative.model: 'fast' is not a model; write it as provider/model"),
        (["lanes.handoff", "{tail: 3}"], "lanes.handoff.tail is not known\n"),
        (["hooks", "["], "the value cannot be read: this is not valid YAML"),
        (
            ["providers.openai.base_url", "http://x", "--project"],
            "providers is never taken from a project; set it in your own file with --user",
        ),
        (
            ["lanes.ask", "auto", "--local"],
            "a project can set lanes.ask to never only; set it in your own file with --user",
        ),
        (
            ["permissions.defaultMode", "yolo", "--project"],
            "permissions.defaultMode 'bypassPermissions' is looser than your own 'default', "
            "and a project cannot loosen it",
        ),
        (["lanes.ask", "never", "--local", "--project"], "--project and --local are two files; name one"),
    ],
)
def test_what_a_file_may_not_hold_is_refused_before_it_is_written(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    code, text = said(capsys, "set", *words)
    assert code == 2
    assert text.startswith(f"enforcer: {sentence}")
    assert not (root / ".enforcer").exists()
    assert not (home / "config").exists()


def test_a_project_may_be_stricter_than_the_person(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = root / ".enforcer" / "config.yaml"
    assert said(capsys, "set", "permissions.defaultMode", "plan", "--project") == (
        0,
        f"set: permissions.defaultMode in {theirs}\n",
    )


def test_a_power_set_for_a_project_says_that_it_waits(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    local = root / ".enforcer" / "config.local.yaml"
    assert said(capsys, "set", "lanes.pin", "warn", "--local") == (
        0,
        f"set: lanes.pin in {local}\nit acts once you have said yes to it; start enforcer in this project\n",
    )
    assert (root / ".enforcer" / ".gitignore").read_text("utf-8") == "config.local.yaml\n.gitignore\n"


def test_a_value_that_something_higher_hides_says_so(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFORCER_LANE", "creative")
    assert said(capsys, "set", "lanes.default", "analytical") == (
        0,
        f"set: lanes.default in {home}/config/config.yaml\nlanes.default is now creative, from ENFORCER_LANE\n",
    )


def test_a_broken_file_is_named_and_left_as_it_was(root: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = write(home / "config" / "config.yaml", "lanes: [\n")
    code, text = said(capsys, "set", "lanes.ask", "never")
    assert (code, mine.read_text("utf-8")) == (2, "lanes: [\n")
    assert text.startswith(f"enforcer: {mine}:2: this is not valid YAML")


def test_a_file_somebody_else_may_write_is_not_changed_conf_017(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = write(home / "config" / "config.yaml", "lanes: {}\n")
    mine.chmod(0o666)
    assert said(capsys, "set", "lanes.ask", "never") == (
        2,
        f"enforcer: {mine} can be changed by other users and is ignored; mend it with: chmod go-w {mine}\n",
    )


def test_a_link_out_of_the_project_is_not_written_through(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = write(tmp_path / "outside.yaml", "a: 1\n")
    (root / ".enforcer").mkdir()
    (root / ".enforcer" / "config.yaml").symlink_to(outside)
    assert said(capsys, "set", "lanes.default", "creative", "--project") == (
        2,
        f"enforcer: {root}/.enforcer/config.yaml leads out of the project; replace it by a file, then try again\n",
    )
    assert outside.read_text("utf-8") == "a: 1\n"


def test_unset_lets_what_is_below_hold_again(root: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = write(home / "config" / "config.yaml", "lanes: {default: creative}\n")
    assert said(capsys, "unset", "lanes.default") == (
        0,
        f"taken out: lanes.default in {mine}\nlanes.default is now analytical, from default\n",
    )
    assert said(capsys, "unset", "lanes.default") == (
        0,
        f"lanes.default is not set in {mine}; see where it is with: enforcer config explain lanes.default\n",
    )


def test_the_files_are_named_whether_they_are_there_or_not(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = write(home / "config" / "config.yaml", "")
    assert said(capsys, "path") == (
        0,
        "whose\tfile\t\n"
        f"user\t{mine}\tthere\n"
        f"project\t{root}/.enforcer/config.yaml\tnot there yet\n"
        f"local\t{root}/.enforcer/config.local.yaml\tnot there yet\n",
    )
    assert said(capsys, "path", "--local") == (0, f"{root}/.enforcer/config.local.yaml\n")


def test_escape_sequences_in_a_value_do_not_reach_the_terminal(
    root: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / "config" / "config.yaml", 'outputStyle: "\\e[2Jgone"\n')
    assert os.linesep in said(capsys, "list")[1]
    assert "\x1b" not in "".join(said(capsys, *words)[1] for words in (["list"], ["get", "outputStyle"]))
