"""Talking to a running server from the shell: its control API over HTTP.

Where the server is comes from ``--url``, from the variable TLIBSIM_URL, or is the usual place.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import click

from tlibsim.cli.words import NEVER_CONNECTED, PATIENCE_S, PAUSE_S, is_this_machine

USUAL_PLACE = "http://127.0.0.1:7080"
CHECK_FAILED = 1
BAD_USAGE = 2
_SECONDS = 10.0
_PREFIX = "/api/v1"

Document = dict[str, Any]


def url_option(command: Callable[..., None]) -> Callable[..., None]:
    """The option that says where the server is."""
    return click.option(
        "--url",
        default=lambda: os.environ.get("TLIBSIM_URL", USUAL_PLACE),
        show_default=f"$TLIBSIM_URL or {USUAL_PLACE}",
        help="The control API of the server.",
    )(command)


class Remote:
    """The control API of one server.  Errors end the program with a line that says what to do."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise click.BadParameter(f"{url!r} is no http:// address", param_hint="--url")
        self._url = url.rstrip("/")
        self._opener = build_opener(ProxyHandler({}))

    def reachable(self) -> bool:
        """Whether a server answers there at all."""
        try:
            with self._opener.open(f"{self._url}/readyz", timeout=_SECONDS):
                return True
        except (URLError, HTTPException, OSError):
            return False

    def get(self, *path: str, seconds: float = _SECONDS, **query: str) -> Any:
        """The document at that path."""
        return self._ask("GET", path, None, query, seconds)

    def post(
        self, *path: str, body: Mapping[str, Any] | None = None, seconds: float = _SECONDS
    ) -> Any:
        """What comes of acting there."""
        return self._ask("POST", path, body or {}, {}, seconds)

    def delete(self, *path: str) -> Any:
        """What comes of taking something away."""
        return self._ask("DELETE", path, None, {}, _SECONDS)

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        body: Mapping[str, Any] | None,
        query: Mapping[str, str],
        seconds: float,
    ) -> Any:
        way = "/".join(quote(part, safe="") for part in path)
        url = f"{self._url}{_PREFIX}/{way}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310  the scheme was checked
            url, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with self._open(request, seconds) as response:
                return json.load(response)
        except HTTPError as error:
            _refused(error)
        except (URLError, HTTPException, TimeoutError, OSError) as error:
            self._unreachable(error)

    def _open(self, request: Request, seconds: float) -> Any:
        """The answer; a server of this machine may have been started a moment ago."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._opener.open(request, timeout=seconds)
            except URLError as error:
                if not self._may_come(error) or time.monotonic() >= until:
                    raise
            time.sleep(PAUSE_S)

    def _may_come(self, error: URLError) -> bool:
        refused = isinstance(error.reason, ConnectionRefusedError)
        return refused and is_this_machine(urlsplit(self._url).hostname or "")

    def _unreachable(self, error: Exception) -> NoReturn:
        reason = getattr(error, "reason", error)
        click.echo(
            f"no tlibsim answers at {self._url}: {reason}\n"
            "Start one with an HTTP port (tlibsim demo, or tlibsim serve --http-port 7080), "
            "or name it with --url.",
            err=True,
        )
        sys.exit(NEVER_CONNECTED)


def _refused(error: HTTPError) -> NoReturn:
    """Say what the server said; 1 for a refusal, 2 for wrong arguments."""
    try:
        document = json.load(error)
        text = _said(document)
    except (ValueError, KeyError, TypeError):
        text = f"the server answered {error.code} {error.reason}"
    click.echo(text, err=True)
    sys.exit(CHECK_FAILED if error.code in {404, 408, 409} else BAD_USAGE)


def _said(document: Mapping[str, Any]) -> str:
    """What is wrong; of a file, all that is wrong and what becomes of it."""
    problems = document.get("problems")
    if problems:
        return "\n".join([*(one["text"] for one in problems), document["remedy"]])
    where = f"{document['where']}: " if document.get("where") else ""
    return f"{where}{document['detail']}"


def fail(text: str) -> NoReturn:
    """What was asked for is not there: say so, and end with 1."""
    click.echo(text, err=True)
    sys.exit(CHECK_FAILED)


def show(document: Any) -> None:
    """A document for programs."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
