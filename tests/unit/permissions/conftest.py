"""The workspace every case speaks of, and a policy for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Verdict
from enforcer.permissions.paths import Protected
from enforcer.permissions.policy import Mode, Policy
from enforcer.permissions.rules import RuleSet
from enforcer.tools.base import Effect

Build = Callable[..., Policy]
Shell = Callable[..., Verdict]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "space" / "app"
    (root / "sub").mkdir(parents=True)
    (root / "src").mkdir()
    for name in ("f", "a", "a.py", "src/a.py"):
        (root / name).write_text("foo\nx\n", encoding="utf-8")
    return root


@pytest.fixture
def policy(workspace: Path, home: Path) -> Build:
    def build(
        mode: Mode = Mode.DEFAULT,
        *,
        allow: tuple[str, ...] = (),
        ask: tuple[str, ...] = (),
        deny: tuple[str, ...] = (),
        readable: tuple[Path, ...] = (),
    ) -> Policy:
        return Policy(
            mode=mode,
            rules=RuleSet.parse(allow=allow, ask=ask, deny=deny, origin="settings"),
            cwd=workspace,
            roots=(workspace,),
            protected=Protected(home=home, config=home / "config", data=home / "data"),
            readable=readable,
        )

    return build


@pytest.fixture
def shell(policy: Build) -> Shell:
    def judge(command: str, mode: Mode = Mode.DEFAULT, **rules: tuple[str, ...]) -> Verdict:
        return policy(mode, **rules).judge(ToolCall("t1", "Bash", {"command": command}), Effect.EXECUTE)

    return judge
