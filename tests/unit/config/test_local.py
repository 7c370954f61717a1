"""An answer for this project on this machine is kept in its local file."""

from __future__ import annotations

import pytest

from enforcer.config.local import set_local
from enforcer.core.errors import UsageError
from tests.unit.config.conftest import World


def test_an_answer_is_what_the_next_session_reads(world: World) -> None:
    set_local(world.root, "lanes.ask", "never")
    loaded = world.load()
    assert (loaded.settings.lanes.ask, loaded.warnings, loaded.powers) == ("never", (), ())


def test_the_other_keys_stay(world: World) -> None:
    world.project("lanes: {default: creative, ask: once}\nreview: required", ".enforcer/config.local.yaml")
    path = set_local(world.root, "lanes.ask", "never")
    assert path.read_text("utf-8") == "lanes: {default: creative, ask: never}\nreview: required"


def test_a_broken_file_is_left_as_it_was(world: World) -> None:
    path = world.project("lanes: [", ".enforcer/config.local.yaml")
    with pytest.raises(UsageError, match="this is not valid YAML"):
        set_local(world.root, "lanes.ask", "never")
    assert path.read_text("utf-8") == "lanes: ["


def test_words_keep_what_was_typed_conf_006(world: World) -> None:
    path = world.project("outputStyle: on\nmodel: 1.10\n", ".enforcer/config.local.yaml")
    set_local(world.root, "lanes.ask", "never")
    assert world.load().settings.outputStyle == "on"
    assert path.read_text("utf-8").startswith("outputStyle: on\nmodel: 1.10\n")


def test_a_link_out_of_the_project_is_not_followed(world: World) -> None:
    (world.root / ".enforcer").symlink_to(world.home)
    with pytest.raises(UsageError) as refused:
        set_local(world.root, "lanes.ask", "never")
    assert str(refused.value) == (
        f"{world.root}/.enforcer leads out of the project; replace it by a folder, then try again"
    )
    assert not (world.home / "config.local.yaml").exists()
