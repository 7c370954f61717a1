"""The way into a session, the same for the terminal and for -p: config, trust, what is resumed, then the wiring."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from enforcer import __version__
from enforcer.cli.build import Session, build
from enforcer.cli.options import PICK, Options
from enforcer.cli.workshop import Inputs, Person
from enforcer.config.load import Loaded, load
from enforcer.config.paths import Paths
from enforcer.config.powers import Power
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.core.events import Event
from enforcer.permissions.trust import Trust, TrustStore
from enforcer.session.fork import fork
from enforcer.session.resume import Resumed
from enforcer.session.resume import load as load_session
from enforcer.session.store import SessionInfo, Store

Reader = Callable[[Event], object]
AskTrust = Callable[[Path, Sequence[Power]], Awaitable[bool]]


@dataclass(slots=True)
class Opening:
    """What is known before a session is wired."""

    options: Options
    cwd: Path
    paths: Paths
    loaded: Loaded
    trusted: bool
    resumed: Resumed | None = None
    folder: Path | None = None

    @property
    def source(self) -> str:
        """How the session begins, in the words hooks know."""
        if self.folder is None:
            return "startup"
        return "fork" if self.options.fork else "resume"

    def wire(self, person: Person | None, readers: Sequence[Reader]) -> Session:
        """Raises: what `build` does; a copy that was made for the session is gone then."""
        copied = self._branch()
        try:
            return self._build(person, readers)
        except EnforcerError:
            if copied is not None:
                shutil.rmtree(copied, ignore_errors=True)
            raise

    def _branch(self) -> Path | None:
        """With --fork-session: go on in a copy, which is made when everything else is known."""
        if not self.options.fork or self.folder is None or self.resumed is not None:
            return None
        root = self.loaded.project_root
        self.folder = fork(self.folder, Store(self.paths).new_id(), root=root, version=__version__)
        self.resumed = load_session(self.folder, root=root)
        return self.folder

    def _build(self, person: Person | None, readers: Sequence[Reader]) -> Session:
        return build(
            Inputs(
                options=self.options,
                paths=self.paths,
                loaded=self.loaded,
                cwd=self.cwd,
                env=dict(os.environ),
                person=person,
                readers=readers,
                trusted=self.trusted,
                resumed=self.resumed,
                resumed_folder=self.folder,
            )
        )


async def open_session(options: Options, cwd: Path, ask_trust: AskTrust | None) -> Opening:
    """`ask_trust` is None when nobody can be asked. Raises: UsageError."""
    paths = Paths.from_env(os.environ)
    loaded = _load(options, cwd, paths, trusted=False)
    trusted = await _trusted(options, paths, loaded, ask_trust)
    if trusted and loaded.powers:
        loaded = _load(options, cwd, paths, trusted=True)
    opening = Opening(options, cwd, paths, loaded, trusted)
    _resume(opening)
    return opening


def find_session(store: Store, root: Path, beginning: str) -> SessionInfo:
    """Raises: UsageError when there is none of this project."""
    info = store.find(beginning)
    if info.root != root:
        raise UsageError(f"session {info.id} belongs to {info.root}; change to that folder to go on with it")
    return info


def another_session(session: Session, beginning: str) -> str:
    """The id of what can be opened instead of this session. Raises: UsageError."""
    root = session.loaded.project_root
    info = find_session(session.store, root, beginning)
    if info.id == session.session_id:
        raise UsageError(f"session {info.id} is the one you are in")
    if info.id in session.store.live(root):
        raise UsageError(f"session {info.id} is open in another terminal; go on there")
    return info.id


def fork_of(session: Session) -> str:
    """The id of a copy of this session as it stands. Raises: UsageError when nothing was said in it yet."""
    info = session.store.find(session.session_id, silent=True)
    if not info.title:
        raise UsageError("nothing was said yet, so there is nothing to fork")
    id = session.store.new_id()
    fork(info.folder, id, root=info.root, version=__version__)
    return id


def _load(options: Options, cwd: Path, paths: Paths, *, trusted: bool) -> Loaded:
    return load(cwd=cwd, paths=paths, env=os.environ, flags=options.flags(), trusted=trusted)


async def _trusted(options: Options, paths: Paths, loaded: Loaded, ask: AskTrust | None) -> bool:
    """May what this folder brings act? Asked once per content; no answer is a no."""
    store = TrustStore(paths.data / "trust.json")
    if options.trust is not None:
        return options.trust
    root, powers = loaded.project_root, loaded.powers
    status = store.status(root, powers)
    if status in {Trust.EMPTY, Trust.TRUSTED}:
        return True
    if ask is None:
        raise UsageError(
            f"the folder {root} is not trusted and brings {_count(powers)} that would act here; "
            "look at them with: enforcer, then pass --trust to let them act or --no-trust to run without them"
        )
    agreed = await ask(root, _listed(store, root, powers) if status is Trust.CHANGED else powers)
    if agreed:
        store.save(root, powers)
    return agreed


def _listed(store: TrustStore, root: Path, powers: Sequence[Power]) -> list[Power]:
    """What differs from the last yes comes first and says so."""
    difference = store.difference(root, powers)
    new = [replace(power, kind=f"new {power.kind}") for power in difference.added]
    gone = [replace(power, kind=f"no longer {power.kind}") for power in difference.removed]
    return [*new, *gone, *(power for power in powers if power not in difference.added)]


def _count(powers: Sequence[Power]) -> str:
    kinds = sorted({power.kind for power in powers})
    return f"{len(powers)} {'entry' if len(powers) == 1 else 'entries'} ({', '.join(kinds)})"


def _resume(opening: Opening) -> None:
    options, store = opening.options, Store(opening.paths)
    root = opening.loaded.project_root
    if options.continue_last:
        info = store.latest(root)
        if info is None:
            raise UsageError("this project has no earlier session to continue; start one with: enforcer")
    elif options.resume and options.resume != PICK:
        info = find_session(store, root, options.resume)
    else:
        return
    opening.folder = info.folder
    if not options.fork:
        opening.resumed = load_session(opening.folder, root=root)
