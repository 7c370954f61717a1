"""Two-phase work of the installed command: on a screen, and as a script asks for it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.screen import CTRL_D, Screen
from tests.servers.vendor import Call, Reply

REQUEST = "add a greeting module"
PLAN = """## Goal
A greeting for whoever starts the program.
## Structure
greet.py, a new file
## Interfaces
greet(name: str) -> str
## Responsibilities
greet.py makes the words.
## Build order
1. write greet.py
## Acceptance checks
- `python greet.py` prints hello
"""
ASKED = "[y] build it [a] build it, edits need no yes [n] keep planning (default) [d] drop it"


def call(name: str, **input: object) -> Reply:
    return Reply(calls=(Call(name, (json.dumps(input),)),))


def exits(plan: str = PLAN) -> Reply:
    return call("ExitPlanMode", plan=plan)


def test_a_plan_is_looked_at_and_built_from_a_clean_start(services, project: Path) -> None:
    _, server = services(
        [],
        [
            Reply(text=("It doubles.",)),
            exits(),
            Reply(text=("Planned.",)),
            call("Write", file_path=str(project / "greet.py"), content="print('hello')\n"),
            Reply(text=("Built.",)),
        ],
    )
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("what does app.py do?")
        it.wait_for("It doubles.")
        it.type(f"/plan {REQUEST}")
        it.wait_for("greet(name: str) -> str")
        it.wait_for(ASKED)
        it.send("a")
        it.wait_for("Planned.")
        it.wait_for("Built.")
        it.type("/spec")
        it.wait_for("saved as")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert (project / "greet.py").read_text("utf-8") == "print('hello')\n"
    clean = json.dumps(server.bodies[3])
    assert ("It doubles." in clean, "Planned." in clean, "A greeting for whoever" in clean) == (False, False, True)


def test_a_remark_goes_back_to_the_model_and_a_drop_ends_the_plan(services, project: Path) -> None:
    _, server = services(
        [],
        [exits(), exits(PLAN.replace("greet.py", "hello.py")), Reply(text=("As you like.",)), Reply(text=("Here.",))],
    )
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type(f"/plan {REQUEST}")
        it.wait_for(ASKED)
        it.send("n")
        it.wait_for("what should change?")
        it.type("call it hello.py")
        it.wait_for("hello.py makes the words.")
        it.wait_for(ASKED)
        it.send("d")
        it.wait_for("As you like.")
        it.type("list the files in src")
        it.wait_for("Here.")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert "call it hello.py" in json.dumps(server.bodies[1])
    asked = [each for each in server.bodies[-1]["input"] if each.get("role") == "user"]
    assert ["[planning]" in json.dumps(each) for each in asked] == [True, False]


def test_nothing_is_planned_without_words_and_nothing_shown_without_a_plan(services, project: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("/plan")
        it.wait_for("say what is to be planned, like this: /plan add a login to the admin pages")
        it.type("/spec build")
        it.wait_for("there is no specification yet; /plan makes one")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0


def test_a_script_gets_the_specification_as_text(run, services, project: Path) -> None:
    services([], [exits(), Reply(text=("Planned.",))])
    done = run("-p", "--permission-mode", "plan", REQUEST)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"# Specification\n\n> {REQUEST}\n\n## Goal\n\nA greeting for whoever")
    assert not (project / "greet.py").exists()


def test_a_script_gets_the_specification_as_json(run, services, project: Path) -> None:
    services([], [exits(), Reply(text=("Planned.",))])
    done = run("-p", "--permission-mode", "plan", "--output-format", "json", REQUEST)
    made = json.loads(done.out)["specification"]
    assert (done.code, made["request"], made["build_order"], made["problems"]) == (0, REQUEST, ["write greet.py"], [])
    assert Path(made["path"]).read_text("utf-8").startswith("# Specification\n")


def test_what_lacks_a_section_is_told_to_a_script(run, services, project: Path) -> None:
    services([], [exits("## Goal\nA greeting.\n"), exits("## Goal\nA greeting.\n"), Reply(text=("Planned.",))])
    done = run("-p", "--permission-mode", "plan", REQUEST)
    assert done.err.startswith("enforcer: the specification is not complete: section 'Structure' is missing or empty")
