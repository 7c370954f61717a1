from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.e2e.screen import CTRL_C, CTRL_D, ENTER, ESC, Screen
from tests.servers.vendor import Call, Reply

QUESTION = "creative work (0.99: write, email) · you are on analytical/openai/gpt-5"
NOTES = '{"decisions": [], "open_questions": []}'


def call(name: str, **input: object) -> Call:
    return Call(name, [json.dumps(input)])


def test_the_person_is_asked_once_and_the_held_prompt_runs(services, project: Path) -> None:
    creative, analytical = services(
        [Reply(text=["Dear all,"]), Reply(text=["Dear friends,"])],
        [Reply(text=["It doubles."]), Reply(text=[NOTES])],
    )
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("what does app.py do?")
        it.wait_for("It doubles.")
        it.type("write the launch email")
        it.wait_for(QUESTION)
        it.wait_for("[Enter] switch [n] stay [k] always for this kind [a] switch without asking [d] never ask here")
        it.send(ENTER)
        it.wait_for("→ creative · anthropic/claude-sonnet-4-5")
        it.wait_for("Dear all,")
        it.type("make it warmer")
        it.wait_for("Dear friends,")
        assert it.flat().count("? creative work") == 1
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert b"write the launch email" in creative.requests[0].raw
    assert b"Handoff: analytical to creative" in creative.requests[0].raw
    assert len(creative.requests) == 2
    assert len(analytical.requests) == 2


def test_staying_keeps_the_prompt_in_the_active_lane(services, project: Path) -> None:
    creative, _ = services([], [Reply(text=["Dear all,"])])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("write the launch email")
        it.wait_for(QUESTION)
        it.send("n")
        it.wait_for("Dear all,")
        it.wait_for("staying on analytical")
        it.send(CTRL_D)
        it.wait_for_end()
    assert creative.requests == []


def test_ctrl_c_at_the_question_puts_the_prompt_back_into_the_input_line(services, project: Path) -> None:
    creative, analytical = services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("write the launch email")
        it.wait_for(QUESTION)
        it.send(CTRL_C)
        it.wait_for("back to the prompt")
        it.wait_for("analytical › write the launch email", count=2)
    assert (creative.requests, analytical.requests) == ([], [])


def test_a_switch_to_a_lane_that_fails_goes_back_and_keeps_the_prompt(services, project: Path) -> None:
    services(
        [Reply(status=401, body={"type": "error", "error": {"type": "authentication_error", "message": "bad key"}})],
        [Reply(text=["It doubles."]), Reply(text=[NOTES])],
    )
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("what does app.py do?")
        it.wait_for("It doubles.")
        it.type("write the launch email")
        it.wait_for(QUESTION)
        it.send(ENTER)
        it.wait_for("anthropic refused the key from ANTHROPIC_API_KEY (401)")
        it.wait_for("back in the analytical lane")
        it.wait_for("analytical › write the launch email", count=2)
        it.send(CTRL_C)
        it.send(CTRL_D)
        it.wait_for_end()


def test_a_tool_asks_and_runs_after_a_yes(services, project: Path) -> None:
    services([], [Reply(calls=[call("Bash", command="touch made")]), Reply(text=["Made it."])])
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("make a file called made")
        it.wait_for("may it run?")
        it.wait_for("touch made")
        it.send("y")
        it.wait_for("Made it.")
        it.send(CTRL_D)
        it.wait_for_end()
    assert (project / "made").exists()


def test_an_always_answer_sticks_in_the_next_session(services, project: Path) -> None:
    services(
        [],
        [
            Reply(calls=[call("Bash", command="touch one")]),
            Reply(text=["First."]),
            Reply(calls=[call("Bash", command="touch one")]),
            Reply(text=["Second."]),
        ],
    )
    for answer, said in (("p", "First."), ("", "Second.")):
        with Screen(["--lane", "analytical"], cwd=project) as it:
            it.wait_for("ask for something")
            it.type("make a file called one")
            if answer:
                it.wait_for("may it run?")
                it.send(answer)
            it.wait_for(said)
            it.send(CTRL_D)
            it.wait_for_end()


def test_esc_stops_the_turn_and_the_next_one_works(services, project: Path) -> None:
    _, analytical = services([], [Reply(text=["Counting them.\n", "One."], stall_after=5), Reply(text=["Here."])])
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("count the files")
        it.wait_for("Counting them.")
        it.send(ESC)
        it.wait_for("interrupted")
        it.wait_for("analytical ›", count=2)
        it.type("and now?")
        it.wait_for("Here.")
        it.send(CTRL_D)
        it.wait_for_end()
    assert b"count the files" in analytical.requests[1].raw


def test_a_prompt_that_no_model_can_answer_comes_back(services, project: Path) -> None:
    services([], [Reply(status=404, body={"error": {"message": "no such model", "code": "model_not_found"}})])
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("count the files")
        it.wait_for("openai knows no model 'gpt-5' (404)")
        it.wait_for("analytical › count the files", count=2)


