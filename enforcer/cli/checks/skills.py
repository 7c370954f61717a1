"""The skills that are found: broken ones, hidden ones, and those that strict readers refuse."""

from __future__ import annotations

from collections.abc import Iterator

from enforcer.cli.checks.scene import Scene
from enforcer.config.paths import home_of
from enforcer.skills.find import find, roots
from enforcer.skills.parse import Level
from enforcer.skills.shipped import shipped
from enforcer.skills.validate import validate
from enforcer.ui.findings import Finding, note, ok, warning


def check(scene: Scene) -> Iterator[Finding]:
    catalogue = find(roots(scene.root, home_of(scene.env), scene.paths.config, shipped("skills")))
    for bad in catalogue.broken:
        yield warning("skill-broken", f"{bad.path} cannot be used: {bad.reason}", f"skill-builder validate {bad.path}")
    for lost in catalogue.shadowed:
        text = f"{lost.skill.name}: {lost.skill.path} is not used, {lost.by.path} is"
        yield note("skill-shadowed", text, "rename one of them, if both are wanted")
    for skill in catalogue.skills:
        for odd in skill.warnings:
            yield note("skill-odd", f"{skill.path}: {odd}", f"skill-builder validate {skill.folder}")
        findings = validate(skill.folder) if skill.level is not Level.SHIPPED else ()
        if findings:
            text = f"{skill.name} works here, and other readers of the format refuse it: {findings[0].message}"
            yield note("skill-strict", text, f"skill-builder validate {skill.folder}")
    yield ok("skills", f"{len(catalogue.skills)} found")
