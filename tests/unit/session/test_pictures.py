"""Images of a session: kept in files, named in its record, and back again after a resume."""

from __future__ import annotations

import base64
import stat

from enforcer.core.events import HistoryReplayed
from enforcer.core.messages import Image, Text, ToolResult, tool_results, user
from enforcer.session.resume import load
from tests.unit.session.conftest import ANALYTICAL, CALLING, Desk, said

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(300_000)
PHOTO = Image("image/png", base64.b64encode(PICTURE).decode())
DOT = Image("image/gif", "R0lGODlh")


def test_an_image_lies_beside_the_record_and_comes_back_unchanged(desk: Desk) -> None:
    shown = tool_results([ToolResult("call_1", "dot.png", images=(PHOTO,))])
    desk.written(said(user("look", PHOTO)), CALLING, said(shown), HistoryReplayed(ANALYTICAL, (user("see", PHOTO),)))
    (file,) = (desk.folder / "images").iterdir()
    assert file.read_bytes() == PICTURE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert desk.transcript.stat().st_size < 5_000
    messages = [message for _, message in load(desk.folder, root=desk.root).messages]
    assert [message.images for message in messages if message.images] == [(PHOTO,), (PHOTO,), (PHOTO,)]


def test_a_small_image_stays_in_its_line(desk: Desk) -> None:
    desk.written(said(user("look", DOT)))
    assert not (desk.folder / "images").exists()
    ((_, message),) = load(desk.folder, root=desk.root).messages
    assert message == user("look", DOT)


def test_an_image_whose_file_is_gone_is_told_and_nothing_else_is_lost(desk: Desk) -> None:
    shown = tool_results([ToolResult("call_1", "dot.png", images=(PHOTO,))])
    desk.written(said(user("look", PHOTO)), CALLING, said(shown))
    (file,) = (desk.folder / "images").iterdir()
    file.unlink()
    first, _, result = [message for _, message in load(desk.folder, root=desk.root).messages]
    gone = "[image image/png is no longer in the session's folder]"
    assert first.parts == (Text("look"), Text(gone))
    assert result.results[0].content == f"dot.png\n{gone}"


def test_what_is_not_base64_stays_as_it_is(desk: Desk) -> None:
    odd = Image("image/png", "?" * 5_000)
    desk.written(said(user("look", odd)))
    ((_, message),) = load(desk.folder, root=desk.root).messages
    assert message.images == (odd,)
