"""What follows from what an operation says of itself: who may call it, its refusals, its headers."""

from __future__ import annotations

import http
from typing import Any, Final

from app.core.openapi.components import ERRORS, PROBLEM_MEDIA_TYPE, error_response, header_refs

Part = dict[str, Any]

PERMISSION_FIELD: Final = "x-permission"
"""A route's gate stands here (through `openapi_extra`): a permission, `PUBLIC`, or another word."""

PUBLIC: Final = "public"

#: Parameters that mean the same everywhere, said once.
USUAL_PARAMETERS: Final = {
    "limit": "How many at the most.",
    "sort": "The order; `-` before a name turns it round. Equals stand in the order of their ids.",
    "expand": "What to add to each row.",
    "as_of": "The day for which to answer; today if left out.",
    "state": "Only those in this state.",
    "status": "Only those with this status.",
    "standing": "Only those in this standing.",
    "kind": "Only those of this kind.",
    "type": "Only those of this type.",
    "relationship": "Only members, or only supporters.",
    "role": "Only those of this role.",
    "resource": "Only what concerns this resource.",
    "action": "Only this action.",
    "rollbook_refresh": "The refresh token of a browser's sign-in.",
}

_SAFE_METHODS: Final = frozenset({"get", "options", "trace"})


def complete_operation(path: str, method: str, operation: Part, schemas: Part) -> None:
    """Add to an operation, in place, all that the rules of the house say of it."""
    operation["security"] = security_of(method, operation)
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _without_null(parameter["schema"])
        parameter.setdefault("description", _usual_description(parameter["name"]))
    gate = operation.get(PERMISSION_FIELD)
    if gate and gate != PUBLIC:
        sentence = f"Needs the permission `{gate}`." if ":" in gate else "For anybody who is signed in."
        operation["description"] = "\n\n".join(filter(None, [operation.get("description"), sentence]))
    asked = operation["responses"]
    for status in sorted(_statuses(path, operation) - asked.keys()):
        asked[status] = {"description": ""}
    operation["responses"] = {status: _response(status, asked[status], operation, schemas) for status in sorted(asked)}


def _usual_description(name: str) -> str:
    if name.endswith("_id"):
        return f"The id of the {name.removesuffix('_id').replace('_', ' ')}."
    return USUAL_PARAMETERS.get(name, "")


def security_of(method: str, operation: Part) -> list[dict[str, list[str]]]:
    """The ways to sign in for one operation: none if public; a cookie alone only where nothing is changed."""
    if operation.get(PERMISSION_FIELD) == PUBLIC or operation.get("security") == []:
        return []
    cookie: dict[str, list[str]] = {"cookie": []}
    return [{"bearer": []}, cookie if method in _SAFE_METHODS else cookie | {"csrf": []}]


def _without_null(schema: Part) -> Part:
    """What is left out of a URL or a header is absent; it cannot be null there."""
    kinds: list[Part] = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return kinds[0] | {key: value for key, value in schema.items() if key != "anyOf"}


def _statuses(path: str, operation: Part) -> set[str]:
    # Unknown query parameters are refused everywhere, so anything may be answered with 422.
    found = {"422", "429", "500", "503"}
    headers = {item["name"].lower() for item in operation.get("parameters", []) if item["in"] == "header"}
    if operation["security"]:
        # What cannot be seen is absent, whether the path names it or the body does, or one's own record is meant.
        found |= {"401", "403", "404"}
    if "{" in path:
        found.add("404")
    if "requestBody" in operation:
        found |= {"400", "413", "415"}
        if operation["security"]:
            found.add("409")
    if any(item["name"] in {"cursor", "after"} for item in operation.get("parameters", [])):
        found.add("400")
    if "idempotency-key" in headers:
        found.add("409")
    if "if-match" in headers:
        found |= {"412", "428"}
    if "if-none-match" in headers:
        found.add("304")
    return found


def _response(status: str, said: Part, operation: Part, schemas: Part) -> Part:
    if status[0] in "45":
        return _refusal(status, said)
    if status == "304":
        return {
            "description": "Not changed since.",
            "headers": header_refs("X-Request-Id", "ETag"),
        } | _spoken(said)
    _drop_empty_text_schemas(said)
    said["headers"] = header_refs(*_headers(status, said, operation, schemas)) | said.get("headers", {})
    return said


def _refusal(status: str, said: Part) -> Part:
    """An error as the route declares it, its body a problem; the shared one where nothing special is said."""
    examples: Part = {}
    for media in said.get("content", {}).values():
        examples |= {key: media[key] for key in ("example", "examples") if key in media}
    spoken = _spoken(said)
    if status in ERRORS and not (spoken or examples or "headers" in said):
        return {"$ref": f"#/components/responses/{ERRORS[status][0]}"}
    response = error_response(status, spoken.get("description") or _phrase(status))
    if examples:
        response["content"] = {
            PROBLEM_MEDIA_TYPE: {"schema": response["content"][PROBLEM_MEDIA_TYPE]["schema"], **examples}
        }
    response["headers"] |= said.get("headers", {})
    return response | {key: value for key, value in said.items() if key.startswith("x-")}


def _spoken(said: Part) -> Part:
    """The description, if it says more than the status code's own phrase."""
    description = said.get("description", "")
    return {} if description in {"", "Validation Error"} or _is_phrase(description) else {"description": description}


def _is_phrase(description: str) -> bool:
    return any(description == status.phrase for status in http.HTTPStatus)


def _phrase(status: str) -> str:
    return http.HTTPStatus(int(status)).phrase if status.isdigit() else "An error"


def _headers(status: str, said: Part, operation: Part, schemas: Part) -> list[str]:
    names = ["X-Request-Id"]
    parameters = {item["name"].lower() for item in operation.get("parameters", []) if item["in"] == "header"}
    fields = _fields(said, schemas)
    if "version" in fields:
        names.append("ETag")
    if "next_cursor" in fields:
        names.append("Link")
    if status in {"201", "202"}:
        names.append("Location")
    if "idempotency-key" in parameters:
        names.append("Idempotency-Replayed")
    return names


def _fields(said: Part, schemas: Part) -> set[str]:
    """The names of the fields of a JSON answer, looking through one reference."""
    schema = said.get("content", {}).get("application/json", {}).get("schema", {})
    target = schema.get("$ref", "")
    return set(schemas.get(target.rpartition("/")[2], schema).get("properties", {}))


def _drop_empty_text_schemas(said: Part) -> None:
    """FastAPI calls whatever is not JSON a string; of a file that says nothing, and it is left out."""
    for media_type, media in said.get("content", {}).items():
        if not media_type.endswith("json") and media.get("schema") == {"type": "string"}:
            del media["schema"]
