from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from enforcer.core.errors import ToolError
from enforcer.tools.files import FileChange, FileLedger


@pytest.fixture
def ledger(project: Path) -> FileLedger:
    return FileLedger((project,))


def read(ledger: FileLedger, path: Path) -> None:
    ledger.note_read(path, path.read_bytes())


def test_a_new_file_has_the_mode_new_files_have_here(ledger: FileLedger, project: Path) -> None:
    (project / "other").touch()
    written = ledger.write(project / "new", b"hello\n")
    assert written.created
    assert (project / "new").read_bytes() == b"hello\n"
    assert (project / "new").stat().st_mode == (project / "other").stat().st_mode


def test_path_010_folders_above_a_new_file_are_made_inside_the_project(ledger: FileLedger, project: Path) -> None:
    ledger.write(project / "sub" / "new" / "file.txt", b"x")
    assert (project / "sub" / "new" / "file.txt").read_bytes() == b"x"


def test_path_010_folders_outside_the_project_are_not_made(ledger: FileLedger, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="outside the project it is not made"):
        ledger.write(tmp_path / "elsewhere" / "x", b"x")
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_in_the_place_of_a_folder_is_said(ledger: FileLedger, project: Path) -> None:
    (project / "a").write_text("x")
    with pytest.raises(ToolError, match="cannot make the folder"):
        ledger.write(project / "a" / "b" / "c", b"x")


def test_edit_007_an_unread_file_is_not_written(ledger: FileLedger, project: Path) -> None:
    (project / "a").write_text("old")
    with pytest.raises(ToolError) as error:
        ledger.write(project / "a", b"new")
    assert str(error.value) == f"{project}/a was not read in this session: Read it first"
    assert (project / "a").read_text() == "old"


def test_edit_006_a_file_changed_by_another_program_is_not_written(ledger: FileLedger, project: Path) -> None:
    path = project / "a"
    path.write_text("old")
    read(ledger, path)
    state = path.stat()
    path.write_text("own")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    with pytest.raises(ToolError) as error:
        ledger.write(path, b"new")
    assert str(error.value) == f"{path} changed since read: Read it again"
    assert path.read_text() == "own"


def test_own_writes_count_as_read(ledger: FileLedger, project: Path) -> None:
    ledger.write(project / "a", b"1\n")
    ledger.write(project / "a", b"2\n")
    assert (project / "a").read_bytes() == b"2\n"


