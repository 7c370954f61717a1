#!/usr/bin/env python3
"""PreToolUse hook: refuses a `git push` that overwrites or deletes what others may have built on."""

import json
import re
import shlex
import sys

ADVICE = "pull and rebase, or push with --force-with-lease after looking at what is there"
OVERWRITING = {"--force", "--mirror", "--delete", "--prune"}
TAKES_A_VALUE = {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"}


def main() -> int:
    event = json.load(sys.stdin)
    command = event.get("tool_input", {}).get("command", "")
    for words in commands(command):
        found = overwrites(push_arguments(words))
        if found:
            sys.stderr.write(f"git push {found} would overwrite or delete shared history; {ADVICE}\n")
            return 2
    return 0


def commands(line: str) -> list[list[str]]:
    """The words of each simple command of a shell line."""
    lexer = shlex.shlex(re.sub(r"[\n`]|\$\(", ";", line), posix=True, punctuation_chars="();&|")
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:  # an open quote: judge the words as they stand
        words = line.split()
    found: list[list[str]] = [[]]
    for word in words:
        if set(word) <= set("();&|"):
            found.append([])
        else:
            found[-1].append(word)
    return found


def push_arguments(words: list[str]) -> list[str]:
    """What follows `git … push`; empty when the command is no push."""
    for position, word in enumerate(words):
        if word.rsplit("/", 1)[-1] == "git":
            rest = words[position + 1 :]
            while rest and rest[0].startswith("-"):
                rest = rest[2:] if rest[0] in TAKES_A_VALUE else rest[1:]
            return rest[1:] if rest[:1] == ["push"] else []
    return []


def overwrites(arguments: list[str]) -> str:
    """The first argument that overwrites or deletes; "" when there is none."""
    for argument in arguments:
        short = re.fullmatch(r"-[a-zA-Z]+", argument) and set(argument) & {"f", "d"}
        if argument in OVERWRITING or short or re.match(r"\+.|:.", argument):
            return argument
    return ""


if __name__ == "__main__":
    sys.exit(main())
