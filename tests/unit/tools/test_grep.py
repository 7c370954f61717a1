from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from enforcer.core.errors import ToolError
from enforcer.tools.process import child_environment, program
from enforcer.tools.ripgrep import Unsuitable, arguments, by_our_own, by_ripgrep
from enforcer.tools.search import Hit, Query, search
from tests.unit.tools.conftest import Hand

NO_RIPGREP = {**child_environment(os.environ), "PATH": "/nowhere"}
CORPUS = {
    ".gitignore": b"ignored/\n*.log\n",
    ".hidden/a.py": b"import os\n",
    "README.md": b"Import things\nand more\n",
    "a.log": b"import os\n",
    "bin/data": b"import\0os\n",
    "crlf.txt": b"import os\r\nnothing\r\nimport sys\r\n",
    "ignored/a.py": b"import os\n",
    "latin.txt": b"import caf\xe9\n",
    "noend.txt": b"one\nimport two",
    "src/a.py": b"import os\nimport sys\n\n\ndef main():\n    import json\n    return os\n",
    "src/b.py": b"x = 1\n",
    "src-old/a.py": b"import os\n",
    "utf16.txt": "import os\n".encode("utf-16"),
    "utf8bom.txt": b"\xef\xbb\xbfimport os\n",
}


@pytest.fixture
def corpus(project: Path) -> Path:
    for name, data in CORPUS.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(data)
    (project / ".git").mkdir()
    return project


@pytest.fixture
def own(make_hand: Callable[..., Hand], corpus: Path) -> Hand:
    """A machine without ripgrep."""
    return make_hand(env=NO_RIPGREP)


def test_files_with_matches_are_listed_in_the_order_of_their_paths(own: Hand) -> None:
    assert own("Grep", pattern="^import").content.splitlines() == [
        *("crlf.txt", "latin.txt", "noend.txt", "src/a.py", "src-old/a.py", "utf16.txt", "utf8bom.txt")
    ]


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        pytest.param({}, ["src/a.py:1:import os", "src/a.py:2:import sys", "src/a.py:6:    import json"], id="lines"),
        pytest.param({"-n": False}, ["src/a.py:import os", "src/a.py:import sys", "src/a.py:    import json"], id="-n"),
        pytest.param(
            {"-C": 1},
            [
                *("src/a.py:1:import os", "src/a.py:2:import sys", "src/a.py-3-", "--", "src/a.py-5-def main():"),
                *("src/a.py:6:    import json", "src/a.py-7-    return os"),
            ],
            id="-C",
        ),
        pytest.param(
            {"-A": 1},
            [
                *("src/a.py:1:import os", "src/a.py:2:import sys", "src/a.py-3-", "--"),
                *("src/a.py:6:    import json", "src/a.py-7-    return os"),
            ],
            id="-A",
        ),
        pytest.param(
            {"-B": 3},
            [
                *("src/a.py:1:import os", "src/a.py:2:import sys", "src/a.py-3-", "src/a.py-4-"),
                *("src/a.py-5-def main():", "src/a.py:6:    import json"),
            ],
            id="-B without a gap",
        ),
        pytest.param({"head_limit": 1}, ["src/a.py:1:import os", "(the first 1; there are more)"], id="head_limit"),
    ],
)
def test_lines_are_shown(own: Hand, given: dict[str, Any], lines: list[str]) -> None:
    output = own("Grep", pattern="import", path="src", output_mode="content", **given)
    assert output.content.splitlines() == lines


def test_matches_are_counted_per_file(own: Hand) -> None:
    assert own("Grep", pattern="import", output_mode="count", glob="*.{py,txt}").content.splitlines() == [
        *("crlf.txt:2", "latin.txt:1", "noend.txt:1", "src/a.py:3", "src-old/a.py:1", "utf16.txt:1", "utf8bom.txt:1")
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"pattern": "IMPORT OS", "-i": True, "glob": "*.py"}, "src/a.py\nsrc-old/a.py", id="-i"),
        pytest.param({"pattern": "IMPORT OS", "glob": "*.py"}, "(no matches)", id="case counts"),
        pytest.param({"pattern": "os$", "glob": "crlf.txt"}, "crlf.txt", id="the end of a CRLF line"),
        pytest.param({"pattern": r"main\(\):"}, "src/a.py", id="escaped"),
        pytest.param({"pattern": "[[:digit:]]"}, "src/b.py", id="a named class"),
        pytest.param({"pattern": "^[[:alpha:]]=", "glob": "*.py"}, "(no matches)", id="a named class and no other"),
        pytest.param({"pattern": "^[^[:alpha:]]", "glob": "*.py"}, "src/a.py", id="a negated named class"),
        pytest.param({"pattern": r"(?<word>json)"}, "src/a.py", id="a named group as ripgrep writes it"),
        pytest.param({"pattern": r"(?<!x)import json"}, "src/a.py", id="looking behind"),
        pytest.param({"pattern": "-x"}, "(no matches)", id="a pattern like an option"),
        pytest.param({"pattern": "import os", "path": "ignored"}, "ignored/a.py", id="an ignored folder by name"),
        pytest.param({"pattern": "import os", "path": "a.log"}, "a.log", id="an ignored file by name"),
        pytest.param({"pattern": r"sys\n\n\ndef", "multiline": True}, "src/a.py", id="multiline"),
        pytest.param({"pattern": "os.*json", "multiline": True}, "src/a.py", id="multiline: . is also a newline"),
        pytest.param({"pattern": "os.*json"}, "(no matches)", id="line by line otherwise"),
    ],
)
def test_patterns_find(own: Hand, given: dict[str, Any], expected: str) -> None:
    assert own("Grep", **given).content == expected


