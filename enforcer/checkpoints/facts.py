"""What a project calls its tests, its linter, its deploy: read from the files that say so, run by nobody here."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST_BYTES = 1_000_000
MOST_TESTS = 20  # of whose files the first are looked at
SCRIPT_FOLDERS = (".", "scripts", "bin", "tools", "script")
_TARGET = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*:(?!=)", re.MULTILINE)
SUITES = {
    "tests": ("test", "tests", "check"),
    "lint": ("lint", "check"),
    "types": ("typecheck", "types"),
    "build": ("build",),
}
Examples = Mapping[str, str]  # file name and text


@dataclass(frozen=True, slots=True)
class Command:
    """A way to run something of the project. `failing` and `passing` are small projects on which it must do so."""

    run: tuple[str, ...]
    failing: Examples
    passing: Examples


class Project:
    """The files at the top of a project, read once and only when asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, str] = {}

    def suite(self, what: str) -> Command | None:
        """How `tests`, `lint`, `types` or `build` are run; None when no file says."""
        return next(self._suites(what), None)

    def calls(self, verb: str) -> tuple[str, ...]:
        """Permission rules for the ways this project does something: a script, a target, a command of that name."""
        scripts = [name for name in self._scripts() if re.fullmatch(rf"{re.escape(verb)}(?:[._-]\w+)*", name.name)]
        rules = [f"Bash({path.name} *)" for path in scripts]
        rules += [f"Bash(make {verb} *)"] if verb in self.targets() else []
        for name in (name for name in self.package_scripts() if re.fullmatch(rf"{re.escape(verb)}(?:[:_-]\w+)*", name)):
            rules += [f"Bash({tool} run {name} *)" for tool in ("npm", "pnpm", "yarn", "bun")]
        return tuple(dict.fromkeys(rules))

    def targets(self) -> tuple[str, ...]:
        """Of the Makefile."""
        return tuple(dict.fromkeys(_TARGET.findall(self._text("Makefile") or self._text("makefile"))))

    def package_scripts(self) -> Mapping[str, Any]:
        try:
            data = json.loads(self._text("package.json") or "{}")
        except ValueError:
            return {}
        scripts = data.get("scripts") if isinstance(data, dict) else None
        return scripts if isinstance(scripts, dict) else {}

    def _suites(self, what: str) -> Iterator[Command]:
        names = SUITES[what]
        yield from self._python(what)
        for name in (name for name in names if name in self.package_scripts()):
            run = ("npm", "test") if name == "test" else ("npm", "run", name)
            yield Command(run, _package(name, "exit 1"), _package(name, "exit 0"))
        if what == "tests" and self._text("Cargo.toml"):
            yield Command(("cargo", "test"), _crate("assert!(false);"), _crate(""))
        if what == "tests" and self._text("go.mod"):
            yield Command(("go", "test", "./..."), _module('t.Fatal("no")'), _module(""))
        for name in (name for name in names if name in self.targets()):
            yield Command(("make", name), {"Makefile": f"{name}:\n\tfalse\n"}, {"Makefile": f"{name}:\n\ttrue\n"})

    def _python(self, what: str) -> Iterator[Command]:
        tools = self._pyproject().get("tool") or {}
        if what == "tests" and (runner := self._runner()):
            yield runner
        if what == "lint" and "ruff" in tools:
            yield Command(("ruff", "check", "."), {"example.py": "import os\n"}, {"example.py": "x = 1\n"})
        if what == "types" and "mypy" in tools:
            yield Command(("mypy", "."), {"example.py": 'x: int = ""\n'}, {"example.py": "x: int = 1\n"})

    def _runner(self) -> Command | None:
        """pytest where the project knows it or nothing speaks against it; unittest where its tests are written so."""
        tests = sorted((self.root / "tests").glob("**/test_*.py"))[:MOST_TESTS]
        if not (self._text("pyproject.toml") or self._text("setup.py") or self._text("pytest.ini") or tests):
            return None
        knows = "pytest" in self._text("pyproject.toml") or (self.root / "conftest.py").exists()
        written = [path.read_text("utf-8", errors="replace") for path in tests if path.is_file()]
        if not knows and written and all("unittest" in text and "import pytest" not in text for text in written):
            run = ("python3", "-m", "unittest", "discover", "-s", "tests")
            return Command(run, _unit_test("self.fail()"), _unit_test("pass"))
        return Command(("pytest", "-q"), _python_test("assert False"), _python_test("assert True"))

    def _pyproject(self) -> Mapping[str, Any]:
        try:
            return tomllib.loads(self._text("pyproject.toml"))
        except tomllib.TOMLDecodeError:
            return {}

    def _scripts(self) -> Iterator[Path]:
        for folder in SCRIPT_FOLDERS:
            place = self.root / folder
            for path in sorted(place.iterdir()) if place.is_dir() else ():
                if path.is_file() and not path.is_symlink() and path.suffix in {"", ".sh", ".py", ".js", ".rb"}:
                    yield path.relative_to(self.root)

    def _text(self, name: str) -> str:
        if name not in self._read:
            path = self.root / name
            usable = path.is_file() and path.stat().st_size <= LARGEST_BYTES
            self._read[name] = path.read_text("utf-8", errors="replace") if usable else ""
        return self._read[name]


def _python_test(body: str) -> Examples:
    return {"test_example.py": f"def test_example() -> None:\n    {body}\n"}


def _unit_test(body: str) -> Examples:
    text = f"import unittest\n\n\nclass Example(unittest.TestCase):\n    def test_example(self):\n        {body}\n"
    return {"tests/__init__.py": "", "tests/test_example.py": text}


def _package(name: str, command: str) -> Examples:
    return {"package.json": json.dumps({"name": "example", "private": True, "scripts": {name: command}}) + "\n"}


def _crate(body: str) -> Examples:
    test = f"#[test]\nfn example() {{ {body} }}\n"
    return {"Cargo.toml": '[package]\nname = "example"\nversion = "0.1.0"\nedition = "2021"\n', "src/lib.rs": test}


def _module(body: str) -> Examples:
    test = f'package example\n\nimport "testing"\n\nfunc TestExample(t *testing.T) {{ {body} }}\n'
    return {"go.mod": "module example\n\ngo 1.21\n", "example_test.go": test}
