from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import enforcer.tools
from enforcer.core.errors import ToolError, UsageError
from enforcer.core.messages import ToolCall
from enforcer.tools.base import Effect, Tool, schema_of
from enforcer.tools.bash import BashParams
from enforcer.tools.registry import TOOLS, Toolbox, build


@pytest.fixture
def toolbox() -> Toolbox:
    return Toolbox(build())


def test_every_tool_in_the_folder_is_listed() -> None:
    modules = [
        importlib.import_module(f"enforcer.tools.{info.name}") for info in pkgutil.iter_modules(enforcer.tools.__path__)
    ]
    found = {
        f"{kind.__module__}:{kind.__name__}"
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Tool) and not inspect.isabstract(kind)
    }
    assert found == set(TOOLS.values())


@pytest.mark.parametrize("name", list(TOOLS))
def test_every_tool_keeps_the_contract_of_its_base(name: str) -> None:
    (tool,) = build([name]).values()
    assert tool.name == name
    assert tool.effect in Effect
    assert len(tool.description) <= 160
    assert tool.spec().schema["type"] == "object"


def test_all_tools_together_take_at_most_six_kilobytes(toolbox: Toolbox) -> None:
    specs = [{"name": s.name, "description": s.description, "input_schema": s.schema} for s in toolbox.specs()]
    assert len(json.dumps(specs)) <= 6000


def test_the_tools_are_told_in_the_same_order_and_words_each_time(toolbox: Toolbox) -> None:
    assert toolbox.specs() is toolbox.specs()
    assert toolbox.specs() == Toolbox(build()).specs()


@pytest.mark.parametrize(
    ("effect", "names"),
    [
        (Effect.READ, ["Read", "TaskOutput", "Glob", "Grep", "WebFetch", "TaskList"]),
        (Effect.WRITE, ["Write", "Edit"]),
        (Effect.EXECUTE, ["Bash", "TaskStop"]),
        (Effect.NONE, ["TaskCreate", "TaskUpdate", "AskUserQuestion", "ExitPlanMode"]),
    ],
)
def test_effects(toolbox: Toolbox, effect: Effect, names: list[str]) -> None:
    assert [name for name, tool in toolbox.tools.items() if tool.effect is effect] == names


def test_only_readers_run_beside_each_other(toolbox: Toolbox) -> None:
    together = [name for name, tool in toolbox.tools.items() if tool.parallel]
    assert together == ["Read", "TaskOutput", "Glob", "Grep", "TaskList"]


def test_only_the_main_session_talks_to_the_person(toolbox: Toolbox) -> None:
    assert [name for name, tool in toolbox.tools.items() if tool.main_only] == ["AskUserQuestion", "ExitPlanMode"]


def test_an_unknown_tool_is_a_mistake_of_the_person_here() -> None:
    with pytest.raises(UsageError) as error:
        build(["Reed"])
    assert str(error.value) == "there is no tool 'Reed'; did you mean Read?"


def test_a_tool_of_another_package_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[enforcer.tools]\nCountWords = acme_words:CountWords\n")
    (tmp_path / "acme_words.py").write_text(
        "from enforcer.tools.task_list import TaskListing\nclass CountWords(TaskListing):\n    name = 'CountWords'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert build(["CountWords", "Read"])["CountWords"].name == "CountWords"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        pytest.param(ToolCall("1", "reed", {}), "there is no tool 'reed'; did you mean Read?", id="unknown, near"),
        pytest.param(
            ToolCall("1", "Frobnicate", {}),
            f"there is no tool 'Frobnicate'; there are {', '.join(TOOLS)}",
            id="unknown, far",
        ),
        pytest.param(
            ToolCall("1", "Read", {}, broken='{"file_path": "/a'),
            "the arguments of Read were not valid JSON; send them again as one JSON object",
            id="broken JSON",
        ),
        pytest.param(ToolCall("1", "Read", {}), "Read: file_path is missing", id="missing"),
        pytest.param(
            ToolCall("1", "Read", {"path": "/a"}), "Read: file_path is missing; there is no field path", id="misspelt"
        ),
        pytest.param(
            ToolCall("1", "Read", {"file_path": 7}), "Read: file_path should be a valid string", id="wrong type"
        ),
        pytest.param(
            ToolCall("1", "Read", {"file_path": "/a", "offset": 0}),
            "Read: offset should be greater than or equal to 1",
            id="too small",
        ),
        pytest.param(
            ToolCall("1", "TaskUpdate", {"taskId": "1", "status": "done"}),
            "TaskUpdate: status should be 'pending', 'in_progress', 'completed' or 'deleted'",
            id="no such choice",
        ),
        pytest.param(
            ToolCall("1", "AskUserQuestion", {"questions": [{"question": "q", "header": "h", "options": []}]}),
            "AskUserQuestion: questions.0.options list should have at least 2 items after validation, not 0",
            id="nested",
        ),
        pytest.param(
            ToolCall("1", "Bash", {"command": "x", "a": 1, "b": 2, "c": 3, "d": 4}),
            "Bash: there is no field a; there is no field b; there is no field c; and 1 more",
            id="many",
        ),
    ],
)
def test_a_call_that_cannot_be_read_is_answered_with_one_sentence(toolbox: Toolbox, call: ToolCall, said: str) -> None:
    with pytest.raises(ToolError) as error:
        toolbox.parse(call)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("name", "given", "field", "value"),
    [
        pytest.param("Read", {"file_path": "a", "offset": "3"}, "offset", 3, id="a number as text"),
        pytest.param("Read", {"file_path": "a", "limit": None}, "limit", None, id="null for what may be missing"),
        pytest.param(
            "Edit", {"file_path": "a", "old_string": "", "new_string": ""}, "replace_all", False, id="default"
        ),
        pytest.param("Grep", {"pattern": "x", "-i": True}, "ignore_case", True, id="a name with a dash"),
    ],
)
def test_a_call_is_read_leniently_where_its_meaning_is_plain(
    toolbox: Toolbox, name: str, given: dict[str, Any], field: str, value: object
) -> None:
    tool, params = toolbox.parse(ToolCall("1", name, given))
    assert tool.name == name
    assert getattr(params, field) == value


