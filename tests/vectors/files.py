"""The golden vectors of ``fixtures/wire``: an unmodified client sent or confirmed them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

WIRE = Path(__file__).parents[2] / "fixtures" / "wire"


@cache
def messages() -> list[dict[str, Any]]:
    """Return all requests and events with their payloads."""
    files = (WIRE / "requests.json", WIRE / "events.json")
    return [vector for file in files for vector in json.loads(file.read_text())["vectors"]]


@cache
def streams() -> list[dict[str, Any]]:
    """Return all streams with the units that are in them."""
    found: list[dict[str, Any]] = json.loads((WIRE / "streams.json").read_text())["streams"]
    return found


@cache
def tables() -> dict[str, Any]:
    """Return the tables of messages.yml."""
    loaded: dict[str, Any] = yaml.safe_load((WIRE / "messages.yml").read_text())
    return loaded


def payloads(longest: int = 1 << 30) -> list[bytes]:
    """Return the payloads of the vectors up to a length."""
    found = (bytes.fromhex(vector["payload"]) for vector in messages())
    return [payload for payload in found if len(payload) <= longest]


def title(vector: dict[str, Any]) -> str:
    """Return a name for a vector that is fit for a test's id."""
    return str(vector["name"]).replace(" ", "-")
