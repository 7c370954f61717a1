from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.e2e.screen import CTRL_D, ENTER, Screen
from tests.servers.vendor import Call, Reply

CHECK = 'python3 -c "import app; assert app.double(2) == 4"'


def call(name: str, **input: object) -> Call:
    return Call(name, [json.dumps(input)])


def test_the_main_job_with_two_vendors_on_a_real_repository(services, run, project: Path) -> None:
    path, notes = str(project / "app.py"), str(project / "NOTES.md")
    creative, analytical = services(
        [
            Reply(
                calls=[
                    call(
                        "Delegate",
                        lane="analytical",
                        rationale="model_fit",
                        description="Check the year",
                        prompt=f"In which year was it founded? Read {notes} and quote the line.",
                    )
                ]
            ),
            Reply(text=["It doubles again. Since 1982."]),
            Reply(text=["Twice as nice, since 1982."]),
        ],
        [
            Reply(calls=[call("Read", file_path=path), call("Grep", pattern="double", path=str(project))]),
            Reply(calls=[call("Edit", file_path=path, old_string="x + x + x", new_string="x + x")]),
            Reply(calls=[call("Bash", command=CHECK)]),
            Reply(text=["Fixed and checked."]),
            Reply(text=['{"decisions": ["double adds twice"], "open_questions": []}']),
            Reply(calls=[call("Read", file_path=notes)]),
            Reply(text=['1982: "Founded in 1982." (NOTES.md)']),
        ],
    )
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("double is wrong in app.py: fix the bug")
        it.wait_for("Edit · may it run?")
        it.send("y")
        it.wait_for("Bash · may it run?")
        it.send("y")
        it.wait_for("Fixed and checked.")
        it.type("write the release announcement with the founding year")
        it.wait_for("creative work")
        it.send(ENTER)
        it.wait_for("Check the year")
        it.wait_for("It doubles again. Since 1982.")
        it.wait_for("1 delegation")
        os.kill(it.child.pid, signal.SIGKILL)
    with Screen(["-c"], cwd=project) as it:
        it.wait_for("creative ›")
        it.type("make it shorter")
        it.wait_for("Twice as nice, since 1982.")
        it.type("/cost")
        it.wait_for("analytical · delegation 2")
        it.wait_for("analytical · handoff 1")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert (project / "app.py").read_text() == "def double(x):\n    return x + x\n"
    handoff = creative.requests[0].raw
    assert b"double adds twice" in handoff
    assert b"`app.py` sha256" in handoff
    assert b"[ran Edit " in handoff
    assert b"Founded in 1982." in creative.requests[1].raw
    assert b"release announcement" not in analytical.requests[5].raw
    rows = [json.loads(line) for line in run("ledger", "--json").out.splitlines()]
    assert [(row["lane"], row["purpose"]) for row in rows] == [
        *[("analytical", "main")] * 4,
        ("analytical", "handoff"),
        ("creative", "main"),
        *[("analytical", "delegation")] * 2,
        *[("creative", "main")] * 2,
    ]