@pytest.mark.parametrize("mode", [pytest.param(0o755, id="EDIT-001"), 0o600, 0o664, 0o4755])
def test_the_mode_stays(ledger: FileLedger, project: Path, mode: int) -> None:
    path = project / "script"
    path.write_text("old")
    path.chmod(mode)
    read(ledger, path)
    ledger.write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_edit_013_a_read_only_file_is_refused_and_its_mode_stays(ledger: FileLedger, project: Path) -> None:
    path = project / "a"
    path.write_text("old")
    path.chmod(0o444)
    read(ledger, path)
    with pytest.raises(ToolError) as error:
        ledger.write(path, b"new")
    assert str(error.value) == f"{path} is read-only (mode 0444); ask the person before its mode is changed"
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("old", 0o444)


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes as Linux has them")
def test_edit_016_extended_attributes_stay(ledger: FileLedger, project: Path) -> None:
    path = project / "a"
    path.write_text("old")
    try:
        os.setxattr(path, "user.note", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    read(ledger, path)
    assert ledger.write(path, b"new").notices == ()
    assert os.getxattr(path, "user.note") == b"kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_edit_016_the_owner_stays(ledger: FileLedger, project: Path) -> None:
    path = project / "a"
    path.write_text("old")
    os.chown(path, 65534, 65534)
    read(ledger, path)
    ledger.write(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


def test_a_hard_link_is_told_of(ledger: FileLedger, project: Path) -> None:
    path = project / "a"
    path.write_text("old")
    os.link(path, project / "b")
    read(ledger, path)
    assert ledger.write(path, b"new").notices == ("other hard links to it keep the old content",)


def test_the_temporary_file_stands_where_git_does_not_look(ledger: FileLedger, project: Path) -> None:
    (project / ".git").mkdir()
    orphan = project / ".git" / ".enforcer-0123456789abcdef.tmp"
    orphan.write_text("left by a kill")
    ledger.write(project / "a", b"x")
    assert sorted(path.name for path in project.rglob("*")) == [".git", "a"]


def test_a_file_of_the_same_form_that_is_in_use_is_not_swept_away(ledger: FileLedger, project: Path) -> None:
    import fcntl

    busy = project / ".enforcer-0123456789abcdef.tmp"
    with busy.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ledger.write(project / "a", b"x")
        assert busy.exists()


def test_two_sessions_do_not_write_one_file_at_once(ledger: FileLedger, project: Path) -> None:
    import fcntl

    path = project / "a"
    path.write_text("old")
    read(ledger, path)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ToolError, match="another program is writing"):
            ledger.write(path, b"new")
    assert path.read_text() == "old"


def test_a_file_that_appeared_meanwhile_is_not_overwritten(ledger: FileLedger, project: Path) -> None:
    from enforcer.tools import atomic

    (project / "a").write_text("theirs")
    with pytest.raises(ToolError, match="was made by another program meanwhile: Read it first"):
        atomic.create(project / "a", b"mine", 0o644)
    assert [path.name for path in project.iterdir()] == ["a"]
    assert (project / "a").read_text() == "theirs"


def test_a_link_planted_at_a_new_path_is_not_followed(ledger: FileLedger, project: Path, tmp_path: Path) -> None:
    (project / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(ToolError):
        ledger.write(project / "a", b"x")
    assert not (tmp_path / "outside").exists()


def test_the_changes_are_summed_per_file(ledger: FileLedger, project: Path) -> None:
    ledger.write(project / "a", b"1\n2\n")
    ledger.write(project / "a", b"1\n2\n3\n")
    ledger.write(project / "b", b"x\n")
    (project / "b").unlink()
    assert ledger.changes() == (
        FileChange(str(project / "a"), hashlib.sha256(b"1\n2\n3\n").hexdigest(), 3, 0),
        FileChange(str(project / "b"), None, 1, 0),
    )


def test_a_file_deleted_since_it_was_read_is_made_anew(ledger: FileLedger, project: Path) -> None:
    path = project / "a"
    path.write_text("old")
    read(ledger, path)
    path.unlink()
    assert ledger.write(path, b"new").created


def test_the_changes_do_not_fail_over_a_folder_in_the_place_of_a_file(ledger: FileLedger, project: Path) -> None:
    ledger.write(project / "a", b"x\n")
    (project / "a").unlink()
    (project / "a").mkdir()
    assert ledger.changes()[0].sha256 is None


def script(body: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", dedent(body), *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_edit_010_a_write_the_disk_has_no_room_for_leaves_the_old_file(project: Path) -> None:
    (project / "a").write_text("old")
    done = script(
        """
        import resource, sys
        from pathlib import Path
        from enforcer.core.errors import ToolError
        from enforcer.tools.files import FileLedger
        path = Path(sys.argv[1])
        ledger = FileLedger((path.parent,))
        ledger.note_read(path, path.read_bytes())
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            ledger.write(path, b"x" * 1_000_000)
        except ToolError as error:
            print(error)
        """,
        project / "a",
    )
    assert done.stdout == f"cannot write {project}/a: file too large; it is as it was\n"
    assert [path.name for path in project.iterdir()] == ["a"]
    assert (project / "a").read_text() == "old"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that a process without rights can reach."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name).resolve()


IN_A_LOCKED_FOLDER = """
    import os, resource, sys
    from pathlib import Path
    from enforcer.core.errors import ToolError
    from enforcer.tools.files import FileLedger
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    path, size, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    ledger = FileLedger((path.parent,))
    ledger.note_read(path, path.read_bytes())
    if most:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        print(*ledger.write(path, b"n" * size).notices)
    except ToolError as error:
        print(str(error).partition(" (a copy")[0])
"""


@pytest.fixture
def locked(open_folder: Path) -> Iterator[Path]:
    """A file everybody may write in a folder where nothing can be made."""
    path = open_folder / "inner" / "a"
    path.parent.mkdir()
    path.write_text("old " * 100)
    path.chmod(0o666)
    path.parent.chmod(0o555)
    yield path
    path.parent.chmod(0o755)


@pytest.mark.parametrize("size", [pytest.param(10, id="shorter"), pytest.param(100_000, id="longer")])
def test_edit_017_a_file_in_a_folder_that_is_not_writable_is_rewritten_in_place(locked: Path, size: int) -> None:
    number = locked.stat().st_ino
    done = script(IN_A_LOCKED_FOLDER, locked, str(size), "0")
    assert (done.stdout, done.stderr) == ("its folder is not writable, so the file was rewritten in place\n", "")
    assert locked.read_bytes() == b"n" * size
    assert locked.stat().st_ino == number


def test_edit_017_without_room_the_file_in_such_a_folder_is_whole_again(locked: Path) -> None:
    done = script(IN_A_LOCKED_FOLDER, locked, "1000000", "100000")
    assert done.stdout == f"cannot write {locked}: file too large\n"
    assert locked.read_text() == "old " * 100


def test_no_update_is_lost_between_processes(project: Path) -> None:
    (project / "count").write_text("0")
    body = dedent(
        """
        import sys
        from pathlib import Path
        from enforcer.core.errors import ToolError
        from enforcer.tools.files import FileLedger
        path = Path(sys.argv[1])
        done = 0
        while done < 25:
            ledger = FileLedger((path.parent,))
            data = path.read_bytes()
            ledger.note_read(path, data)
            try:
                ledger.write(path, str(int(data) + 1).encode())
            except ToolError:
                continue
            done += 1
        """
    )
    racers = [subprocess.Popen([sys.executable, "-c", body, str(project / "count")]) for _ in range(4)]
    assert [racer.wait() for racer in racers] == [0, 0, 0, 0]
    assert (project / "count").read_text() == "100"
    assert [path.name for path in project.iterdir()] == ["count"]


@pytest.mark.parametrize("name", ["sub/key", "sub/deep/key"])
def test_a_link_that_takes_the_place_of_a_folder_is_not_written_through(
    ledger: FileLedger, project: Path, tmp_path: Path, name: str
) -> None:
    judged = project / name
    (tmp_path / "outside").mkdir()
    (project / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(ToolError):
        ledger.write(judged, b"x")
    assert list((tmp_path / "outside").iterdir()) == []
