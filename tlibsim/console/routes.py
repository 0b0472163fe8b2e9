"""The routes of the control API as a table: path, method, what it takes, what it does.

The OpenAPI document is made from the same table, so that the two cannot disagree.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tlibsim.console import models
from tlibsim.console.verbs import (
    AGENT_VERBS,
    CALL_VERBS,
    DN_VERBS,
    RECORDING_VERBS,
    Verb,
)

PREFIX = "/api/v1"
_KIND = re.compile(r":[a-z]+\}")

Respond = Callable[[Request, Any], Awaitable[Response]]
"""Takes the request and its checked body (None where there is none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query parameter."""

    name: str
    help: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path; ``path`` has its parameters in braces."""

    method: str
    path: str
    help: str
    respond: Respond
    body: type[models.Body] | None = None
    query: tuple[Query, ...] = ()
    answer: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Verbs on one kind of subject."""

    name: str
    subject: str
    verbs: Mapping[str, Verb] = field(default_factory=dict)


FAMILIES: Sequence[Family] = (
    Family(name="calls", subject="call", verbs=CALL_VERBS),
    Family(name="dns", subject="dn", verbs=DN_VERBS),
    Family(name="agents", subject="agent", verbs=AGENT_VERBS),
    Family(name="recordings", subject="call", verbs=RECORDING_VERBS),
)


def openapi(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, schemas)
        paths.setdefault(plain(endpoint.path), {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tlibsim control API",
            "version": version,
            "description": "Acts on a running tlibsim and tells its state. Loopback by default.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def plain(path: str) -> str:
    """A path without the kinds of its parameters, which are a matter of the routes."""
    return _KIND.sub("}", path)


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.help,
        "operationId": _operation_id(endpoint),
        "responses": {
            str(endpoint.status): {"description": "Done.", "content": {endpoint.answer: {}}},
            "default": {"description": "Refused or wrong: error, detail, where, remedy."},
        },
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _path_parameters(plain(endpoint.path))
    ]
    parameters += [
        {
            "name": one.name,
            "in": "query",
            "required": one.required,
            "description": one.help,
            "schema": {"type": "string"},
        }
        for one in endpoint.query
    ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        operation["requestBody"] = {
            "content": {"application/json": {"schema": _schema(endpoint.body, schemas)}}
        }
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = plain(endpoint.path).removeprefix(PREFIX).replace("{", "").replace("}", "")
    return "_".join((endpoint.method.lower(), *words.strip("/").replace("-", "_").split("/")))


def _path_parameters(path: str) -> Sequence[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _schema(body: type[models.Body], schemas: dict[str, Any]) -> dict[str, str]:
    if body.__name__ not in schemas:
        schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[body.__name__] = schema
    return {"$ref": f"#/components/schemas/{body.__name__}"}
