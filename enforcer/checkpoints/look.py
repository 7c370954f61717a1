"""The checks of a project on the files as they are, or as they are staged: without a session and without a model."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from enforcer.checkpoints.checkpoint import Checkpoint, Kind
from enforcer.checkpoints.evaluate import OF_TEXT, PASSED, Outcome, Status, covers, of_command, of_text
from enforcer.checkpoints.watch import Watch
from enforcer.core.errors import EnforcerError, UsageError

IN_A_SESSION = "it is looked at in a session only"
GIT_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class File:
    """`before` is what stood there already, which is not held against anybody. `after` None = it is removed."""

    path: str
    before: str
    after: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    checkpoint: Checkpoint
    outcomes: tuple[Outcome, ...]  # of each file that was looked at, or of the command
    skipped: str = ""

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)


@dataclass(frozen=True, slots=True)
class Runner:
    """Where commands run."""

    root: Path
    env: Mapping[str, str]
    outputs: Path


async def look(checkpoints: Iterable[Checkpoint], files: Sequence[File], runner: Runner) -> AsyncIterator[Checked]:
    for each in checkpoints:
        if each.check.run:
            yield Checked(each, (await _command(each, runner),))
        elif each.check.kind in OF_TEXT | {Kind.PATH_DENY} and not each.match.in_use and not each.match.tools:
            yield Checked(each, tuple(_of_files(each, files)))
        else:
            yield Checked(each, (), IN_A_SESSION)


async def _command(each: Checkpoint, runner: Runner) -> Outcome:
    try:
        return await of_command(each.check, runner.root, runner.env, runner.outputs)
    except (EnforcerError, OSError) as error:
        return Outcome(Status.ERROR, f"it could not be checked: {error}")


def _of_files(each: Checkpoint, files: Sequence[File]) -> Iterator[Outcome]:
    for file in files:
        if not covers(each.match.paths, file.path):
            continue
        if each.check.kind is Kind.PATH_DENY:
            same = file.after is not None and file.after == file.before
            yield PASSED if same else Outcome(Status.FAILED, f"{file.path} is changed")
        elif file.after is not None:
            yield of_text(each.check, file.after, file.before, file.path)


def in_the_tree(root: Path, checkpoints: Iterable[Checkpoint]) -> list[File]:
    """Every file a check of texts speaks of. What it holds is held against it, whoever wrote it."""
    globs = [each.match.paths for each in checkpoints if each.check.kind in OF_TEXT and each.match.paths]
    seen = Watch(root, lambda path: any(covers(paths, path) for paths in globs)).look()
    return [File(path, "", found.text) for path, found in seen.items() if found.data is not None]


def staged(root: Path) -> list[File]:
    """What a commit would change, as the index has it. Raises: UsageError outside of a repository."""
    changed = _git(root, "diff", "--cached", "--name-only", "-z", "--no-renames", "--relative").split(b"\0")
    names = [name.decode("utf-8", "surrogateescape") for name in changed if name]
    return [File(name, _blob(root, f"HEAD:./{name}") or "", _blob(root, f":./{name}")) for name in names]


def _blob(root: Path, name: str) -> str | None:
    try:
        return _git(root, "show", name).decode("utf-8", "replace")
    except UsageError:
        return None


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, timeout=GIT_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git could not be asked: {error}") from error
    if done.returncode:
        raise UsageError(
            done.stderr.decode("utf-8", "replace").strip().splitlines()[-1] if done.stderr else "git failed"
        )
    return done.stdout
