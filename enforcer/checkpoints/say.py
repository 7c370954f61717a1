"""What a checkpoint wants, and why it stopped somebody, in words for people and models."""

from __future__ import annotations

import shlex

from enforcer.checkpoints.checkpoint import Checkpoint, Kind

MOST_SHOWN = 2


def check_said(each: Checkpoint) -> str:
    """One clause: `pytest -q must pass before deploy.sh`."""
    check, where = each.check, _where(each)
    match check.kind:
        case Kind.COMMAND:
            return f"{shlex.join(check.run)} must pass{' before ' + _calls(each) if each.match.tools else where}"
        case Kind.REGEX_DENY:
            return f"/{check.pattern}/ may not be written{where}"
        case Kind.REGEX_REQUIRE:
            return f"/{check.pattern}/ must be there{where}"
        case Kind.PATH_DENY:
            return f"{', '.join(each.match.paths)} may not be changed"
        case Kind.THRESHOLD:
            what = shlex.join(check.run) if check.run else check.measure
            return f"{what} {check.op} {check.value:g}{where}"
        case Kind.RECEIPT:
            return f"{check.of} must have passed"
        case Kind.ORDER:
            return f"{_call(check.before)} must have run before {_call(check.after)}"
        case Kind.JUDGE:
            return f"the other model judges it{where}"


def refusal(each: Checkpoint, reason: str) -> str:
    """What whoever is stopped reads: the rule word for word, what was found, and who may change the rule."""
    found = f": {reason}" if reason else ""
    rule = f"{each.directive} of {each.skill}" if each.directive else each.id
    said = " ".join(each.text.split()) or check_said(each)
    return f"“{said}” ({rule}, checkpoint {each.id}){found}"


def _calls(each: Checkpoint) -> str:
    shown = [_call(rule) for rule in each.match.tools[:MOST_SHOWN]]
    more = len(each.match.tools) - len(shown)
    return ", ".join(shown) + (f" and {more} other ways to call it" if more else "")


def _call(rule: str) -> str:
    return rule.removeprefix("Bash(").removesuffix(")").removesuffix(" *") if rule.startswith("Bash(") else rule


def _where(each: Checkpoint) -> str:
    if each.match.paths:
        return f" in {', '.join(each.match.paths[:MOST_SHOWN])}{' …' if len(each.match.paths) > MOST_SHOWN else ''}"
    return f" while {each.skill} is in use" if each.match.in_use else ""
