from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from enforcer.core.errors import ToolError
from enforcer.tools.paths import absolute, folder, inside, open_plain, resolve, shown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("a.py", "/srv/app/a.py", id="relative"),
        pytest.param("/etc/hosts", "/etc/hosts", id="absolute"),
        pytest.param("../other/x", "/srv/other/x", id="parent"),
        pytest.param("docs/../secrets/key.pem", "/srv/app/secrets/key.pem", id="PATH-016"),
        pytest.param("./src//a/./b/", "/srv/app/src/a/b", id="doubled slashes, dots, trailing slash"),
        pytest.param("//etc/passwd", "/etc/passwd", id="two leading slashes"),
        pytest.param("/../../etc", "/etc", id="above the root"),
        pytest.param("~user/x", "/srv/app/~user/x", id="a tilde that is a name"),
        pytest.param("ünï/☃", "/srv/app/ünï/☃", id="not ASCII"),
    ],
)
def test_a_path_becomes_absolute_and_normal(path: str, expected: str) -> None:
    assert absolute(path, Path("/srv/app")) == Path(expected)


def test_a_tilde_is_the_home_of_the_person(home: Path) -> None:
    assert absolute("~/notes.md", Path("/srv")) == home / "notes.md"
    assert absolute("~", Path("/srv")) == home


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("a\0b", "a path cannot contain a NUL character; send it without", id="PATH-011"),
        pytest.param("  ", "the path is empty; send an absolute path", id="empty"),
        pytest.param("a\ud800b", "the path is not valid text; send it as plain UTF-8", id="half a surrogate pair"),
        pytest.param(
            "/" + "x" * 256,
            "the path is longer than any file system allows; send the path of a file alone",
            id="a name that is too long",
        ),
        pytest.param(
            "/x" * 3000,
            "the path is longer than any file system allows; send the path of a file alone",
            id="a path that is too long",
        ),
    ],
)
def test_a_path_no_file_system_can_hold_is_an_error_without_traceback(path: str, said: str) -> None:
    with pytest.raises(ToolError) as error:
        absolute(path, Path("/srv"))
    assert str(error.value) == said


def test_links_are_followed_to_where_they_lead(project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project / "link").symlink_to(tmp_path / "elsewhere")
    assert resolve("link/new.txt", project) == tmp_path.resolve() / "elsewhere" / "new.txt"


def test_a_link_that_leads_to_itself_does_not_hang(project: Path) -> None:
    (project / "loop").symlink_to("loop")
    with pytest.raises(ToolError):
        open_plain(resolve("loop", project))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/srv/app/x", True, id="below"),
        pytest.param("/srv/app", True, id="the root itself"),
        pytest.param("/srv/app2/x", False, id="PATH-002"),
        pytest.param("/srv", False, id="above"),
    ],
)
def test_inside_compares_part_by_part(path: str, expected: bool) -> None:
    assert inside(Path(path), [Path("/srv/app")]) is expected


def test_a_path_is_shown_relative_only_below_the_folder() -> None:
    assert shown("/srv/app/src/a.py", Path("/srv/app")) == "src/a.py"
    assert shown("/srv/app2/a.py", Path("/srv/app")) == "/srv/app2/a.py"


def test_a_plain_file_is_opened(project: Path) -> None:
    (project / "a").write_text("hello")
    fd = open_plain(project / "a")
    assert os.read(fd, 10) == b"hello"
    os.close(fd)


def test_path_012_a_named_pipe_is_refused_at_once(project: Path) -> None:
    os.mkfifo(project / "p")
    with pytest.raises(ToolError, match="is a named pipe, not a plain file; it is never opened"):
        open_plain(project / "p")


def test_a_socket_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        with pytest.raises(ToolError, match="is a socket"):
            open_plain(project / "s")


@pytest.mark.parametrize("path", [pytest.param("/dev/zero", id="PATH-013"), "/dev/null", "/dev/tty"])
def test_a_device_is_refused(path: str) -> None:
    with pytest.raises(ToolError, match="is a device"):
        open_plain(Path(path))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")
@pytest.mark.parametrize(
    "path", ["/proc/self/environ", "/proc/1/environ", "/proc/thread-self/environ", "/proc/self/mem"]
)
def test_path_009_the_environment_of_a_process_is_never_read(path: str) -> None:
    with pytest.raises(ToolError, match="holds a process's own secrets and is never read"):
        open_plain(resolve(path, Path("/")))


def test_a_folder_says_how_to_list_it(project: Path) -> None:
    with pytest.raises(ToolError, match="is a folder; list it with Glob"):
        open_plain(project)


def test_a_missing_file_brings_the_names_that_look_like_it(project: Path) -> None:
    (project / "README.md").touch()
    with pytest.raises(ToolError) as error:
        open_plain(project / "readme.txt")
    assert str(error.value) == f"no file {project}/readme.txt; did you mean {project}/README.md?"


def test_a_missing_folder_is_named(project: Path) -> None:
    with pytest.raises(ToolError) as error:
        open_plain(project / "a" / "b" / "c.py")
    assert str(error.value) == (
        f"no file {project}/a/b/c.py; the folder {project}/a/b does not exist either, {project} does"
    )


def test_a_name_that_is_too_long_is_an_error_of_the_model(project: Path) -> None:
    with pytest.raises(ToolError, match=r"cannot open .*: file name too long"):
        open_plain(project / ("x" * 300))


def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("k")
    judged = resolve("sub/key", project)
    (project / "sub").symlink_to(tmp_path / "secret")
    with pytest.raises(ToolError, match="a part of it is not a folder"):
        open_plain(judged)


def test_a_link_that_takes_the_place_of_a_file_is_not_followed(project: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k")
    (project / "a").symlink_to(tmp_path / "key")
    with pytest.raises(ToolError, match="became a link while it was opened"):
        open_plain(project / "a")


def test_a_folder_descriptor_is_closed_again(project: Path) -> None:
    with folder(project) as fd:
        assert os.fstat(fd).st_ino == project.stat().st_ino
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