def test_a_match_over_several_lines_shows_them_all(own: Hand) -> None:
    output = own("Grep", pattern=r"sys\s+def", path="src", output_mode="content", multiline=True)
    assert output.content.splitlines() == [
        *("src/a.py:2:import sys", "src/a.py:3:", "src/a.py:4:", "src/a.py:5:def main():")
    ]


def test_a_pattern_that_is_none_says_what_to_do(own: Hand) -> None:
    with pytest.raises(ToolError) as error:
        own("Grep", pattern="main(")
    assert str(error.value) == (
        "the pattern is not a valid regular expression (missing ), unterminated subpattern at position 4); "
        "put a backslash before a literal ( [ { or *"
    )


def test_a_place_that_is_none_is_said(own: Hand, project: Path) -> None:
    with pytest.raises(ToolError, match=r"there is no .*/nowhere to search in"):
        own("Grep", pattern="x", path="nowhere")


def test_a_denied_file_is_not_shown(make_hand: Callable[..., Hand], corpus: Path) -> None:
    hand = make_hand(env=NO_RIPGREP, denied_read=lambda path: path.name == "a.py")
    assert hand("Grep", pattern="import os").content.splitlines() == ["crlf.txt", "utf16.txt", "utf8bom.txt"]


def test_a_long_line_is_cut(own: Hand, project: Path) -> None:
    (project / "min.js").write_text("needle" + "x" * 100_000)
    content = own("Grep", pattern="needle", output_mode="content", glob="*.js").content
    assert content == f"min.js:1:needle{'x' * 494}…"


def test_long_results_are_cut_and_kept_whole(own: Hand, project: Path) -> None:
    (project / "many.txt").write_text("needle in a haystack\n" * 5000)
    content = own("Grep", pattern="needle", output_mode="content").content
    (file,) = own.context.outputs.iterdir()
    assert len(content) < 31_000
    assert len(file.read_text().splitlines()) == 5000


def test_a_pipe_among_the_files_does_not_hang(own: Hand, project: Path) -> None:
    os.mkfifo(project / "pipe")
    assert own("Grep", pattern="x = 1").content == "src/b.py"


def test_a_link_is_not_searched(own: Hand, project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("x = 1\n")
    (project / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert own("Grep", pattern="x = 1").content == "src/b.py"


def test_a_pattern_that_takes_for_ever_is_ended_when_the_turn_is(own: Hand, project: Path) -> None:
    (project / "evil.txt").write_text("a" * 5000 + "!\n")

    async def interrupted() -> None:
        task = asyncio.create_task(own.call("Grep", pattern="(a+)+$", glob="evil.txt"))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), 0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())


QUERIES = [
    pytest.param({"pattern": "import"}, id="word"),
    pytest.param({"pattern": "^import os$"}, id="whole line"),
    pytest.param({"pattern": "import", "ignore_case": True}, id="any case"),
    pytest.param({"pattern": "IMPORT"}, id="case counts"),
    pytest.param({"pattern": r"\bos\b|json", "before": 1, "after": 2}, id="with context"),
    pytest.param({"pattern": "import", "glob": "*.py"}, id="glob"),
    pytest.param({"pattern": "import", "glob": "!*.py"}, id="glob that leaves out"),
    pytest.param({"pattern": "import", "glob": "src/**"}, id="glob with a folder"),
    pytest.param({"pattern": "import", "glob": "*.log"}, id="glob over an ignored file"),
    pytest.param({"pattern": "import", "first_only": True}, id="first of each file"),
    pytest.param({"pattern": r"[[:alpha:]]+\s*="}, id="named class"),
    pytest.param({"pattern": "-e"}, id="like an option"),
    pytest.param({"pattern": "é"}, id="not ASCII"),
]


async def collected(hits: AsyncGenerator[Hit, None]) -> list[Hit]:
    return [hit async for hit in hits]


@pytest.mark.parametrize("given", QUERIES)
def test_our_engine_finds_the_same_in_a_process_of_its_own(corpus: Path, given: dict[str, Any]) -> None:
    query = Query(root=str(corpus), **given)
    assert asyncio.run(collected(by_our_own(query, os.environ))) == list(search(query))


