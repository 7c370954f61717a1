from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from enforcer.agent.loop import TurnResult
from enforcer.agent.shape import Shape
from enforcer.agent.thread import Thread
from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane
from enforcer.core.messages import user
from enforcer.providers.scripted import Reply, ScriptedProvider
from tests.fakes import Bench

YEAR = {
    "type": "object",
    "properties": {"year": {"type": "integer", "minimum": 1900}},
    "required": ["year"],
    "additionalProperties": False,
}
TREE = {
    "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["id"]}},
    "$ref": "#/$defs/node",
}


def problem(schema: dict[str, Any], value: Any) -> str:
    return Shape.of(schema, "it").problem(json.dumps(value))


@pytest.mark.parametrize(
    ("schema", "fits", "misfits", "message"),
    [
        (YEAR, {"year": 1982}, {}, "$.year is missing"),
        (YEAR, {"year": 1982.0}, {"year": "1982"}, "$.year must be integer"),
        (YEAR, {"year": 1900}, {"year": 1899}, "$.year must be at least 1900"),
        (YEAR, {"year": 1982}, {"year": 1982, "month": 1}, "$.month must not be there"),
        ({"type": ["string", "null"]}, None, 1, "$ must be string or null"),
        ({"type": "number"}, 1.5, True, "$ must be number"),
        ({"enum": ["a", 1]}, "a", True, '$ must be one of ["a", 1]'),
        ({"const": 1}, 1, 2, "$ must be 1"),
        ({"items": {"type": "string"}}, ["a"], ["a", 1], "$[1] must be string"),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", "b"], "$[1] must not be there"),
        ({"minItems": 1}, [0], [], "$ must have items, at least 1"),
        ({"maxItems": 1}, [0], [0, 0], "$ must have items, at most 1"),
        ({"uniqueItems": True}, [1, 2], [1, 1], "$ has an item twice"),
        ({"minLength": 2}, "ab", "a", "$ must have a length of at least 2"),
        ({"maxLength": 2}, "ab", "abc", "$ must have a length of at most 2"),
        ({"pattern": "^a"}, "ab", "b", "$ must match ^a"),
        ({"maximum": 2}, 2, 3, "$ must be at most 2"),
        ({"exclusiveMinimum": 2}, 3, 2, "$ must be more than 2"),
        ({"exclusiveMaximum": 2}, 1, 2, "$ must be less than 2"),
        ({"multipleOf": 0.1}, 0.3, 0.35, "$ must be a multiple of 0.1"),
        ({"minProperties": 1}, {"a": 1}, {}, "$ must have properties, at least 1"),
        ({"maxProperties": 0}, {}, {"a": 1}, "$ must have properties, at most 0"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "a", 1, "$ fits none of anyOf"),
        ({"oneOf": [{"minimum": 1}, {"maximum": 3}]}, 5, 2, "$ fits more than one of oneOf"),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, 2, 5, "$ must be at most 3"),
        ({"not": {"type": "string"}}, 1, "a", "$ is what it must not be"),
        (TREE, {"id": 1, "next": {"id": 2}}, {"id": 1, "next": {}}, "$.next.id is missing"),
        ({"additionalProperties": {"type": "integer"}}, {"a": 1}, {"a": "b"}, "$.a must be integer"),
        ({"format": "date", "title": "x"}, "any", "any", ""),
        ({"minimum": 3}, "text", "text", ""),
    ],
)
def test_an_answer_fits_or_is_told_what_is_wrong(schema: dict[str, Any], fits: Any, misfits: Any, message: str) -> None:
    assert problem(schema, fits) == ""
    assert problem(schema, misfits) == message


def test_a_fence_around_the_answer_is_forgiven_and_words_around_it_are_not() -> None:
    shape = Shape.of(YEAR, "it")
    assert shape.problem('```json\n{"year": 1982}\n```\n') == ""
    assert shape.value('```\n{"year": 1982}\n```') == {"year": 1982}
    assert shape.problem('Here it is: {"year": 1982}').startswith("it is not JSON (")
    assert shape.problem('{"year": NaN}') == "it is not JSON (NaN is not JSON)"


def test_a_schema_that_refers_to_itself_without_end_ends() -> None:
    assert problem({"$ref": "#"}, 1) == "$ is nested too deeply"


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ([], "--json-schema is not a JSON Schema; it must be a JSON object"),
        (
            {"properties": {"a": {"patternProperties": {}}}},
            "--json-schema: 'patternProperties' at #/properties/a is not checked here; leave it out",
        ),
        (
            {"type": "str"},
            "--json-schema: 'str' at # is no type; use one of object, array, string, boolean, null, number, integer",
        ),
        ({"required": "a"}, "--json-schema: the schema at # cannot be read ('required' has a value of the wrong kind)"),
        ({"items": [{}]}, "--json-schema: the schema at # cannot be read ('items' has a value of the wrong kind)"),
        ({"type": 3}, "--json-schema: the schema at # cannot be read ('type' has a value of the wrong kind)"),
        (
            {"type": [[]]},
            "--json-schema: '[]' at # is no type; use one of object, array, string, boolean, null, number, integer",
        ),
        ({"multipleOf": 0}, "--json-schema: the schema at # cannot be read ('multipleOf' must be more than 0)"),
        ({"allOf": [3]}, "--json-schema: the schema at # cannot be read ('allOf' must hold schemas)"),
        ({"$ref": "http://x/y"}, "--json-schema: the schema at # cannot be read (http://x/y is outside of it)"),
        ({"$ref": "#/$defs/a"}, "--json-schema: the schema at # cannot be read ('$defs')"),
    ],
    ids=[
        "no object",
        "unknown keyword",
        "unknown type",
        "required",
        "items",
        "type",
        "types",
        "multiple of 0",
        "no schemas",
        "elsewhere",
        "nowhere",
    ],
)
def test_a_schema_that_cannot_be_checked_in_full_is_refused(schema: Any, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        Shape.of(schema, "--json-schema")
    assert str(refused.value).removesuffix("; correct it there") == message


@pytest.fixture
def bench(tmp_path: Path, home: Path) -> Bench:
    (root := tmp_path / "project").mkdir()
    return Bench(root.resolve(), home)


def run(bench: Bench, *replies: Reply) -> tuple[TurnResult, ScriptedProvider]:
    agent = bench.agent(*replies)
    agent.shape = Shape.of(YEAR, "it")
    result = asyncio.run(agent.turn(Thread(Lane.ANALYTICAL), user("when?"), bench.origin))
    assert isinstance(agent.endpoint.provider, ScriptedProvider)
    return result, agent.endpoint.provider


def test_an_answer_that_does_not_fit_goes_back_with_what_is_wrong(bench: Bench) -> None:
    result, provider = run(bench, Reply(text="In 1982."), Reply(text='{"year": 1}'), Reply(text='{"year": 1982}'))
    assert result == TurnResult("end", '{"year": 1982}', 3)
    assert provider.requests[0].schema == YEAR
    assert provider.requests[0].system.startswith("Be brief.\nYour last message must be one JSON value")
    assert provider.requests[2].messages[-1].text == (
        "[harness] this does not fit the JSON Schema: $.year must be at least 1900. Send the JSON value anew"
    )
    assert len(bench.notices) == 2


def test_after_a_few_misfits_the_turn_ends(bench: Bench) -> None:
    result, provider = run(bench, *[Reply(text="no")] * 4)
    assert (result.reason, len(provider.requests)) == ("misfit", 4)
