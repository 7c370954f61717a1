"""What the documentation says of itself, of commands and of sentences is so; `tests/e2e/test_docs.py` runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from enforcer.checkpoints.authored import read_authored
from enforcer.cli import session
from enforcer.cli.main import COMMANDS
from enforcer.config.check import clean
from enforcer.core.lanes import ModelRef
from enforcer.hooks.config import parse_hooks
from enforcer.hooks.events import EVENTS
from enforcer.lanes.learnt import Learnt
from enforcer.providers.models import Models
from enforcer.ui.commands.registry import commands
from tests.pages import Block, all_blocks, anchors, codes, linked_pages, links, pages, prose, rows, section, text
from tests.unit.guards.sentences import Sentence, can_be_said, sentences
from tests.unit.guards.source import PACKAGE, ROOT, modules

LANGUAGES = {"sh", "console", "yaml", "json", "text"}
# Why a block is not run, and what every line of such a block must then be: a mark that is no longer true is stale.
REASONS = {
    "installs": r"(\./install\.sh|pipx install|uv tool install|pip install)\b.*",
    "needs a package index": r"options=.*|uv pip compile .*",
    "takes minutes": r"scripts/bench\b.*|\.venv/bin/(pip install --group train|python -m (tools|benchmarks)\.\w+)",
}
RUN = {"", "session", "asks for a key"}  # what `tests/e2e/test_docs.py` knows how to run
PRINTED = sentences()


def ids(block: object) -> str:
    return block.where if isinstance(block, Block) else str(block)


def commands_of(block: Block) -> list[str]:
    return [line for line in block.text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("block", all_blocks(), ids=ids)
def test_a_block_says_what_it_is(block: Block) -> None:
    assert block.language in LANGUAGES, "write sh, console, yaml, json or text behind the backticks"


@pytest.mark.parametrize("block", all_blocks("sh", "console"), ids=ids)
def test_what_is_not_run_says_why_and_the_reason_holds(block: Block) -> None:
    kind, _, reason = block.mark.partition(": ")
    if kind == "no-run":
        assert reason in REASONS
        assert [line for line in commands_of(block) if not re.fullmatch(REASONS[reason], line)] == []
    else:
        assert block.mark in RUN or re.fullmatch(r"exit: [1-9]\d*", block.mark)


def test_every_reason_for_not_running_is_still_needed() -> None:
    assert set(REASONS) == {block.mark.removeprefix("no-run: ") for block in all_blocks() if "no-run" in block.mark}


OUR_PROGRAMS = r"(\$ )?(enforcer|skill-builder|scripts/\w+|\./install\.sh)\b"


def test_no_command_hides_in_a_block_that_is_not_run() -> None:
    hidden = [block.where for block in all_blocks("text") if re.search(rf"^{OUR_PROGRAMS}", block.text, re.MULTILINE)]
    indented = [page.name for page in pages() if re.search(rf"^ {{4,}}{OUR_PROGRAMS}", prose(page), re.MULTILINE)]
    assert (hidden, indented) == ([], [])


# Examples of files


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=ids)
def test_an_example_of_a_file_is_taken_as_it_stands(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(block.text, "utf-8")
    match block.mark:
        case "":
            tree, problems = clean(yaml.safe_load(block.text), "example")
            hooks = parse_hooks(tree.get("hooks"), origin="example")
            assert (bool(tree), problems, hooks.problems) == (True, (), ())
            assert bool(hooks.handlers) == ("hooks" in tree)
        case "checkpoints":
            found = read_authored(file)
            assert (bool(found.checkpoints), found.problems) == (True, ())
        case "models":
            assert [
                name for name in yaml.safe_load(block.text) if not Models(file).is_written(ModelRef.parse(name))
            ] == []
        case "lanes":
            assert (Learnt(file).problems, bool(Learnt(file).rules)) == ((), True)
        case _:
            raise AssertionError(f"{block.where}: write yaml, yaml models or yaml lanes")


@pytest.mark.parametrize("block", all_blocks("json"), ids=ids)
def test_an_example_of_json_can_be_read(block: Block) -> None:
    assert json.loads(block.text)


# Links


def broken(page: Path) -> Iterator[str]:
    for link in links(page):
        name, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", linked_pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


def test_every_page_is_in_the_index_with_a_line_of_its_own() -> None:
    index = ROOT / "docs" / "README.md"
    there = {path.name for path in (ROOT / "docs").glob("*.md")} - {index.name}
    assert there - set(links(index)) == set()


def test_every_page_can_be_reached_from_the_readme() -> None:
    assert "docs/README.md" in links(ROOT / "README.md")


def test_decisions_are_numbered_one_after_the_other() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [(path.name[:4], path.read_text("utf-8").split(".")[0]) for path in found]
    assert numbers == [(f"{number:04}", f"# {number}") for number in range(1, len(found) + 1)]


# Commands

PAGE = text("docs/commands.md")
IN_A_SESSION, ON_THE_LINE = section(PAGE, "In a session"), section(PAGE, "On the command line")


def first_codes(markdown: str) -> list[str]:
    return [code for row in rows(markdown) for code in codes(row[0])]


def test_every_slash_command_is_told_and_every_one_that_is_told_exists() -> None:
    told = {code.split()[0] for code in first_codes(IN_A_SESSION) if code.startswith("/")}
    assert told == {f"/{command.name}" for command in commands()}


def test_other_names_of_slash_commands_are_told() -> None:
    others = [f"`/{alias}`" for command in commands() for alias in command.aliases]
    assert [alias for alias in others if alias not in IN_A_SESSION] == []


def test_what_a_slash_command_takes_is_told_as_help_tells_it() -> None:
    told = first_codes(IN_A_SESSION)
    usages = [f"/{command.name} {command.usage}".strip() for command in commands()]
    assert [usage for usage in usages if usage not in told] == []


def test_every_command_is_told_and_every_one_that_is_told_exists() -> None:
    told = {code.split()[1] for code in first_codes(ON_THE_LINE) if re.match(r"enforcer [a-z]", code)}
    assert told == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_has_below_it_is_told(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    below = getattr(get_command(getattr(import_module(module), attribute)), "commands", {})
    told = " ".join(code for code in first_codes(ON_THE_LINE) if code.startswith(f"enforcer {name}"))
    assert [verb for verb in below if not re.search(rf"\b{verb}\b", told)] == []


def test_every_flag_of_a_session_is_told_and_every_one_that_is_told_exists() -> None:
    params = get_command(session.app).params
    known = {flag for param in params for flag in (*param.opts, *param.secondary_opts) if flag[0] == "-"} | {
        "-h",
        "--help",
    }
    told = {
        word
        for row in rows(section(PAGE, "Flags of a session"))
        for code in codes(row[0])
        for word in code.split()
        if word[0] == "-"
    }
    assert told == known


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_slash_command_that_is_mentioned_exists(page: Path) -> None:
    known = {name for command in commands() for name in (command.name, *command.aliases)}
    mentioned = re.findall(r"`/([a-z]+)(?=[ `])", page.read_text("utf-8"))
    assert [name for name in mentioned if name not in {*known, "proc"}] == []


def mentions() -> list[tuple[str, str]]:
    """The command lines that stand inside of sentences and tables, with their page."""
    return [
        (page.name, code)
        for page in pages()
        for code in codes(prose(page).replace("\n", " "))
        if re.match(r"(enforcer|skill-builder) ", code)
    ]


def unknown(line: str) -> list[str]:
    """The words of a command line that the program does not know."""
    program, *words = line.split()
    words = ["skill", *words] if program == "skill-builder" else words
    name = words.pop(0) if words and words[0] in COMMANDS else ""
    module, _, attribute = (COMMANDS[name][0] if name else "enforcer.cli.session:app").partition(":")
    command = get_command(getattr(import_module(module), attribute))
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    known = {"-h", "--help", *(flag for param in command.params for flag in (*param.opts, *param.secondary_opts))}
    wrong = [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]
    missing = words[:1] if getattr(command, "commands", {}) or (not name and words[0][0].isalpha()) else []
    return wrong + missing


def test_a_command_line_inside_of_a_sentence_is_one_the_program_takes() -> None:
    assert [(page, code) for page, code in mentions() if unknown(code)] == []


@pytest.mark.parametrize(
    "line", ["enforcer ledger --bye lane", "enforcer auth show openai", "enforcer --creativ a/b", "enforcer verify"]
)
def test_a_command_line_the_program_does_not_take_is_found(line: str) -> None:
    assert unknown(line) != []


def test_every_hook_event_that_is_fired_is_told_and_no_other() -> None:
    told = {name.strip() for row in rows(text("docs/hooks.md"), "event") for name in row[0].split(",")}
    source = "\n".join(path.read_text("utf-8") for path in modules(PACKAGE))
    aliased = source.replace("LaneSwitchedHook(", "LaneSwitched(")
    assert told == {name for name in EVENTS if re.search(rf"(?<!class )\b{name}\(", aliased)}


# Sentences


def quoted() -> list[str]:
    """The sentences of the program that a page explains: the first column of every table headed "message"."""
    return list(
        dict.fromkeys(said for page in pages() for row in rows(prose(page), "message") for said in codes(row[0]))
    )


@pytest.mark.parametrize("said", quoted())
def test_a_sentence_that_is_explained_is_one_the_program_can_say(said: str) -> None:
    assert can_be_said(said, PRINTED)


def test_a_sentence_that_nobody_says_any_more_is_found(tmp_path: Path) -> None:
    (tmp_path / "keys.py").write_text('raise UsageError(f"{name} has no key: {how}")\nHOW = "run: enforcer auth set"\n')
    known = sentences(tmp_path)
    assert can_be_said("anthropic has no key: run: enforcer auth set", known)
    assert not can_be_said("anthropic has no key: type it in and press Enter", known)
    assert not can_be_said("anthropic has no password: set one", known)


def of_services() -> list[Sentence]:
    return [
        each for each in PRINTED if each.file == "providers/faults.py" and re.match("\0 [a-z]|cannot |the ", each.text)
    ]


@pytest.mark.parametrize("sentence", of_services(), ids=lambda sentence: sentence.readable)
def test_what_can_go_wrong_with_a_service_is_explained(sentence: Sentence) -> None:
    assert [said for said in quoted() if sentence.matches(said)] != []


def test_a_command_that_a_sentence_names_exists() -> None:
    known = {*COMMANDS, "demo"}
    named = {
        (each.file, name) for each in PRINTED for name in re.findall(r"(?:with|run): enforcer ([a-z]\w*)", each.text)
    }
    assert [each for each in sorted(named) if each[1] not in known] == []


def test_a_slash_command_that_a_sentence_names_exists() -> None:
    known = {name for command in commands() for name in (command.name, *command.aliases)}
    named = {(each.file, name) for each in PRINTED for name in re.findall(r"(?:with|use|try) /([a-z]+)", each.text)}
    assert [each for each in sorted(named) if each[1] not in known] == []