def test_resume_after_kill_goes_on_with_both_lanes(services, project: Path) -> None:
    creative, _ = services(
        [Reply(text=["Dear all,"]), Reply(text=["Dear friends,"])], [Reply(text=["It doubles."]), Reply(text=[NOTES])]
    )
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("what does app.py do?")
        it.wait_for("It doubles.")
        it.type("write the launch email")
        it.wait_for(QUESTION)
        it.send(ENTER)
        it.wait_for("Dear all,")
        it.wait_for("creative ›")
        os.kill(it.child.pid, signal.SIGKILL)
    with Screen(["-c"], cwd=project) as it:
        it.wait_for("creative ›")
        it.type("make it warmer")
        it.wait_for("Dear friends,")
        it.send(CTRL_D)
        it.wait_for_end()
    assert b"Dear all," in creative.requests[1].raw
    assert b"Handoff: analytical to creative" in creative.requests[1].raw


def test_twenty_columns_are_enough_to_work(services, project: Path) -> None:
    services([], [Reply(text=["It doubles what it gets, and nothing else."])])
    with Screen([], cwd=project, columns=20, lines=12) as it:
        it.wait_for("analytical ›")
        it.type("what does it do?")
        it.wait_for("nothing else.")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0


def test_slash_commands_answer(services, project: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        for command, said in (
            ("/lane", "not asked about yet"),
            ("/model", "ENFORCER_CREATIVE"),
            ("/permissions plan", "permission mode: plan"),
            ("/why", "nothing has been decided yet"),
            ("/handoff", "there has been no handoff yet"),
            ("/cost", "no request yet"),
            ("/resume", "this project has no earlier session"),
            ("/clear", "both lanes start anew"),
            ("/hlep", "did you mean /help?"),
            ("/lane creative", "→ creative"),
        ):
            it.type(command)
            it.wait_for(said)
        it.type("/exit")
        assert it.wait_for_end() == 0


def test_ctrl_c_twice_leaves_with_130(services, project: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.send(CTRL_C)
        it.wait_for("Ctrl+C again to leave")
        it.send(CTRL_C)
        assert it.wait_for_end() == 130


def test_e_shows_the_handoff_first_and_sends_what_the_person_made_of_it(services, project: Path) -> None:
    creative, _ = services([Reply(text=["Dear all,"])], [Reply(text=["It doubles."]), Reply(text=[NOTES])])
    editor = project.parent / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/^> write the launch email/> write it for children/' \"$1\"\n")
    editor.chmod(0o755)
    with Screen([], cwd=project, env={"VISUAL": str(editor)}) as it:
        it.wait_for("ask for something")
        it.type("what does app.py do?")
        it.wait_for("It doubles.")
        it.type("write the launch email")
        it.wait_for(QUESTION)
        it.send("e")
        it.wait_for("Dear all,")
        it.send(CTRL_D)
        it.wait_for_end()
    assert b"> write it for children" in creative.requests[0].raw


def test_a_person_may_take_the_model_that_answered_for_the_pinned_one(services, project: Path) -> None:
    services([], [Reply(text=["No."], served="gpt-5-nano"), Reply(text=["Seven."], served="gpt-5-nano")])
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("count the files")
        it.wait_for("/model accept takes gpt-5-nano for it")
        it.wait_for("analytical › count the files", count=2)
        it.send("\x15")
        it.type("/model accept")
        it.wait_for("gpt-5-nano counts as the pinned model until you leave")
        it.type("count the files")
        it.wait_for("Seven.")
        it.send(CTRL_D)
        it.wait_for_end()


def test_what_was_queued_when_a_turn_is_stopped_comes_back(services, project: Path) -> None:
    services([], [Reply(text=["Counting them.\n", "One."], stall_after=5)])
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("count the files")
        it.wait_for("Counting them.")
        it.type("then the folders")
        it.wait_for("queued: then the folders")
        it.send(ESC)
        it.wait_for("interrupted")
        it.wait_for("analytical › then the folders")


def test_esc_stops_a_command_of_the_person_and_the_session_goes_on(services, project: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("!echo begun; sleep 60")
        it.wait_for("analytical › !echo")
        it.send(ESC)
        it.wait_for("stopped: echo begun; sleep 60")
        it.type("!echo fine")
        it.wait_for("fine", count=2)
        it.send(CTRL_D)
        assert it.wait_for_end() == 0


def test_a_signal_in_the_middle_of_a_turn_ends_the_program(services, project: Path) -> None:
    services([], [Reply(text=["Counting them.\n", "One."], stall_after=5)])
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.type("count the files")
        it.wait_for("Counting them.")
        os.kill(it.child.pid, signal.SIGTERM)
        assert it.wait_for_end() == 143
        assert "Traceback" not in it.text


def test_a_prompt_typed_while_the_program_is_busy_with_itself_is_sent_by_its_enter(services, project: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for("ask for something")
        it.send("/cost\r/why\r/handoff\r/exit\r")
        it.wait_for("no request yet")
        it.wait_for("nothing has been decided yet")
        it.wait_for("there has been no handoff yet")
        assert it.wait_for_end() == 0
