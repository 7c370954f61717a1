"""What a person changes of the rules: blocks, their lock, its history; and what `audit --fix` writes. Asks nobody."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from enforcer.checkpoints import directives
from enforcer.checkpoints.audit import Audit, Item
from enforcer.checkpoints.authored import rewritten
from enforcer.checkpoints.directives import Directive
from enforcer.checkpoints.fixtures import files_of
from enforcer.checkpoints.lock import Locked, Source, Standing, State, history, locked, read_lock, written
from enforcer.checkpoints.rulebook import Rulebook, compiled
from enforcer.config.replace import replace_text
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.skills.frontmatter import read_text

MODE = 0o644
AGENT = "ENFORCER_AGENT"
HEAD = "# Rules of this project\n\nEach block is one rule, word for word; `skill-builder directive` changes them.\n"


@dataclass(frozen=True, slots=True)
class Change:
    """What one command did: the rule before and after it. Both None: only the place was written down anew."""

    event: str  # added | amended | retired | accepted
    before: Locked | None
    after: Locked | None
    path: Path


def today(env: Mapping[str, str]) -> str:
    """YYYY-MM-DD, of SOURCE_DATE_EPOCH where that is set: then the same input gives the same bytes."""
    epoch = env.get("SOURCE_DATE_EPOCH", "")
    return time.strftime("%Y-%m-%d", time.gmtime(int(epoch)) if epoch.isdigit() else time.localtime())


def refuse_agents(env: Mapping[str, str], *, terminal: bool, command: str) -> None:
    """Rules are changed by people. Raises: UsageError."""
    if env.get(AGENT):
        raise UsageError(f"rules are changed by a person; ask them to run in their own terminal: {command}")
    if not terminal:
        raise UsageError(f"a person has to see and agree to it, so it needs a terminal; run there: {command}")


@dataclass(slots=True)
class Changes:
    """Writes to one project. Raises, everywhere: EnforcerError, UsageError, BadLock, Unclosed."""

    root: Path
    date: str

    def add(self, skill: str, text: str) -> Change:
        """A new rule at the end of the others."""
        rules, text = Rulebook(self.root), _checked(text)
        path = self._file(rules, skill)
        lock = read_lock(rules.lock_path)
        twin = next((each for each in lock if each.skill == skill and each.sha256 == directives.digest(text)), None)
        if twin:
            raise UsageError(f"{twin.id} says that already; nothing was changed")
        before = read_text(path) if path.exists() else HEAD
        known = {each.id for each in lock} | {each.id for each in directives.read(before)}
        block = Directive(text, directives.new_id(skill, text, known), added=self.date)
        self._put(path, directives.added(before, block))
        entry = Locked(block.id, skill, rules.shown(path), block.digest, block.added, block.origin, text)
        return self._locked(rules, "added", None, entry, path)

    def amend(self, id: str, text: str) -> Change:
        """Other words for a rule; its id stays, so that its checks stay its own."""
        rules, text = Rulebook(self.root), _checked(text)
        standing = self._standing(rules, id)
        path, found, entry = self._place(rules, standing)
        new = replace(found, text=text, id=entry.id, immutable=True)
        self._put(path, directives.exchanged(read_text(path), found, new))
        return self._locked(rules, "amended", entry, replace(entry, text=text, sha256=new.digest), path)

    def retire(self, id: str) -> Change:
        """The rule goes; the history keeps its words."""
        rules = Rulebook(self.root)
        standing = self._standing(rules, id)
        path = self.root / standing.path
        if standing.found is not None:
            self._put(path, directives.exchanged(read_text(path), standing.found, None))
        return self._locked(rules, "retired", standing.locked, None, path)

    def accept(self, standing: Standing) -> Change:
        """Lock what a person wrote by hand; a rule that is gone from its file is retired."""
        rules = Rulebook(self.root)
        path, found, before = self.root / standing.path, standing.found, standing.locked
        if found is None:
            return self._locked(rules, "retired", before, None, path)
        known = {each.id for each in rules.lock}
        id = before.id if before else found.id or directives.new_id(standing.skill, found.text, known)
        whole = replace(found, id=id, added=found.added or self.date, immutable=True)
        if whole != found:
            self._put(path, directives.exchanged(read_text(path), found, whole))
        entry = Locked(id, standing.skill, standing.path, whole.digest, whole.added, whole.origin, whole.text)
        return self._locked(rules, "accepted", before, entry, path)

    @property
    def lock_file(self) -> Path:
        return Rulebook(self.root).lock_path

    @property
    def log_file(self) -> Path:
        return Rulebook(self.root).log_path

    def begin(self, skill: str, path: Path, texts: Sequence[str]) -> None:
        """Write the first rules into a skill that was made just now; that locks nothing."""
        text = read_text(path)
        for rule in map(_checked, texts):
            known = {each.id for each in directives.read(text)} | {each.id for each in Rulebook(self.root).lock}
            if any(each.digest == directives.digest(rule) for each in directives.read(text)):
                raise UsageError(f"the rule “{rule}” is given twice; give it once")
            block = Directive(rule, directives.new_id(skill, rule, known), added=self.date)
            text = directives.added(text, block)
        self._put(path, text)

    def lock_new(self, skill: str, path: Path) -> Sequence[Locked]:
        """Lock every block of a skill that was made just now."""
        rules = Rulebook(self.root)
        shown = rules.shown(path)
        made = [locked(Source(skill, shown, ()), block) for block in directives.read(read_text(path))]
        for entry in made:
            self._locked(Rulebook(self.root), "added", None, entry, path)
        return made

    def number(self, standings: Iterable[Standing]) -> Sequence[Path]:
        """Give blocks without an id one; that locks nothing."""
        touched: dict[Path, None] = {}
        for standing in standings:
            found, path = standing.found, self.root / standing.path
            if found is None or found.id or standing.state is not State.UNLOCKED:
                continue
            text = read_text(path)
            known = {each.id for each in directives.read(text)} | {each.id for each in Rulebook(self.root).lock}
            at = next(each for each in directives.read(text) if each.digest == found.digest and not each.id)
            id = directives.new_id(standing.skill, found.text, known)
            self._put(path, directives.exchanged(text, at, replace(at, id=id, added=at.added or self.date)))
            touched[path] = None
        return tuple(touched)

    def fix(self, audit: Audit) -> Sequence[Path]:
        """Examples, checkpoints.yaml, and what is compiled from it. Returns the files that changed."""
        rules = Rulebook(self.root)
        if audit.authored.problems:
            raise EnforcerError(f"{audit.authored.problems[0]}; mend that first, nothing was written")
        changed = [path for item in audit.items for path in self._examples(item)]
        path = rules.authored_path
        before = path.read_text("utf-8") if path.exists() else ""
        if tuple(audit.authored.checkpoints) != tuple(audit.wanted):
            changed += self._put(path, rewritten(before, str(path), audit.wanted))
        if audit.wanted or rules.compiled_path.exists():
            source = path.read_bytes() if path.exists() else b""
            changed += self._put(rules.compiled_path, compiled(map(audit.authored.overridden, audit.wanted), source))
        return changed

    def _examples(self, item: Item) -> Iterable[Path]:
        """What a person wrote there stays."""
        if item.checkpoint is None:
            return
        for name, example in item.examples.items():
            folder = self.root / item.checkpoint.proof.get(name, "")
            if not item.checkpoint.proof.get(name) or folder.exists():
                continue
            for file, text in files_of(example).items():
                yield from self._put(folder / file, text)

    def _file(self, rules: Rulebook, skill: str) -> Path:
        path = rules.path_of(skill)
        if path is None:
            raise UsageError(f"there is no skill {skill} in this project; see them all with: skill-builder list")
        return path

    def _standing(self, rules: Rulebook, id: str) -> Standing:
        found = next((each for each in rules.standings if each.id == id), None)
        if found is None:
            known = ", ".join(each.id for each in rules.standings) or "none"
            raise UsageError(f"there is no directive {id}; there are: {known}")
        if found.locked is None:
            raise UsageError(f"{id} is not locked yet; accept it with: skill-builder directive accept {found.skill}")
        return found

    def _place(self, rules: Rulebook, standing: Standing) -> tuple[Path, Directive, Locked]:
        if standing.found is None or standing.locked is None:
            raise UsageError(f"{standing.id} is gone from {standing.path}; put it back, or retire it")
        return self.root / standing.path, standing.found, standing.locked

    def _locked(self, rules: Rulebook, event: str, before: Locked | None, after: Locked | None, path: Path) -> Change:
        id = after.id if after else before.id if before else ""
        kept = [each for each in read_lock(rules.lock_path) if each.id != id]
        self._put(rules.lock_path, written([*kept, *([after] if after else [])]))
        log = rules.log_path.read_text("utf-8") if rules.log_path.exists() else ""
        self._put(rules.log_path, log + history(event, {"at": self.date}, before, after))
        return Change(event, before, after, path)

    def _put(self, path: Path, text: str) -> list[Path]:
        if path.exists() and path.read_bytes() == text.encode():
            return []
        try:
            if not path.resolve().is_relative_to(self.root.resolve()):
                raise EnforcerError(f"{path} leads out of the project; nothing was written there")
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, text, MODE)
        except OSError as error:
            raise EnforcerError(f"{path} cannot be written: {error.strerror}") from error
        return [path]


def _checked(text: str) -> str:
    """Raises: UsageError."""
    text = directives.normal(text)
    if not text:
        raise UsageError("the rule is empty; write it as one sentence, in quotes")
    if "<!--" in text or "-->" in text:
        raise UsageError("a rule cannot hold <!-- or -->, which mark where it begins and ends")
    return text
