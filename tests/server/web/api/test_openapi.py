"""The API's description."""

from __future__ import annotations

import json
import re

from chatsimples.server.web.api.openapi import document
from chatsimples.server.web.api.table import OPERATIONS

TOLD = document()


def test_each_operation_is_described_with_what_it_takes_and_answers() -> None:
    described = {(method, path) for path, methods in TOLD["paths"].items() for method in methods}
    assert {(each.method.lower(), each.pattern) for each in OPERATIONS} == described
    say = TOLD["paths"]["/api/rooms/{room}/messages"]["post"]
    assert {"200", "201", "400", "401", "403", "409", "413", "415", "429", "503"} == set(say["responses"])
    names = {(each["in"], each["name"]): each["required"] for each in say["parameters"]}
    expected = {("path", "room"): True, ("header", "Idempotency-Key"): False, ("header", "X-Room-Key"): False}
    assert expected == names


def test_what_may_be_left_out_is_not_described_as_null() -> None:
    records = TOLD["paths"]["/api/rooms/{room}/records"]["get"]["parameters"]
    schemas = {each["name"]: each["schema"] for each in records}
    assert {"type": "integer", "minimum": 0, "maximum": (1 << 63) - 1} == schemas["after"]
    assert {"type": "integer", "minimum": 1, "maximum": 1_000, "default": 50} == schemas["limit"]
    assert {"enum": ["false", "true"], "default": "false"} == schemas["all"]


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(TOLD)
    names = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert names
    assert names <= set(TOLD["components"]["schemas"])


def test_hooks_and_health_are_open_and_all_else_is_not() -> None:
    is_open = {
        path for path, methods in TOLD["paths"].items() for each in methods.values() if not each["security"]
    }
    assert {"/hooks/{token}", "/healthz", "/api/health"} == is_open
