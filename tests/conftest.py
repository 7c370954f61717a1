"""Every test: an empty home, no key of the machine, no address but 127.0.0.1."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

NOBODY = "http://127.0.0.1:1/v1"  # instead of the ports where this machine may have a model server
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SCRUBBED = ("_API_KEY", "_TOKEN", "_SECRET", "_BASE_URL")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's home for this test; also where config and data of Enforcer go."""
    for name in list(os.environ):
        scrubbed = name.endswith(SCRUBBED) or name.startswith(("ENFORCER_", "ANTHROPIC_", "OPENAI_", "OLLAMA_"))
        if scrubbed or name.startswith(("GIT_", "GEMINI_", "GOOGLE_", "XDG_")):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name in ("NO_COLOR", "FORCE_COLOR", "PYTHONPATH", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HOME": str(home),
        "ENFORCER_CONFIG_DIR": str(home / "config"),
        "ENFORCER_DATA_DIR": str(home / "data"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "OLLAMA_HOST": NOBODY,
        "LLAMACPP_BASE_URL": NOBODY,
        "LMSTUDIO_BASE_URL": NOBODY,
        "VLLM_BASE_URL": NOBODY,
        "TERM": "xterm-256color",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test reached for {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
