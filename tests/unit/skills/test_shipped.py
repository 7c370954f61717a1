"""What comes with Enforcer is found where it lies."""

from __future__ import annotations

from enforcer.core.lanes import Lane
from enforcer.skills.find import Root, find
from enforcer.skills.parse import Level
from enforcer.skills.shipped import shipped


def test_the_shipped_skills_load_without_a_warning() -> None:
    found = find([Root(shipped("skills"), Level.SHIPPED)])
    assert [(skill.name, skill.lane, skill.warnings) for skill in found.skills] == [
        ("release-notes", Lane.CREATIVE, ())
    ]
    assert found.broken == ()


def test_the_shipped_hook_scripts_are_executable() -> None:
    scripts = sorted(shipped("hooks").glob("*.py"))
    assert [script.name for script in scripts] == ["log_lane_switch.py", "refuse_force_push.py"]
    assert all(script.stat().st_mode & 0o111 for script in scripts)
