"""`enforcer doctor` runs whatever is broken, names it, and says what to do."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from enforcer.cli.checks.registry import CHECKS
from enforcer.cli.main import run
from enforcer.config.powers import Power
from enforcer.ledger.ledger import Ledger
from enforcer.permissions.trust import TrustStore
from tests.servers.vendor import Reply, VendorServer

KEY = "sk-ant-0123456789-abcdefgh-WXYZ"
KNOWN = "{context: 1000, price: {input: 1, output: 1, as_of: 2999-01-01}}"
Doctor = Callable[..., "Told"]


class Told:
    """The findings of one run."""

    def __init__(self, code: int, data: dict[str, Any], out: str) -> None:
        self.code, self.data, self.out = code, data, out

    def of(self, code: str) -> list[tuple[str, str, str | None]]:
        """Level, text and remedy of the findings of one kind."""
        return [(each["level"], each["text"], each["remedy"]) for each in self.data["findings"] if each["code"] == code]

    def bad(self) -> list[str]:
        return [each["code"] for each in self.data["findings"] if each["level"] in {"warning", "error"}]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path.resolve() / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def doctor(root: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    def look(*arguments: str) -> Told:
        code = run(["doctor", "--json", *arguments])
        out = capsys.readouterr().out
        return Told(code, json.loads(out), out)

    return look


@pytest.fixture
def mine(home: Path) -> Callable[..., Path]:
    def write(text: str, name: str = "config.yaml") -> Path:
        (home / "config").mkdir(mode=0o700, exist_ok=True)
        path = home / "config" / name
        path.write_text(text, "utf-8")
        path.chmod(0o600)
        return path

    return write


def project(root: Path, text: str, name: str = ".enforcer/config.yaml") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


# The whole


def test_a_person_with_everything_set_has_nothing_to_do(
    doctor: Doctor, mine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine("lanes: {creative: {model: anthropic/a}, analytical: {model: openai/b}}\n")
    mine(f"anthropic/a: {KNOWN}\nopenai/b: {KNOWN}\n", "models.yaml")
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghij")
    told = doctor()
    assert (told.code, told.bad(), told.data["ok"]) == (0, [], True)
    assert told.of("key-found") == [
        ("ok", "anthropic: a key from ANTHROPIC_API_KEY", None),
        ("ok", "openai: a key from OPENAI_API_KEY", None),
    ]
    assert [secret for secret in (KEY, "WXYZ", "ghij") if secret in told.out] == []


def test_no_model_is_an_error_with_its_remedy(doctor: Doctor) -> None:
    told = doctor()
    assert told.code == 1
    assert told.of("lanes-none") == [
        ("error", "no lane has a model yet", "run enforcer, which proposes some, or: enforcer demo")
    ]


def test_the_json_has_stable_fields(doctor: Doctor) -> None:
    data = doctor().data
    assert sorted(data) == ["counts", "enforcer", "findings", "ok", "version"]
    assert data["version"] == 1
    assert list(data["counts"]) == ["ok", "note", "warning", "error"]
    assert {tuple(each) for each in data["findings"]} == {("group", "code", "level", "text", "remedy")}
    assert list(dict.fromkeys(each["group"] for each in data["findings"])) == list(CHECKS)


def test_every_warning_and_error_has_a_remedy(doctor: Doctor, root: Path, mine: Callable[..., Path]) -> None:
    mine("lanes: {ask: sometimes}\npermissions: {allow: ['Bash(*)', 'Raed(x)', '(']}\n")
    project(root, "hooks: {Nonsense: []}\n")
    told = doctor()
    findings = [each for each in told.data["findings"] if each["level"] in {"warning", "error"}]
    assert len(findings) > 4
    assert [each["code"] for each in findings if not each["remedy"]] == []


def test_a_broken_config_is_a_finding_and_the_rest_is_still_looked_at_conf_001(
    doctor: Doctor, mine: Callable[..., Path], root: Path
) -> None:
    path = mine("lanes: [\n")
    other = project(root, "a: b: c\n")
    told = doctor()
    assert told.code == 1
    assert [text.partition(" (")[0] for _, text, _ in told.of("config-unreadable")] == [
        f"{path}:2: this is not valid YAML",
        f"{other}:1: this is not valid YAML",
    ]
    assert len(told.of("not-checked")) == 8
    assert told.of("git-version")
    assert told.of("version-python")


def test_a_wrong_variable_is_a_finding(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFORCER_LANE", "sideways")
    told = doctor()
    assert [text for _, text, _ in told.of("config-unusable")] == ["ENFORCER_LANE: must be 'creative' or 'analytical'"]


def test_without_a_home_it_says_what_to_set_once_conf_015(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFORCER_CONFIG_DIR", "relative")
    told = doctor()
    sentence = "ENFORCER_CONFIG_DIR is 'relative', which depends on the folder you are in; set it to an absolute path"
    assert told.code == 1
    assert [each["text"] for each in told.data["findings"]].count(sentence) == 1


def test_outside_of_a_repository_it_works_too(doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [level for level, _, _ in doctor().of("git-no-repository")] == ["note"]


# For people


def test_a_person_reads_words_and_a_summary(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "lanes\n  error    no lane has a model yet\n           → run enforcer, which" in out
    assert out.endswith("\n\n1 error\n")
    assert "\x1b" not in out


def test_an_escape_sequence_in_a_file_does_not_reach_the_terminal(
    root: Path, mine: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    mine('outputStyle: "\\e[2J"\npermissions: {allow: ["\\e]0;x"]}\n')
    run(["doctor"])
    assert "\x1b" not in capsys.readouterr().out


# Config


def test_every_value_that_differs_is_told_with_its_line(doctor: Doctor, mine: Callable[..., Path]) -> None:
    path = mine("lanes:\n  ask: auto\noutputStyle: terse\nlanse: 1\n")
    told = doctor()
    assert told.of("config-value") == [("ok", f"lanes.ask = auto, from {path}:2", None)]
    assert told.of("config-no-effect") == [
        ("note", f"outputStyle = terse, from {path}:3 (accepted, and without effect in this version)", None)
    ]
    assert [text for _, text, _ in told.of("config-entry")] == [
        f"{path}: lanse is not known and was ignored; did you mean lanes?"
    ]


# Keys and lanes


def test_a_lane_without_its_key_is_an_error(doctor: Doctor, mine: Callable[..., Path]) -> None:
    mine("lanes: {creative: {model: anthropic/a}}\n")
    told = doctor()
    assert told.of("key-missing") == [
        ("error", "anthropic has no key, and a lane needs it", "enforcer auth set anthropic")
    ]
    assert told.of("lane-off") == [
        (
            "note",
            "analytical has no model: no question and no delegation",
            "enforcer lanes set analytical=provider/model",
        )
    ]


def test_a_key_file_that_others_can_read_is_named(doctor: Doctor, mine: Callable[..., Path]) -> None:
    path = mine(f"anthropic: {KEY}\n", "credentials.yaml")
    path.chmod(0o644)
    told = doctor()
    assert [remedy for _, _, remedy in told.of("key-file-open")] == [f"chmod 600 {path}"]
    assert KEY not in told.out


@pytest.mark.parametrize(
    ("facts", "code", "text"),
    [
        pytest.param("", "model-unknown", "is not listed", id="unknown"),
        pytest.param("x/a: {context: 9}", "model-no-price", "its price is not known", id="no-price"),
        pytest.param(
            "x/a: {price: {input: 1, output: 1, as_of: 2020-01-01}}", "model-price-old", "days old", id="old-price"
        ),
        pytest.param(
            "x/a: {ends: 2020-01-01}", "model-ended", "was switched off by its vendor on 2020-01-01", id="ended"
        ),
    ],
)
def test_what_is_not_known_of_a_model_is_told(
    doctor: Doctor, mine: Callable[..., Path], facts: str, code: str, text: str
) -> None:
    mine("lanes: {creative: {model: openai-compatible:ollama/a}}\n")
    mine(facts.replace("x/a", "openai-compatible:ollama/a"), "models.yaml")
    assert [text in told for _, told, _ in doctor().of(code)] == [True]


def test_a_provider_nobody_knows_is_an_error_that_names_the_nearest(doctor: Doctor, mine: Callable[..., Path]) -> None:
    mine("lanes: {creative: {model: antropic/a}}\n")
    told = doctor()
    assert told.bad() == ["lane-provider"]
    assert told.of("lane-provider") == [
        (
            "error",
            "'antropic' is not a provider; did you mean 'anthropic'?",
            "enforcer lanes set creative=provider/model",
        )
    ]


# Hooks, trust, permissions


def test_a_hook_that_cannot_run_is_named_with_the_way_to_mend_it(
    doctor: Doctor, root: Path, mine: Callable[..., Path]
) -> None:
    script = project(root, "#!/bin/sh\n", "gate.sh")
    script.chmod(0o644)
    path = mine(
        "hooks:\n"
        "  PreToolUse:\n"
        "    - hooks:\n"
        "        - {type: command, command: ./gate.sh --all, failClosed: true}\n"
        "        - {type: command, command: nobody-has-this}\n"
        "        - {type: command, command: 'A=1 echo fine; ./gone'}\n"
        '        - {type: command, command: "$TOOL x"}\n'
        "  Stpo: []\n"
    )
    told = doctor()
    assert told.of("hook-command") == [
        (
            "error",
            f"PreToolUse: ./gate.sh --all: {script} may not be run, so it blocks what it guards ({path})",
            f"chmod +x {script}",
        ),
        (
            "warning",
            f"PreToolUse: nobody-has-this: there is no program nobody-has-this, so it guards nothing ({path})",
            "install nobody-has-this, or name it with its path",
        ),
    ]
    assert len(told.of("hook")) == 2
    assert [text for _, text, _ in told.of("hook-entry")] == [
        f"{path}: hooks.Stpo is not a hook event; did you mean Stop"
    ]


def test_what_a_folder_brings_is_told_with_how_it_stands(doctor: Doctor, root: Path, home: Path) -> None:
    project(root, "permissions: {allow: ['Bash(make *)']}\n")
    assert [(level, text) for level, text, _ in doctor().of("trust-open")] == [
        ("note", f"{root} brings what waits for your yes: allow rule Bash(make *)")
    ]
    TrustStore(home / "data" / "trust.json").save(root, [Power("allow rule", "Bash(make *)")])
    assert doctor().of("trust-yes") == [("ok", f"{root} may act as you agreed: allow rule Bash(make *)", None)]
    project(root, "permissions: {allow: ['Bash(make *)', 'Bash(curl *)']}\n")
    assert [(level, text) for level, text, _ in doctor().of("trust-changed")] == [
        ("warning", f"{root} has changed since your yes: allow rule Bash(curl *)")
    ]


def test_a_trust_store_that_cannot_be_read_is_one_error(doctor: Doctor, home: Path) -> None:
    (home / "data").mkdir(mode=0o700)
    (home / "data" / "trust.json").write_text("{", "utf-8")
    told = doctor()
    assert told.code == 1
    assert any(
        "trust.json cannot be read" in text for _, text, _ in told.of("config-unusable") + told.of("cannot-check")
    )


@pytest.mark.parametrize(
    ("rules", "code", "text"),
    [
        pytest.param("allow: ['Bsah(ls)']", "rule-no-tool", "Bsah(ls): there is no tool Bsah", id="no-tool"),
        pytest.param("allow: ['Bash()']", "rule-unreadable", "'Bash()' has an empty pattern", id="unreadable"),
        pytest.param(
            "allow: ['Bash(git push *)']\n  deny: ['Bash(git *)']",
            "rule-hidden",
            "allow Bash(git push *)",
            id="hidden-by-a-wider-one",
        ),
        pytest.param("allow: [Write]\n  ask: [Edit]", "rule-hidden", "allow Write", id="hidden-by-its-family"),
        pytest.param("allow: ['Bash(python *)']", "rule-broad", "allows any program", id="broad"),
        pytest.param("defaultMode: bypassPermissions", "mode-bypass", "nothing is asked", id="bypass"),
        pytest.param(
            "additionalDirectories: [/not/there]", "directory-missing", "/not/there is not a folder", id="folder"
        ),
        pytest.param("deny: ['Read(/usr/**)']", "rule-path", "which is not there, though /usr is", id="one-slash"),
    ],
)
def test_a_rule_that_does_not_do_what_it_says_is_a_warning(
    doctor: Doctor, mine: Callable[..., Path], rules: str, code: str, text: str
) -> None:
    mine(f"permissions:\n  {rules}\n")
    assert [(level, text in told) for level, told, _ in doctor().of(code)] == [("warning", True)]


def test_good_rules_get_no_warning(doctor: Doctor, mine: Callable[..., Path]) -> None:
    mine(
        "permissions:\n"
        "  allow: ['Bash(git diff *)', Read, 'Edit(./src/**)', 'WebFetch(domain:example.org)', 'mcp__a__b']\n"
        "  ask: ['Bash(git push *)', 'Agent(lane:creative)']\n"
        "  deny: ['Read(//etc/shadow)', 'Read(.env)']\n"
    )
    assert [code for code in doctor().bad() if code != "lanes-none"] == []


# Files and programs


def test_a_hook_of_git_without_its_x_bit_is_named_hook_017(doctor: Doctor, root: Path) -> None:
    hook = project(root, "#!/bin/sh\n", ".git/hooks/pre-commit")
    hook.chmod(0o644)
    assert doctor().of("git-hook-mode") == [("warning", f"git skips {hook}: it may not be run", f"chmod +x {hook}")]


def test_the_repository_s_own_settings_run_nothing_repo_010(doctor: Doctor, root: Path) -> None:
    project(root, "#!/bin/sh\ntouch PWNED\n", "evil.sh").chmod(0o755)
    subprocess.run(["git", "-C", str(root), "config", "core.fsmonitor", "./evil.sh"], check=True)
    doctor()
    assert not (root / "PWNED").exists()


def test_a_skill_hidden_by_the_project_s_is_named_conf_011(doctor: Doctor, root: Path, home: Path) -> None:
    skill = "---\nname: tidy\ndescription: Tidies up.\n---\nDo it.\n"
    theirs = project(root, skill, ".enforcer/skills/tidy/SKILL.md")
    own = project(home, skill, "config/skills/tidy/SKILL.md")
    assert doctor().of("skill-shadowed") == [
        ("note", f"tidy: {own} is not used, {theirs} is", "rename one of them, if both are wanted")
    ]


def test_a_broken_skill_is_named_conf_008(doctor: Doctor, root: Path) -> None:
    path = project(root, "no front matter", ".enforcer/skills/odd/SKILL.md")
    assert [remedy for _, _, remedy in doctor().of("skill-broken")] == [f"skill-builder validate {path}"]


def test_folders_open_to_others_are_named_and_can_be_closed(
    doctor: Doctor, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = project(home, "x", "data/projects/p/s/transcript.jsonl")
    record.chmod(0o644)
    (home / "data").chmod(0o755)
    told = doctor()
    assert [remedy for _, _, remedy in told.of("folder-open") + told.of("file-open")] == ["enforcer doctor --fix"] * 2
    closed = doctor("--fix")
    assert closed.of("folder-open") + closed.of("file-open") == []
    assert record.stat().st_mode & 0o077 == 0


def test_a_damaged_ledger_is_an_error_and_is_not_touched(doctor: Doctor, home: Path) -> None:
    path = project(home, "this is no database, whatever its name says" * 100, "data/ledger.sqlite3")
    told = doctor()
    assert [(level, remedy) for level, _, remedy in told.of("ledger-broken")] == [
        ("error", "enforcer ledger --rebuild")
    ]
    assert path.read_text("utf-8").startswith("this is no database")


def test_looking_makes_nothing(doctor: Doctor, home: Path, root: Path) -> None:
    doctor()
    assert sorted(path.name for path in home.iterdir()) == []
    assert [path.name for path in root.iterdir()] == [".git"]


def test_instructions_are_listed(doctor: Doctor, root: Path) -> None:
    path = project(root, "Be kind.\n@gone.md\n", "AGENTS.md")
    told = doctor()
    assert told.of("instructions-file") == [("ok", str(path), None)]
    assert [text for _, text, _ in told.of("instructions-left-out")] == ["AGENTS.md: @gone.md is not a file; left out"]


# Pins


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, mine: Callable[..., Path]) -> Iterator[tuple[VendorServer, VendorServer]]:
    with VendorServer() as anthropic, VendorServer() as openai:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", anthropic.anthropic_url)
        monkeypatch.setenv("OPENAI_BASE_URL", openai.openai_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghij")
        mine("lanes: {creative: {model: anthropic/a}, analytical: {model: openai/b}}\n")
        mine(f"anthropic/a: {KNOWN}\nopenai/b: {KNOWN}\n", "models.yaml")
        yield anthropic, openai


def test_without_pins_nothing_is_sent(doctor: Doctor, services: tuple[VendorServer, VendorServer]) -> None:
    doctor()
    assert [server.connections for server in services] == [0, 0]


def test_pins_ask_each_lane_once_and_tell_who_answered(
    doctor: Doctor, services: tuple[VendorServer, VendorServer], home: Path
) -> None:
    for server in services:
        server.add(Reply(text=("ready",)))
    told = doctor("--pins")
    texts = [re.sub(r"in [\d,]+ ms", "in N ms", text) for _, text, _ in told.of("pin-ok")]
    assert texts == [
        "creative: asked for anthropic/a, a answered in N ms, <$0.0001",
        "analytical: asked for openai/b, b answered in N ms, <$0.0001",
    ]
    assert [len(server.requests) for server in services] == [1, 1]
    assert [server.bodies[0].get("max_tokens", server.bodies[0].get("max_output_tokens")) for server in services] == [
        16,
        16,
    ]
    with closing(Ledger(home / "data" / "ledger.sqlite3")) as ledger:
        rows = ledger.rows()
    assert sorted((row.session, row.purpose, row.lane) for row in rows) == [
        ("doctor", "doctor", "analytical"),
        ("doctor", "doctor", "creative"),
    ]


def test_another_model_that_answers_is_an_error(doctor: Doctor, services: tuple[VendorServer, VendorServer]) -> None:
    services[0].add(Reply(text=("ready",), served="cheaper"))
    services[1].add(Reply(status=401, body="no"))
    told = doctor("--pins")
    assert told.code == 1
    assert [text for _, text, _ in told.of("pin-mismatch")] == [
        "creative: anthropic/a was asked for, but cheaper answered; its answer was not used"
    ]
    assert [text for _, text, _ in told.of("pin-failed")] == [
        "analytical: openai refused the key from OPENAI_API_KEY (401): check it"
    ]


def test_pins_without_a_lane_say_so(doctor: Doctor) -> None:
    assert ("note", "no lane has a model that could be asked", None) in doctor("--pins").of("not-checked")


def test_the_ledger_can_be_off(
    doctor: Doctor, services: tuple[VendorServer, VendorServer], mine: Callable[..., Path], home: Path
) -> None:
    mine("lanes: {creative: {model: anthropic/a}}\nledger: {enabled: false}\n")
    services[0].add(Reply(text=("ready",)))
    assert len(doctor("--pins").of("pin-ok")) == 1
    assert not (home / "data" / "ledger.sqlite3").exists()


def test_a_data_folder_that_cannot_be_made_is_an_error_conf_015(
    doctor: Doctor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").write_text("", "utf-8")
    monkeypatch.setenv("ENFORCER_DATA_DIR", str(home / "file" / "data"))
    assert doctor().of("folder-cannot") == [
        (
            "error",
            f"data: {home}/file/data cannot be made below {home}/file",
            "export ENFORCER_DATA_DIR=FOLDER, an absolute path you may write to",
        )
    ]


def test_every_check_is_registered() -> None:
    folder = Path(import_module("enforcer.cli.checks").__path__[0])
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "registry", "scene", "pins"}
    assert files == {target.partition(":")[0].rpartition(".")[2] for target in CHECKS.values()}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_an_error_conf_015(doctor: Doctor, home: Path) -> None:
    home.chmod(0o500)
    try:
        told = doctor()
    finally:
        home.chmod(0o700)
    assert [level for level, _, _ in told.of("folder-cannot")] == ["error", "error"]


def test_an_entry_for_a_provider_nobody_knows_is_a_warning(doctor: Doctor, mine: Callable[..., Path]) -> None:
    path = mine("providers: {antropic: {tries: 2}}\n")
    assert doctor().of("provider-unknown") == [
        (
            "warning",
            "providers.antropic: 'antropic' is not a provider; did you mean 'anthropic'?",
            f"correct the name in {path}",
        )
    ]
