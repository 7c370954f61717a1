from __future__ import annotations

from typing import Any

import pytest

from enforcer.hooks.config import Handler, parse_hooks
from enforcer.hooks.events import EVENTS


def test_an_entry_is_read_with_all_its_keys() -> None:
    entry = {
        "type": "command",
        "command": "./gate.sh",
        "args": ["a"],
        "if": "Bash(git *)",
        "timeout": 5,
        "async": True,
        "statusMessage": "checking",
        "failClosed": True,
    }
    read = parse_hooks({"PreToolUse": [{"matcher": "Bash|Edit", "hooks": [entry]}]}, origin="user.yaml")
    handler = Handler("PreToolUse", "./gate.sh", ("a",), "Bash|Edit", "Bash(git *)", 5, True, True)
    assert (read.handlers, read.problems) == ((handler,), ())
    assert [(h.matcher, h.status, h.origin) for h in read.handlers] == [("Bash|Edit", "checking", "user.yaml")]


GOOD = {"type": "command", "command": "true"}


@pytest.mark.parametrize(
    ("hooks", "problem"),
    [
        (
            {"PreToolUze": [{"hooks": [GOOD]}]},
            "user.yaml: hooks.PreToolUze is not a hook event; did you mean PreToolUse",
        ),
        (
            {"PreCompact": [{"hooks": [GOOD]}]},
            "user.yaml: hooks.PreCompact: this version does not fire that event, so its hooks do not run",
        ),
        ({"Stop": {"hooks": []}}, "user.yaml: hooks.Stop must be a list; it was left out"),
        ({"Stop": ["x"]}, "user.yaml: hooks.Stop[0] needs a list named hooks; it was left out"),
        (
            {"Stop": [{"matcher": "(", "hooks": [GOOD]}]},
            "user.yaml: hooks.Stop[0].matcher is not a pattern; the entry was left out",
        ),
        (
            {"Stop": [{"hooks": [{"type": "prompt", "prompt": "x"}]}]},
            "user.yaml: hooks.Stop[0].hooks[0].type is 'prompt' and only 'command' hooks are run; it was left out",
        ),
        (
            {"Stop": [{"hooks": [{"type": "command"}]}]},
            "user.yaml: hooks.Stop[0].hooks[0].command: field required; the hook was left out",
        ),
        (
            {"Stop": [{"hooks": [{**GOOD, "timeout": "soon"}]}]},
            "user.yaml: hooks.Stop[0].hooks[0].timeout: input should be a valid number; the hook was left out",
        ),
        (
            {"Stop": [{"hooks": [{**GOOD, "if": "Bash(x)"}]}]},
            "user.yaml: hooks.Stop[0].hooks[0].if works on tool events only; the hook was left out",
        ),
    ],
    ids=["misspelt", "not-fired", "no-list", "no-group", "pattern", "type", "no-command", "timeout", "if"],
)
def test_a_bad_entry_is_dropped_alone_and_named(hooks: dict[str, Any], problem: str) -> None:
    read = parse_hooks({**hooks, "SessionEnd": [{"hooks": [GOOD]}]}, origin="user.yaml")
    assert read.problems == (problem,)
    assert [handler.event for handler in read.handlers] == ["SessionEnd"]


def test_an_unknown_key_is_named_and_the_hook_still_runs() -> None:
    read = parse_hooks({"Stop": [{"hooks": [{**GOOD, "failclosed": True}]}]}, origin="user.yaml")
    assert read.problems == (
        "user.yaml: hooks.Stop[0].hooks[0].failclosed is not known and was ignored; did you mean failClosed",
    )
    assert len(read.handlers) == 1


@pytest.mark.parametrize(("data", "problems"), [(None, 0), ({}, 0), ([], 1), ("x", 1)], ids=str)
def test_a_whole_that_is_no_mapping_is_one_problem(data: object, problems: int) -> None:
    read = parse_hooks(data, origin="user.yaml")
    assert (read.handlers, len(read.problems)) == ((), problems)


def test_every_event_of_this_version_may_be_named() -> None:
    read = parse_hooks({name: [{"hooks": [GOOD]}] for name in EVENTS}, origin="user.yaml")
    assert ([handler.event for handler in read.handlers], read.problems) == (list(EVENTS), ())
