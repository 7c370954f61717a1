"""Images on every way in: by flag, in a prompt, as a JSON line, from the clipboard, dropped; and after a resume."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.e2e.screen import CTRL_D, ENTER, Screen
from tests.servers.vendor import Reply

PNG = b"\x89PNG\r\n\x1a\n" + bytes(3000)
GIF = b"GIF89a\1\0\1\0" + bytes(3000)
DATA = base64.b64encode(PNG).decode()
CTRL_V = "\x16"


def shown(body: dict) -> list[str]:
    """The images of a Responses body, in order."""
    parts = [part for item in body["input"] if item["type"] == "message" for part in item["content"]]
    return [part["image_url"] for part in parts if isinstance(part, dict) and part["type"] == "input_image"]


def test_an_image_comes_by_flag_and_in_the_prompt_and_is_there_again_after_a_resume(
    run, services, project: Path
) -> None:
    (project / "dot.png").write_bytes(PNG)
    (project / "other.gif").write_bytes(GIF)
    _, analytical = services([], [Reply(text=["Two dots."]), Reply(text=["Still two."])])
    done = run("-p", "what is on @other.gif and NOTES?", "-i", "dot.png", "--lane", "analytical")
    assert (done.code, done.out, done.err) == (0, "Two dots.\n", "")
    first = shown(analytical.bodies[0])
    assert first == [f"data:image/png;base64,{DATA}", f"data:image/gif;base64,{base64.b64encode(GIF).decode()}"]
    assert run("-p", "and now?", "-c").out == "Still two.\n"
    assert shown(analytical.bodies[1]) == first


def test_a_mentioned_file_is_in_front_of_the_prompt_and_a_pipe_mentions_nothing(run, services, project: Path) -> None:
    _, analytical = services([], [Reply(text=["Doubles."])])
    run("-p", "explain @app.py", "--lane", "analytical", stdin="see @NOTES.md\n")
    (item,) = analytical.bodies[0]["input"]
    block, prompt = [part["text"] for part in item["content"]]
    assert block.startswith(f'<file path="{project}/app.py">\n     1\tdef double(x):')
    assert prompt == "explain @app.py\n\nsee @NOTES.md"


def test_a_json_line_may_hold_an_image(run, services) -> None:
    _, analytical = services([], [Reply(text=["A dot."])])
    source = {"type": "base64", "media_type": "image/png", "data": DATA}
    content = [{"type": "text", "text": "what is this?"}, {"type": "image", "source": source}]
    line = json.dumps({"type": "user", "message": {"role": "user", "content": content}})
    run("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--lane", "analytical", stdin=line)
    assert shown(analytical.bodies[0]) == [f"data:image/png;base64,{DATA}"]


def test_an_image_that_no_model_takes_ends_the_run_before_anything_is_sent(run, services, project: Path) -> None:
    (project / "a.heic").write_bytes(b"\0\0\0\x18ftypheic")
    _, analytical = services([], [])
    flag = run("-p", "look", "-i", "a.heic")
    assert (flag.code, flag.err) == (
        2,
        "enforcer: --image: a.heic is HEIC, which models do not take; make a PNG or JPEG of it first\n",
    )
    mention = run("-p", "look at @a.heic")
    assert (mention.code, mention.err) == (
        2,
        f"enforcer: {project}/a.heic is HEIC, which models do not take; make a PNG or JPEG of it first\n",
    )
    missing = run("-p", "look", "-i", "nowhere.png")
    assert missing.err == "enforcer: --image nowhere.png cannot be read (No such file or directory); check the path\n"
    assert analytical.requests == []


def test_an_image_is_pasted_with_ctrl_v_and_dropped_as_a_path(
    services, monkeypatch, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    xclip = tmp_path / "bin" / "xclip"
    (tmp_path / "clip.png").write_bytes(PNG)
    xclip.write_text(f"#!/bin/sh\ncat '{tmp_path}/clip.png'\n")
    xclip.chmod(0o755)
    (tmp_path / "My Shot.png").write_bytes(PNG)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    _, analytical = services([], [Reply(text=["A dot."]), Reply(text=["The same dot."])])
    with Screen(["--lane", "analytical"], cwd=project) as it:
        it.wait_for("ask for something")
        it.send(f"explain {CTRL_V}")
        it.wait_for("@pasted-1.png")
        it.send(ENTER)
        it.wait_for("A dot.")
        it.type(f"{tmp_path}/My\\ Shot.png ".replace("//", "/"))
        it.wait_for("The same dot.")
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert shown(analytical.bodies[1]) == [f"data:image/png;base64,{DATA}"] * 2