@pytest.mark.parametrize(
    ("name", "given", "field", "expected"),
    [
        pytest.param("Read", {"file_path": "docs/../secrets/k"}, "file_path", "/srv/app/secrets/k", id="PATH-016"),
        pytest.param("Write", {"file_path": "../o", "content": ""}, "file_path", "/srv/o", id="PATH-001"),
        pytest.param("Glob", {"pattern": "*", "path": "src/"}, "path", "/srv/app/src", id="folder"),
        pytest.param("Grep", {"pattern": "a/../b"}, "pattern", "a/../b", id="a pattern is no path"),
        pytest.param("Grep", {"pattern": "x"}, "path", None, id="no path"),
    ],
)
def test_paths_are_absolute_before_anybody_judges_them(
    toolbox: Toolbox, name: str, given: dict[str, str], field: str, expected: str | None
) -> None:
    _, params = toolbox.parse(ToolCall("1", name, given))
    assert getattr(toolbox.absolute(params, Path("/srv/app")), field) == expected


def test_path_011_a_nul_in_a_path_is_an_error_without_traceback(toolbox: Toolbox) -> None:
    _, params = toolbox.parse(ToolCall("1", "Write", {"file_path": "a\0b", "content": ""}))
    with pytest.raises(ToolError, match="cannot contain a NUL character"):
        toolbox.absolute(params, Path("/srv/app"))


def test_what_a_hook_is_shown_has_the_names_of_the_contract(toolbox: Toolbox) -> None:
    _, params = toolbox.parse(ToolCall("1", "Grep", {"pattern": "x", "-i": True, "-A": 2}))
    shown = params.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert shown == {
        "pattern": "x",
        "output_mode": "files_with_matches",
        "-i": True,
        "-n": True,
        "-A": 2,
        "multiline": False,
    }


def test_a_schema_tells_what_a_model_needs_and_nothing_else() -> None:
    assert schema_of(BashParams) == {
        "type": "object",
        "properties": {
            "command": {"type": "string", "minLength": 1},
            "description": {"type": "string", "description": "what it does, 5-10 words"},
            "timeout": {"type": "integer", "minimum": 1, "maximum": 600000, "description": "ms, default 120000"},
            "run_in_background": {"type": "boolean"},
        },
        "required": ["command"],
    }


@pytest.mark.parametrize(
    ("name", "given", "summary"),
    [
        ("Write", {"file_path": "/srv/app/a.py", "content": ""}, "Write a.py"),
        ("Edit", {"file_path": "/srv/app/src/app.py", "old_string": "a", "new_string": "b"}, "Edit src/app.py"),
        ("Edit", {"file_path": "/etc/hosts", "old_string": "a", "new_string": "b"}, "Edit /etc/hosts"),
        ("Bash", {"command": "python -m unittest"}, "Bash python -m unittest"),
        ("Glob", {"pattern": "**/*.py", "path": "/srv/app/src"}, "Glob **/*.py in src"),
        ("TaskOutput", {"task_id": "b1"}, "TaskOutput b1"),
        ("TaskStop", {"task_id": "b1"}, "TaskStop b1"),
        ("TaskCreate", {"subject": "run the tests"}, "TaskCreate run the tests"),
        ("TaskUpdate", {"taskId": "2", "status": "completed"}, "TaskUpdate 2 completed"),
        ("TaskList", {}, "TaskList"),
        ("ExitPlanMode", {"plan": "# Plan"}, "ExitPlanMode"),
    ],
)
def test_a_summary_is_one_line_for_a_person(toolbox: Toolbox, name: str, given: dict[str, str], summary: str) -> None:
    tool, params = toolbox.parse(ToolCall("1", name, given))
    assert tool.summary(params, Path("/srv/app")) == summary
