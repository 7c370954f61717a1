"""What the scripted model says, as replies of the test server; the folder is where its tools are to work."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from tests.servers.vendor import Call, Reply

DONE = Reply(text=("All", " done", "."))
WORD = "word "
WORDS_PER_LINE = 12
APP = "def double(x):\n    return x + x + x\n"


def hello(folder: str, count: int) -> list[Reply]:
    return [Reply(text=("Hello", " there", "."))] * max(count, 1)


def six_steps(folder: str, count: int) -> list[Reply]:
    """A small repair as models do it: search, read, change, run, write down, say so."""
    app = f"{folder}/app.py"
    change = {"file_path": app, "old_string": "x + x + x", "new_string": "x + x"}
    return [
        _call("Grep", pattern="double", path=folder),
        _call("Read", file_path=app),
        _call("Edit", **change),
        _call("Bash", command="test -f app.py && echo fine"),
        _call("Write", file_path=f"{folder}/CHANGES.md", content="double() doubles again.\n"),
        DONE,
    ]


def tools(folder: str, count: int) -> list[Reply]:
    """The same small file, `count` times."""
    return [*[_call("Read", file_path=f"{folder}/app.py", offset=1)] * count, DONE]


def stream(folder: str, count: int) -> list[Reply]:
    """`count` deltas of one word, in lines, and the end of the text as a word of its own."""
    deltas = [WORD if n % WORDS_PER_LINE else WORD + "\n" for n in range(1, count)]
    return [Reply(text=(*deltas, "finis"))]


SCENARIOS: Mapping[str, Callable[[str, int], Sequence[Reply]]] = {
    "hello": hello,
    "six": six_steps,
    "tools": tools,
    "stream": stream,
}


def _call(name: str, **arguments: object) -> Reply:
    text = json.dumps(arguments)
    half = len(text) // 2
    return Reply(text=("Next", "."), calls=(Call(name, (text[:half], text[half:])),))
