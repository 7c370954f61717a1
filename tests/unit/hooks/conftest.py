"""An engine over a settings mapping, and a way to write small hook scripts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enforcer.core.events import Event, HookRan
from enforcer.core.messages import ToolCall
from enforcer.hooks.config import parse_hooks
from enforcer.hooks.engine import HookEngine


@dataclass
class Bench:
    """`ran` are the HookRan events, in the order the hooks ended."""

    folder: Path
    events: list[Event] = field(default_factory=list)

    @property
    def ran(self) -> list[HookRan]:
        return [event for event in self.events if isinstance(event, HookRan)]

    def engine(
        self, hooks: dict[str, Any], matches_rule: Callable[[str, ToolCall], bool] = lambda rule, call: True
    ) -> HookEngine:
        read = parse_hooks(hooks, origin="settings")
        assert read.problems == ()
        return HookEngine(
            read.handlers,
            cwd=self.folder,
            common=lambda: {"session_id": "s1", "cwd": str(self.folder), "permission_mode": "default"},
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            outputs=self.folder / "outputs",
            emit=self.events.append,
            matches_rule=matches_rule,
        )

    def on(self, event: str, *commands: str, matcher: str = "", **keys: Any) -> HookEngine:
        entries = [{"type": "command", "command": command, **keys} for command in commands]
        return self.engine({event: [{"matcher": matcher, "hooks": entries}]})

    def script(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    folder = tmp_path / "my project"
    folder.mkdir()
    return Bench(folder)
