from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from enforcer.config.keys import BASE_URL_ENV, KEY_ENV, SERVERS
from enforcer.config.load import FLAGS, VARIABLES
from enforcer.config.powers import NEVER

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "configuration.md").read_text("utf-8")


@pytest.mark.parametrize("script", ["make_config_docs.py", "make_matrix.py"])
def test_what_is_written_by_a_script_is_current(script: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_variable_and_flag_is_named() -> None:
    assert [name for name in (*VARIABLES, *FLAGS.values(), *BASE_URL_ENV.values()) if f"`{name}`" not in PAGE] == []


def test_the_keys_of_vendors_with_a_provider_are_named() -> None:
    wanted = [name for names in KEY_ENV.values() for name in names]
    assert [name for name in wanted if f"`{name}`" not in PAGE] == []


def test_every_known_server_has_its_address() -> None:
    rows = {name: next(row for row in PAGE.splitlines() if f"`openai-compatible:{name}`" in row) for name in SERVERS}
    assert [name for name, address in SERVERS.items() if address not in rows[name]] == []


def test_what_a_project_never_sets_is_named() -> None:
    assert [key for key in NEVER if f"`{key}`" not in PAGE] == []
