"""Which check a command line runs, and how often each failed in this session without a success in between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from enforcer.core.events import Event, ToolFinished, TurnChecked
from enforcer.core.messages import Message, ToolCall
from enforcer.core.requests import Check
from enforcer.permissions.shell import Simple, names, parse
from enforcer.permissions.unwrap import inner, program

SHELL = "Bash"
CHECKPOINTS = "the checkpoints"
LONGEST = 60  # characters of a check's name

# Programs that are a check by themselves, and those that are one with a word behind them.
ALONE = names(
    "pytest py.test tox nox unittest nose2 behave bats jest vitest mocha ava karma ctest rspec phpunit pest busted"
    " mypy pyright pyre flake8 pylint eslint tsc stylelint golangci-lint staticcheck shellcheck hadolint yamllint"
    " ktlint detekt rubocop phpstan psalm swiftlint clang-tidy cppcheck checkstyle lint-imports ninja"
)
WITH = {
    "bazel": names("test build"),
    "cargo": names("test build check clippy nextest"),
    "cmake": names("--build"),
    "composer": names("test"),
    "cypress": names("run"),
    "deno": names("test lint check"),
    "dotnet": names("test build"),
    "go": names("test build vet"),
    "gradle": names("test check build assemble"),
    "gradlew": names("test check build assemble"),
    "mix": names("test compile credo"),
    "mvn": names("test compile verify package"),
    "mvnw": names("test compile verify package"),
    "node": names("--test"),
    "playwright": names("test"),
    "pre-commit": names("run"),
    "rails": names("test spec"),
    "rake": names("test spec"),
    "ruff": names("check"),
    "sbt": names("test compile"),
    "swift": names("test build"),
    "terraform": names("validate"),
    "zig": names("test build"),
}
ONLY_LOOKING = names("black isort prettier gofmt rustfmt")  # a check with --check; else they write
SCRIPTED = names("npm pnpm yarn bun make just task")  # they run what the project calls test, lint, …
RUNNERS = {"npx": "", "bunx": "", "pnpm": "exec", "yarn": "exec", "bundle": "exec", "npm": "exec"}
SHELLS = names("sh bash zsh dash")
HARMLESS = names("cd pushd popd export source . set echo pwd true clear mkdir sleep")
_SCRIPT = re.compile(
    r"(?:^|[:_\-./])(?:tests?|specs?|lint|checks?|build|verify|typecheck|types|ci|e2e|unit|compile)(?=$|[:_\-./])"
)
_VARIABLES = re.compile(r"(^|&&\s*|;\s*|\n\s*)(?:[A-Za-z_]\w*=[^\s;&|'\"$`]*[ \t]+)+")
_EXIT = re.compile(r"\(exit code [1-9]\d*\)\s*\Z")


@dataclass(frozen=True, slots=True)
class Run:
    """The checks of one command line. `sure`: when it fails, one of them did, and not something before them."""

    checks: tuple[str, ...]
    sure: bool = True


@dataclass(slots=True)
class Attempts:
    """A reader of events. `failed` counts by check; `latest` is the one that failed last, until it is taken."""

    failed: dict[str, int] = field(default_factory=dict)
    latest: str = ""

    def __call__(self, event: Event) -> None:
        match event:
            case ToolFinished(call=call, content=content, is_error=is_error):
                self.ran(call, content, is_error=is_error)
            case TurnChecked(outcome=Check.FAILED):
                self._fail(CHECKPOINTS)
            case TurnChecked(outcome=Check.PASSED):
                self._pass([CHECKPOINTS])

    def ran(self, call: ToolCall, content: str, *, is_error: bool) -> None:
        """A tool call with its result. What was refused, stopped or goes on in the background says nothing."""
        command = call.input.get("command")
        if call.name != SHELL or not isinstance(command, str) or call.input.get("run_in_background"):
            return
        run = run_of(command)
        if not is_error:
            self._pass(run.checks)
        elif run.sure and run.checks and _EXIT.search(content):
            self._fail(" && ".join(run.checks))

    def restore(self, messages: Iterable[Message]) -> None:
        """Count anew what a resumed session has run."""
        self.failed.clear()
        calls: dict[str, ToolCall] = {}
        for message in messages:
            calls |= {call.id: call for call in message.calls}
            for result in message.results:
                if call := calls.pop(result.call_id, None):
                    self.ran(call, result.content, is_error=result.is_error)
        self.latest = ""

    def take(self) -> str:
        """The check that failed last since this was asked; "" when none did."""
        latest, self.latest = self.latest, ""
        return latest

    def _fail(self, check: str) -> None:
        self.failed[check] = self.failed.get(check, 0) + 1
        self.latest = check

    def _pass(self, checks: Sequence[str]) -> None:
        """The whole of it passing says that every part of it passes."""
        whole = " && ".join(checks)
        for known in [*self.failed]:
            if known == whole or any(known == check or known.startswith(f"{check} ") for check in checks):
                del self.failed[known]
        self.latest = self.latest if self.latest in self.failed else ""


def run_of(command: str) -> Run:
    """What a command line checks. Nothing, where its exit code is not that of a check."""
    commands = parse(_VARIABLES.sub(r"\1", command.strip()), "~")
    if not commands:
        return Run(())
    last = _last_group(commands)
    if any(each.after in {"|", "||", "|&"} for each in last):
        return Run(())
    found = [(each, check_of(each.argv)) for each in last]
    sure = all(check or program(each.argv) in HARMLESS for each, check in found)
    return Run(tuple(check for _, check in found if check), sure)


def check_of(argv: Sequence[str]) -> str:
    """The check a plain command is, e.g. `pytest tests/test_app.py`, without what does not matter to it; else ""."""
    words = _bare(argv)
    if not words:
        return ""
    name, rest = program(words), list(words[1:])
    head = _head(words[0], name, rest)
    if not head:
        return ""
    targets = sorted(dict.fromkeys(_targets(rest)))
    return " ".join([head, *targets])[:LONGEST]


def _last_group(commands: Sequence[Simple]) -> list[Simple]:
    """Behind the last `;` or line end: its exit code is that of the whole."""
    starts = [at for at, each in enumerate(commands) if each.after in {"", ";", "\n"}]
    return list(commands[starts[-1] :])


def _bare(argv: Sequence[str]) -> list[str]:
    """Without what only runs it: `timeout 60`, `uv run`, `npx`, `python -m`, `bash`."""
    words = list(argv)
    while words:
        name = program(words)
        if found := inner(words):
            words = list(found[0])
        elif name in {"python", "python3"} and words[1:2] == ["-m"]:
            words = words[2:]
        elif name in RUNNERS and (not RUNNERS[name] or words[1:2] == [RUNNERS[name]]):
            words = _without_flags(words[2 if RUNNERS[name] else 1 :])
        elif name in SHELLS and len(words) > 1 and not words[1].startswith("-"):
            words = words[1:]
            return words if "/" in words[0] else [f"./{words[0]}", *words[1:]]
        else:
            return words
    return words


def _without_flags(words: Sequence[str]) -> list[str]:
    rest = list(words)
    while rest and rest[0].startswith("-"):
        rest.pop(0)
    return rest


def _head(path: str, name: str, rest: list[str]) -> str:
    """What is run, and of `rest` the words that say which check; they are taken out of it."""
    if name in ALONE:
        return name
    if name in ONLY_LOOKING and "--check" in rest:
        return f"{name} --check"
    if name in WITH:
        return _with_verb(name, rest, next((word for word in rest if word.rpartition(":")[2] in WITH[name]), ""))
    if name in SCRIPTED:
        return _project_script(name, rest)
    if name in {"python", "python3"} and rest[1:2] == ["test"] and rest[0].endswith("manage.py"):
        del rest[:2]
        return "manage.py test"
    return path.removeprefix("./") if "/" in path and _SCRIPT.search(path) else ""


def _project_script(name: str, rest: list[str]) -> str:
    words = [word for word in rest if not word.startswith("-") and word != "run"]
    if not words:
        return name if name == "make" else ""
    installs = (name, words[0]) == ("npm", "ci")
    return _with_verb(name, rest, words[0] if _SCRIPT.search(words[0]) and not installs else "")


def _with_verb(name: str, rest: list[str], verb: str) -> str:
    if not verb:
        return ""
    del rest[: rest.index(verb) + 1]
    return f"{name} {verb}"


def _targets(words: Sequence[str]) -> Iterator[str]:
    """Files and names it is narrowed to. Flags do not matter, nor what belongs to one and is no path."""
    behind_flag = False
    for word in words:
        if word.startswith("-"):
            behind_flag = word != "--" and "=" not in word
            continue
        if not behind_flag or "/" in word or "." in word:
            bare = word.partition("::")[0].removeprefix("./").rstrip("/")
            yield from [bare] if bare.strip(".") else []
        behind_flag = False
