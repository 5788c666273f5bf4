"""The HTTP API beside its own description: schemathesis makes requests by it, right ones and wrong ones."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support.accounts import make_account
from support.api import make_token
from support.effort import examples
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0", "--flood-timeout", "0", "--max-rooms", "0")

_RIGHT = ["say", "records", "members", "rooms", "hook", "health", "healthz"]
"""All but the stream, which has no end."""

_WRONG = ["say", "records", "members", "rooms", "hook"]
"""Those that take anything."""

_EXAMPLES = 30

if importlib.util.find_spec("schemathesis") is None:
    pytest.skip("schemathesis is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    make_account(server.logs, "robo")
    return make_token(server.logs, "robo")


@pytest.mark.parametrize(
    ("mode", "name"), [*(("positive", each) for each in _RIGHT), *(("negative", each) for each in _WRONG)]
)
def test_what_is_answered_is_what_the_description_says(
    server: Server, token: str, mode: str, name: str
) -> None:
    import schemathesis  # noqa: PLC0415 - it takes a second, and not every process collects it to run it
    from schemathesis import checks  # noqa: PLC0415
    from schemathesis.specs.openapi import checks as of_openapi  # noqa: PLC0415

    url = f"http://127.0.0.1:{server.port}"
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    operation = schema.find_operation_by_id(name)
    wanted = [
        checks.not_a_server_error,
        of_openapi.status_code_conformance,
        of_openapi.content_type_conformance,
        of_openapi.response_headers_conformance,
        of_openapi.response_schema_conformance,
        of_openapi.negative_data_rejection,
        of_openapi.unsupported_method,
    ]

    @settings(
        max_examples=examples(_EXAMPLES),
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def check(case: Any) -> None:
        if mode == "positive" and case.path_parameters:
            # What is made up is a name that may be had now and then only.
            case.path_parameters = {"room": "sala"} if "room" in case.path_parameters else {"token": token}
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=wanted)

    check()
