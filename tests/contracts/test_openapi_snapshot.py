"""The document as a contract: what is committed is what the code says, and every value has its limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core import openapi
from app.core.settings import Environment, Settings
from app.main import create_app
from tests.contracts.routes import unwired

SNAPSHOT = Path(__file__).parents[2] / "openapi.json"
LITERALS = {"example", "examples", "default", "enum", "const"}


@pytest.fixture(scope="module")
def app() -> Any:
    return unwired()


@pytest.fixture(scope="module")
def document(app: Any) -> dict[str, Any]:
    made: dict[str, Any] = app.openapi()
    return made


def schemas_in(node: Any, at: str = "#", *, named: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping that has a `type`, with its place; the keys of a `named` one are names."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from schemas_in(item, f"{at}/{index}")
    elif isinstance(node, dict):
        if not named and isinstance(node.get("type"), str):
            yield at, node
        for key, value in node.items():
            if named or key not in LITERALS:
                yield from schemas_in(value, f"{at}/{key}", named=key == "properties" and not named)


def of_type(document: dict[str, Any], kind: str) -> list[tuple[str, dict[str, Any]]]:
    found = [(at, schema) for at, schema in schemas_in(document) if schema["type"] == kind]
    assert found, f"no {kind} in the document: the sweep is blind"
    return found


def test_the_committed_document_is_the_generated_one(document: dict[str, Any]) -> None:
    assert SNAPSHOT.read_text("utf-8") == openapi.as_text(document), "run `rollbook openapi openapi.json`"


@pytest.mark.slow
def test_the_document_is_the_same_every_time(document: dict[str, Any]) -> None:
    again = create_app(Settings(rollbook_env=Environment.test)).openapi()
    assert openapi.as_text(again) == openapi.as_text(document)


def test_an_operation_is_called_what_its_function_is_called(app: Any, document: dict[str, Any]) -> None:
    said = sorted((path, method, entry["operationId"]) for path, method, entry in openapi.operations(document))
    functions = sorted(
        (route.path_format, method.lower(), route.name)
        for route in openapi.documented_routes(app)
        for method in (route.methods or set()) - {"HEAD"}
    )
    assert said == functions
    assert len({name for _, _, name in said}) == len(said) > 0


def test_every_string_is_limited(document: dict[str, Any]) -> None:
    loose = [
        at
        for at, schema in of_type(document, "string")
        if not ("enum" in schema or "const" in schema)
        and not ("maxLength" in schema and ("pattern" in schema or "format" in schema))
        and "/securitySchemes/" not in at
    ]
    assert loose == []


def test_every_array_is_limited_and_says_what_is_in_it(document: dict[str, Any]) -> None:
    arrays = of_type(document, "array")
    assert [at for at, schema in arrays if "maxItems" not in schema or not schema.get("items")] == []


def test_every_integer_is_limited(document: dict[str, Any]) -> None:
    loose = [
        at
        for at, schema in of_type(document, "integer")
        if "format" not in schema
        or not {"minimum", "exclusiveMinimum"} & schema.keys()
        or not {"maximum", "exclusiveMaximum"} & schema.keys()
    ]
    assert loose == []


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for path, method, operation in openapi.operations(document):
        for status, said in operation["responses"].items():
            shared = said.get("$ref", "").rpartition("/")[2]
            response = document["components"]["responses"][shared] if shared else said
            if status[0] in "45":
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (path, method, status)
                assert len(response["content"]) == 1, (path, method, status)


def test_every_json_answer_has_a_shape(document: dict[str, Any]) -> None:
    empty = [
        (path, method, status)
        for path, method, operation in openapi.operations(document)
        for status, response in operation["responses"].items()
        for media_type, media in response.get("content", {}).items()
        if status[0] == "2" and media_type.endswith("json") and not media.get("schema")
    ]
    assert empty == []


def test_whoever_may_call_is_said(document: dict[str, Any]) -> None:
    for path, method, operation in openapi.operations(document):
        public = operation["x-permission"] == "public"
        assert (operation["security"] == []) == public, (path, method)
        assert {"401", "403"} <= operation["responses"].keys() or public, (path, method)
