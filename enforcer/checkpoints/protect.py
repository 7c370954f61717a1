"""Keeps rules out of a model's reach: no tool changes a locked rule, its lock, or what enforces it.

Edits are judged before they are made. Whatever else ran (a shell, a server, a sub-agent) is looked at afterwards, and
what it changed is put back, unless git brought it in.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enforcer.checkpoints.artifacts import Artifact
from enforcer.checkpoints.directives import Directive, Unclosed, digest, read
from enforcer.checkpoints.lock import AUTHORED, COMPILED, FOLDER, LOCK, LOG, PROJECT_FILE, BadLock, Locked, read_lock
from enforcer.checkpoints.watch import Difference, Seen, Watch, differences

OURS = frozenset(f"{FOLDER}/{name}" for name in (LOCK, LOG, AUTHORED, COMPILED, "waivers.jsonl", "baseline"))
# An edit of settings is for the permission rules to ask about; a shell that writes them has asked nobody.
SETTINGS = frozenset(
    {f"{FOLDER}/config.yaml", f"{FOLDER}/config.local.yaml", ".claude/settings.json", ".claude/settings.local.json"}
)
HOW = "Only a person changes it, with: skill-builder directive amend"
GIT_TIMEOUT_S = 10


@dataclass(slots=True)
class Protector:
    """`root` is resolved. `rescued` is the folder for bytes that were put back."""

    root: Path
    rescued: Path
    lock: tuple[Locked, ...] = ()
    problem: str = ""
    _watch: Watch = field(init=False)
    _before: Mapping[str, Seen] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._watch = Watch(self.root, self.protects)
        self.reload()

    def reload(self) -> None:
        """Take up what is on the disk now."""
        try:
            self.lock, self.problem = read_lock(self.root / FOLDER / LOCK), ""
        except BadLock as error:  # what was known goes on to hold
            self.problem = str(error)

    def protects(self, path: str) -> bool:
        return path in OURS or path in SETTINGS or path in self._files

    @property
    def _files(self) -> frozenset[str]:
        return frozenset(entry.path for entry in self.lock) | {PROJECT_FILE}

    def refusal(self, made: Artifact) -> str:
        """Why a file may not be written like this, "" when it may."""
        if made.path in OURS:
            return f"{made.path} says what is enforced here, and is changed by a person only. Say what should change"
        locked = [entry for entry in self.lock if entry.path == made.path]
        if not locked and made.path != PROJECT_FILE:
            return _new_block(made)
        try:
            blocks = read(made.after)
        except Unclosed as error:
            return f"{made.path}, {error}; the rules in it would not end"
        there = {block.id: block for block in blocks}
        for entry in locked:
            block = there.get(entry.id)
            if block is None or block.digest != entry.sha256 or not block.immutable:
                return f"“{_one(entry.text)}” ({entry.id} of {entry.skill}) is locked. {HOW} {entry.id}"
        ids = {entry.id for entry in locked}
        before = {digest(block.text) for block in _blocks(made.before)}
        if any(block.id not in ids and block.digest not in before for block in blocks):
            return "a rule is written by a person, with: skill-builder directive add. Propose its words instead"
        return ""

    # Around whatever may change anything

    def look(self) -> None:
        self._before = self._watch.look()

    def put_back(self) -> str:
        """What was changed is as it was again; a sentence that names it, "" when nothing was."""
        found = [each for each in differences(self._before, self._watch.look()) if self._is_foreign(each)]
        if not found:
            self.reload()
            return ""
        kept = [self._restored(each) for each in found]
        self._before = self._watch.look()
        names = ", ".join(dict.fromkeys(each.path for each in found))
        where = f"; what was written is kept in {self.rescued}" if any(kept) else ""
        locked = [entry for entry in self.lock if entry.path in {each.path for each in found}]
        rules = f" It holds “{_one(locked[0].text)}” ({locked[0].id} of {locked[0].skill})." if locked else ""
        return f"{names} was changed and put back{where}.{rules} {HOW}"

    def _is_foreign(self, each: Difference) -> bool:
        """Not what git brought with a checkout or a pull, and not a change that leaves every locked rule as it is."""
        if each.after is not None and each.after.data is not None and each.after.data == self._committed(each.path):
            return False
        if each.path in OURS or each.path in SETTINGS:
            return True
        before, after = each.before.text if each.before else "", each.after.text if each.after else ""
        return bool(self.refusal(Artifact(each.path, before, after)))

    def _committed(self, path: str) -> bytes | None:
        try:
            shown = subprocess.run(
                ["git", "-C", str(self.root), "show", f"HEAD:./{path}"],
                capture_output=True,
                timeout=GIT_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return shown.stdout if shown.returncode == 0 else None

    def _restored(self, each: Difference) -> bool:
        """Whether bytes were set aside."""
        path = self.root / each.path
        aside = each.after is not None and each.after.data is not None
        if each.after is not None and each.after.data is not None:
            self.rescued.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.rescued / each.path.replace("/", "__")).write_bytes(each.after.data)
        if path.is_symlink() or (each.before is None and path.is_file()):
            path.unlink()
        if each.before is not None and each.before.data is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.before.data)
        return aside


def _new_block(made: Artifact) -> str:
    """A block in a skill without locked rules: nobody's word would be locked as a person's."""
    if not made.path.lower().endswith("/skill.md"):
        return ""
    before = {digest(block.text) for block in _blocks(made.before)}
    if any(block.digest not in before for block in _blocks(made.after)):
        return "a rule is written by a person, with: skill-builder directive add. Propose its words instead"
    return ""


def _blocks(text: str) -> tuple[Directive, ...]:
    try:
        return read(text)
    except Unclosed:
        return ()


def _one(text: str) -> str:
    return " ".join(text.split())
