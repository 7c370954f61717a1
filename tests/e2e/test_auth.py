from __future__ import annotations

from pathlib import Path

from tests.e2e.screen import CTRL_C, Screen

KEY = "sk-ant-typed-0123456789"
ASKS = "Key for anthropic (it is not shown):"


def test_a_key_is_typed_without_being_shown(project: Path, home: Path) -> None:
    with Screen(["auth", "set", "anthropic"], cwd=project) as it:
        it.wait_for(ASKS)
        it.type(KEY)
        it.wait_for("kept: the key for anthropic")
        assert it.wait_for_end() == 0
        assert KEY.encode() not in it.raw
    assert (home / "config" / "credentials.yaml").read_text("utf-8") == f"anthropic: {KEY}\n"


def test_ctrl_c_leaves_the_key_unset(project: Path, home: Path) -> None:
    with Screen(["auth", "set", "anthropic"], cwd=project) as it:
        it.wait_for(ASKS)
        it.send(CTRL_C)
        assert it.wait_for_end() == 130
    assert not (home / "config" / "credentials.yaml").exists()
