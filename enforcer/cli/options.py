"""The flags of a session, as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from enforcer.agent.shape import Shape

PICK = "?"  # the value of -r when no id was given


@dataclass(frozen=True, slots=True)
class Options:
    prompt: str = ""
    headless: bool = False
    lane: str | None = None
    creative: str | None = None
    analytical: str | None = None
    model: str | None = None
    resume: str | None = None  # an id or its beginning, PICK, or None
    continue_last: bool = False
    fork: bool = False  # go on in a copy, and leave the session as it is
    permission_mode: str | None = None
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    max_turns: int | None = None
    add_dir: tuple[str, ...] = ()
    trust: bool | None = None
    verbose: bool = False
    output_format: str = "text"
    input_format: str = "text"
    partial: bool = False
    effort: str | None = None
    shape: Shape | None = None  # of the answer
    images: tuple[str, ...] = ()  # files, for the first prompt
    one_vendor: bool = False
    piped: str = ""  # the end of the prompt that came from a pipe

    def flags(self) -> dict[str, Any]:
        """The settings that flags set, by their config key."""
        given = {
            "lanes.creative.model": self.creative,
            "lanes.analytical.model": self.analytical,
            "model": self.model,
            "lanes.creative.effort": self.effort,
            "lanes.analytical.effort": self.effort,
            "permissions.defaultMode": self.permission_mode,
            "permissions.allow": list(self.allowed_tools),
            "permissions.deny": list(self.disallowed_tools),
            "permissions.additionalDirectories": list(self.add_dir),
            "lanes.one_vendor": self.one_vendor,
        }
        return {key: value for key, value in given.items() if value}


def split_rules(values: Sequence[str] | None) -> tuple[str, ...]:
    """`--allowedTools "Read,Bash(git *)"` and repeated flags; commas and blanks inside parentheses do not split."""
    rules: list[str] = []
    for value in values or ():
        depth, current = 0, ""
        for char in value:
            depth += (char == "(") - (char == ")")
            if char in ", " and depth <= 0:
                rules.append(current)
                current = ""
            else:
                current += char
        rules.append(current)
    return tuple(rule.strip() for rule in rules if rule.strip())


def normalise(arguments: Sequence[str]) -> list[str]:
    """Give `-r` without an id the value that opens the picker; a session id has no blank in it."""
    result: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            return [*result, *arguments[index:]]
        following = arguments[index + 1] if index + 1 < len(arguments) else ""
        if argument in {"-r", "--resume"} and (not following or following.startswith("-") or " " in following):
            result.append(f"--resume={PICK}")
        else:
            result.append(argument)
    return result
