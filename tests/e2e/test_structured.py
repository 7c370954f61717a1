"""`--json-schema`: an answer of a given shape, checked, asked for again, and in the end refused."""

from __future__ import annotations

import json
from pathlib import Path

from tests.servers.vendor import Reply

YEAR = {"type": "object", "properties": {"year": {"type": "integer"}}, "required": ["year"]}
ASK = ("-p", "when was it founded? look into NOTES.md", "--lane", "analytical")


def test_the_value_is_in_the_result_and_alone_on_stdout(run, services, project: Path) -> None:
    _, analytical = services([], [Reply(text=["In 1982."]), Reply(text=['```json\n{"year":1982}\n```'])] * 2)
    (project / "year.json").write_text(json.dumps(YEAR))
    done = run(*ASK, "--json-schema", "year.json")
    assert (done.code, done.out) == (0, '{"year": 1982}\n')
    assert done.err.startswith("enforcer: the answer does not fit the JSON Schema: it is not JSON (")
    result = json.loads(run(*ASK, "--json-schema", json.dumps(YEAR), "--output-format", "json").out)
    assert (result["subtype"], result["structured_output"]) == ("success", {"year": 1982})
    assert analytical.bodies[0]["text"]["format"]["schema"] == YEAR


def test_an_answer_that_never_fits_is_an_error(run, services) -> None:
    services([], [Reply(text=["In 1982."])] * 4)
    done = run(*ASK, "--json-schema", json.dumps(YEAR), "--output-format", "json")
    result = json.loads(done.out)
    assert (done.code, result["subtype"], result["is_error"]) == (1, "error_max_structured_output_retries", True)
    assert "structured_output" not in result
    assert result["errors"] == ["the answer did not fit the JSON Schema, however often it was asked for"]


def test_a_schema_that_cannot_be_used_is_told_before_anything_is_sent(run, services) -> None:
    _, analytical = services([], [])
    for given, message in (
        ("nowhere.json", "--json-schema nowhere.json cannot be read (No such file or directory); check the path"),
        ('{"if": {}}', "--json-schema: 'if' at # is not checked here; leave it out"),
    ):
        done = run(*ASK, "--json-schema", given)
        assert (done.code, done.err) == (2, f"enforcer: {message}\n")
    assert analytical.requests == []
