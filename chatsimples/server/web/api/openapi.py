"""The API's description, by OpenAPI 3.1: made from the table by which requests are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

import chatsimples
from chatsimples.server.web.api.failures import Error
from chatsimples.server.web.api.table import OPERATIONS, SHAPES, Operation, Told
from chatsimples.server.web.messages import JSON

PATH = "/api/openapi.json"
"""Where it is."""

_SCHEMAS = "#/components/schemas/{name}"
_ABOUT = (
    "Say something, read what was said, follow what is said. Whoever asks shows a token "
    "(`chatsimples token add`) or, where guests may come, says in `X-Nick` how to call them."
)
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of an account."},
    "guest": {"type": "apiKey", "in": "header", "name": "X-Nick", "description": "A nick, percent-encoded."},
}


def document() -> dict[str, Any]:
    """Return the description."""
    shapes = [told.shape for each in OPERATIONS for told in each.answers.values() if told.shape]
    bodies = [each.body for each in OPERATIONS if each.body]
    _, schemas = msgspec.json.schema_components(
        [Error, *shapes, *bodies, *SHAPES.values()], ref_template=_SCHEMAS
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.pattern, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ChatSimples", "version": chatsimples.__version__, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation),
        "security": [] if operation.is_open else [{name: []} for name in _SECURITY],
    }
    if operation.kinds:
        content = {
            kind: {"schema": _schema(operation.body) if operation.body else _posted(kind)}
            for kind in operation.kinds
        }
        told["requestBody"] = {"required": True, "content": content}
    return told


def _posted(kind: str) -> dict[str, Any]:
    """Return what a body holds that is read by the operation itself; in a form it is JSON in a field."""
    if kind == JSON:
        return _schema(SHAPES[kind])
    field = {"type": "string", "contentMediaType": JSON, "contentSchema": _schema(SHAPES[kind])}
    return {"type": "object", "properties": {"payload": field}, "required": ["payload"]}


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for place, kind in (("path", operation.path), ("query", operation.query), ("header", operation.header)):
        (schema,), found = msgspec.json.schema_components([kind], ref_template=_SCHEMAS)
        whole = found.get(schema.get("$ref", "").rpartition("/")[2], schema)
        for name, each in whole.get("properties", {}).items():
            described = _without_null(each)
            text = described.pop("description", "")
            yield {
                "name": name,
                "in": place,
                "required": name in whole.get("required", ()),
                "schema": described,
                **({"description": text} if text else {}),
            }


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a parameter holds if it is there."""
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    return {**rest, **(choices[0] if choices else {}), **default}


def _responses(operation: Operation) -> dict[str, Any]:
    told = {str(status): _response(answer) for status, answer in operation.answers.items()}
    refused = {JSON: {"schema": _schema(Error)}}
    for status in operation.refusals:
        told.setdefault(str(status), {"description": HTTPStatus(status).phrase, "content": refused})
    return told


def _response(answer: Told) -> dict[str, Any]:
    schema = _schema(answer.shape) if answer.shape else {"type": "string"}
    told: dict[str, Any] = {"description": answer.what, "content": {answer.kind: {"schema": schema}}}
    if answer.headers:
        told["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
        }
    return told


def _schema(shape: type) -> dict[str, Any]:
    return {"$ref": _SCHEMAS.format(name=shape.__name__)}