@pytest.mark.parametrize("given", QUERIES)
@pytest.mark.parametrize("repository", [True, False], ids=["repository", "plain folder"])
def test_ripgrep_finds_the_same_as_our_engine(corpus: Path, given: dict[str, Any], repository: bool) -> None:
    rg = program("rg", os.environ, ())
    if rg is None:
        pytest.skip("no ripgrep here")
    if not repository:
        (corpus / ".git").rmdir()
    query = Query(root=str(corpus), **given)
    try:
        found = asyncio.run(collected(by_ripgrep(rg, query, os.environ)))
    except Unsuitable:
        found = []
    assert found == list(search(query))


@pytest.fixture
def fake_ripgrep(tmp_path: Path) -> Callable[[str], Path]:
    """A program in the place of ripgrep that writes down how it was called and says what it is told to say."""

    def make(says: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "says").write_text(says)
        body = f"""\
            #!{sys.executable}
            import json, os, pathlib, sys
            here = pathlib.Path(__file__).parent
            (here / "called").write_text(json.dumps([sys.argv[1:], os.getcwd(), "RIPGREP_CONFIG_PATH" in os.environ]))
            sys.stdout.write((here / "says").read_text())
        """
        (folder / "rg").write_text(dedent(body))
        (folder / "rg").chmod(0o755)
        return folder

    return make


def event(kind: str, **data: Any) -> str:
    return json.dumps({"type": kind, "data": data}) + "\n"


def test_ripgrep_is_used_where_it_is_installed(
    make_hand: Callable[..., Hand], corpus: Path, fake_ripgrep: Callable[[str], Path]
) -> None:
    folder = fake_ripgrep(
        event("begin", path={"text": "./src/a.py"})
        + event("context", path={"text": "./src/a.py"}, lines={"text": "before\r\n"}, line_number=6)
        + event("match", path={"text": "./src/a.py"}, lines={"text": "import x\n"}, line_number=7)
        + event("end", path={"text": "./src/a.py"}, binary_offset=None)
        + event("begin", path={"text": "./bin"})
        + event("match", path={"text": "./bin"}, lines={"text": "import x\n"}, line_number=1)
        + event("end", path={"text": "./bin"}, binary_offset=9)
        + event("begin", path={"text": "./l"})
        + event("match", path={"text": "./l"}, lines={"bytes": base64.b64encode(b"caf\xe9\n").decode()}, line_number=1)
        + event("end", path={"text": "./l"}, binary_offset=None)
        + event("summary")
    )
    hand = make_hand(env=child_environment({"PATH": str(folder), "RIPGREP_CONFIG_PATH": "/evil"}))
    output = hand("Grep", **{"pattern": "--pre=evil", "output_mode": "content", "-B": 1, "glob": "*.py"})
    assert output.content.splitlines() == ["src/a.py-6-before", "src/a.py:7:import x", "--", "l:1:caf�"]
    called, cwd, configured = json.loads((folder / "called").read_text())
    assert called[-4:] == ["--glob=*.py", "--regexp=--pre=evil", "--", "."]
    assert (called[0], cwd, configured) == ("--no-config", str(corpus), False)


def test_what_ripgrep_cannot_do_is_done_by_our_engine(
    make_hand: Callable[..., Hand], corpus: Path, fake_ripgrep: Callable[[str], Path]
) -> None:
    folder = fake_ripgrep("")
    hand = make_hand(env=child_environment({"PATH": str(folder)}))
    assert hand("Grep", pattern="(?<=def )main").content == "src/a.py"
    assert (folder / "called").exists()


def test_reading_ends_with_the_limit_though_ripgrep_has_more_to_say(
    make_hand: Callable[..., Hand], corpus: Path, fake_ripgrep: Callable[[str], Path]
) -> None:
    path = {"text": "./f"}
    many = event("match", path=path, lines={"text": "x" * 500}, line_number=1) * 2000
    folder = fake_ripgrep((event("begin", path=path) + many + event("end", path=path, binary_offset=None)) * 5)
    hand = make_hand(env=child_environment({"PATH": str(folder)}))
    output = hand("Grep", pattern="x", output_mode="content", head_limit=2)
    assert output.content.splitlines()[-1] == "(the first 2; there are more)"


def test_no_option_of_ripgrep_runs_a_program_or_reads_a_configuration(corpus: Path) -> None:
    given = arguments(Query("x", str(corpus), glob="*.py"))
    assert "--no-config" in given
    assert not any(option.startswith("--pre") for option in given)


@pytest.mark.parametrize(
    ("given", "summary"),
    [
        pytest.param({"pattern": "foo", "path": "src"}, 'Grep "foo" in src', id="folder"),
        pytest.param({"pattern": "foo", "glob": "*.py"}, 'Grep "foo" in . (*.py)', id="glob"),
    ],
)
def test_the_summary_names_pattern_and_place(own: Hand, given: dict[str, str], summary: str) -> None:
    tool = own.toolbox.tools["Grep"]
    params = own.toolbox.absolute(tool.params(**given), own.context.cwd)
    assert tool.summary(params, own.context.cwd) == summary
