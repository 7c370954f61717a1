from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from enforcer.tools.globs import Rules, translate


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.py", "a.py", True),
        ("*.py", "src/a.py", False),
        ("*.py", "a.pyc", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "src/deep/a.py", True),
        ("src/**", "src/a/b", True),
        ("src/**", "src", False),
        ("src/**/test_*.py", "src/test_a.py", True),
        ("src/**/test_*.py", "src/x/y/test_a.py", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c].txt", "b.txt", True),
        ("[!a-c].txt", "b.txt", False),
        ("[^a-c].txt", "d.txt", True),
        ("[]x].txt", "].txt", True),
        ("*.{ts,tsx}", "a.tsx", True),
        ("*.{ts,tsx}", "a.js", False),
        ("{src,tests}/**/*.py", "tests/a/b.py", True),
        ("a{b,c{d,e}}f", "acef", True),
        ("{a", "{a", True),
        ("a,b", "a,b", True),
        (r"\*.py", "*.py", True),
        (r"\*.py", "a.py", False),
        ("a+(b).$", "a+(b).$", True),
        ("[", "[", True),
        ("***.py", "abc.py", True),
        ("a**b", "a/b", False),
        (".*", ".github", True),
        ("*", ".hidden", True),
        ("x/[/]", "x//", False),
        ("[&&~~||]", "&", True),
        ("[+--]", ",", True),
        ("[[x]", "[", True),
        (r"[\d]", "5", False),
        (r"[\]x]", "]", True),
        ("[[:alpha:]_]", "b", True),
        ("[[:alpha:]_]", "1", False),
        ("[![:digit:]]", "1", False),
        ("[[:punct:]]", "[", True),
    ],
)
def test_a_pattern_matches_a_whole_path(pattern: str, path: str, expected: bool) -> None:
    assert (re.fullmatch(translate(pattern), path, re.DOTALL) is not None) is expected


RULES = [
    pytest.param("*.log\n", id="suffix"),
    pytest.param("build/\n", id="folder only"),
    pytest.param("/top\n", id="anchored"),
    pytest.param("src/gen\n", id="anchored by its slash"),
    pytest.param("*.log\n!keep.log\n", id="taken back"),
    pytest.param("*\n!*/\n!*.py\n", id="only one kind of file"),
    pytest.param("build/*\n!build/keep.log\n", id="all but one"),
    pytest.param("build/\n!build/keep.log\n", id="what is in an ignored folder stays ignored"),
    pytest.param("**/gen\n", id="anywhere"),
    pytest.param("src/**/a.log\n", id="any depth between"),
    pytest.param("src/**\n", id="all below"),
    pytest.param("# comment\n\n\\#odd\n\\!odd\n", id="escaped first characters"),
    pytest.param("space\\ \nsrc/gen   \n", id="trailing spaces"),
    pytest.param("[ab].py\n", id="class"),
    pytest.param("[!a].py\n", id="negated class"),
    pytest.param("*.{log,py}\n", id="braces mean nothing here"),
    pytest.param("a.py\r\n", id="a carriage return at the end"),
    pytest.param("[\n*.log\n", id="a line that is no pattern"),
    pytest.param("/*\n!/src\n/src/*\n!/src/gen\n", id="one folder of all"),
    pytest.param("a*b?.py\n", id="stars and question marks"),
    pytest.param("top/\n", id="a folder rule and a file of that name"),
    pytest.param("[[:digit:]].py\n", id="a named class"),
    pytest.param("[[:alpha:]].py\n", id="letters"),
    pytest.param("[\\a].py\n", id="an escaped character in a class"),
]
FILES = [
    *(
        "a.py",
        "b.py",
        "1.py",
        "top",
        "keep.log",
        "x.log",
        "#odd",
        "!odd",
        "space ",
        "axxbc.py",
        "{x}.log",
        "x.{log,py}",
    ),
    *("src/a.log", "src/gen", "src/deep/a.log", "src/deep/gen/a.py", "build/keep.log", "build/x.py", "sub/build"),
    *("sub/top", "sub/src/gen", "sub/keep.log", "sub/build2/a.py", ".hidden/a.py", "ünï.log"),
]


@pytest.mark.parametrize("text", RULES)
def test_ignore_rules_mean_what_git_takes_them_to_mean(project: Path, text: str) -> None:
    for name in FILES:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
    (project / ".gitignore").write_bytes(text.replace("\r\n", "\n").encode())
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    listing = subprocess.run(
        ["git", "-C", str(project), "ls-files", "-z", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    rules = Rules.parse(text)

    def left_out(path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[: depth + 1]) for depth in range(len(parts) - 1)]
        return any(rules.ignores(folder, is_folder=True) for folder in above) or bool(
            rules.ignores(path, is_folder=False)
        )

    assert sorted(name for name in [*FILES, ".gitignore"] if not left_out(name)) == sorted(
        filter(None, listing.split("\0"))
    )
