"""The control API: what each endpoint answers.  Runs on the reactor's thread, beside everything else.

A response is made in one go from the state as it is; nothing here waits but what says so.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tlibsim.console import documents, models
from tlibsim.console.answer import Answer
from tlibsim.console.feed import Feed
from tlibsim.console.guard import Guard
from tlibsim.console.history import history
from tlibsim.console.problems import HANDLERS, WrongRequestError
from tlibsim.console.recorders import recorder_endpoints
from tlibsim.console.reloading import reload_endpoints
from tlibsim.console.reset import reset
from tlibsim.console.routes import FAMILIES, PREFIX, Endpoint, Family, Query, openapi
from tlibsim.console.runs import run_endpoints
from tlibsim.console.simulator import Simulated
from tlibsim.console.snapshots import snapshot_endpoints
from tlibsim.console.turning import TURNS, turning
from tlibsim.console.verbs import Verb, find_call, find_dn, new_call

MAX_BODY_BYTES = 1_000_000

_QUESTION = (
    Query(name="q", help="Words of the query language."),
    Query(name="event", help="Name of an event."),
    Query(name="request", help="Name of a request."),
    Query(name="dn", help="The DN concerned."),
    Query(name="client", help="Name or number of a client."),
    Query(name="call", help="ConnID or CallUUID."),
)
_AFTER = Query(name="after", help="Only entries with a greater number.")
_LIMIT = Query(name="limit", help="At most so many, the newest.")


class Api:
    """Endpoints over one simulator.  ``extra`` are endpoints of other modules."""

    def __init__(self, simulated: Simulated, version: str) -> None:
        self._simulated = simulated
        self._version = version
        self._feed = Feed(simulated)
        self.endpoints: list[Endpoint] = [
            *self._fixed(),
            *self._journal(),
            *self._turns(),
            *self._faults(),
            *recorder_endpoints(self._simulated),
            *run_endpoints(self._simulated),
            *snapshot_endpoints(self._simulated),
            *reload_endpoints(self._simulated),
            *self._verbs(),
        ]

    def application(self, names: Sequence[str] = ()) -> Starlette:
        """The ASGI application; ``names`` are hosts it may be called by besides loopback's."""
        return Starlette(
            routes=[
                Route(one.path, partial(_serve, one), methods=[one.method])
                for one in self.endpoints
            ],
            exception_handlers=dict(HANDLERS),
            middleware=[Middleware(Guard, names=names)],
        )

    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return openapi(self.endpoints, self._version)

    # -- the table -----------------------------------------------------------------------------

    def _fixed(self) -> Sequence[Endpoint]:
        get, post = partial(Endpoint, method="GET"), partial(Endpoint, method="POST")
        return (
            get(
                path="/",
                help="Where to go from here.",
                respond=_text(f"tlibsim: the control API is {PREFIX}/openapi.json\n"),
                answer="text/plain",
            ),
            get(
                path="/livez",
                help="The process lives.",
                respond=_text("ok\n"),
                answer="text/plain",
            ),
            get(
                path="/readyz",
                help="All listeners are bound.",
                respond=_text("ready\n"),
                answer="text/plain",
            ),
            get(
                path=f"{PREFIX}/openapi.json",
                help="This document.",
                respond=self._json(lambda _: self.document()),
            ),
            get(
                path=f"{PREFIX}/state",
                help="The whole switch in one document.",
                respond=self._json(lambda _: documents.state(self._simulated)),
            ),
            get(path=f"{PREFIX}/calls", help="Live calls.", respond=self._json(self._calls)),
            post(
                path=f"{PREFIX}/calls",
                help="A new call, from outside or from a DN.",
                respond=self._new_call,
                body=models.NewCall,
                status=201,
            ),
            get(
                path=f"{PREFIX}/calls/{{call}}",
                help="One live call, by its number, its ConnID or 'last'.",
                respond=self._json(self._call),
            ),
            get(
                path=f"{PREFIX}/calls/{{call}}/history",
                help="What happened to a call, live or over: events by DN, in order.",
                respond=self._json(
                    lambda request: history(self._simulated, request.path_params["call"])
                ),
            ),
            get(path=f"{PREFIX}/dns", help="Configured DNs.", respond=self._json(self._dns)),
            get(path=f"{PREFIX}/dns/{{dn}}", help="One DN.", respond=self._json(self._dn)),
            get(
                path=f"{PREFIX}/agents",
                help="Agents.",
                respond=self._json(lambda _: documents.agents(self._simulated)),
            ),
            get(
                path=f"{PREFIX}/clients",
                help="Connected clients and what they have registered.",
                respond=self._json(lambda _: documents.clients(self._simulated)),
            ),
            get(
                path=f"{PREFIX}/recordings",
                help="Recording sessions, live ones and the last that are over.",
                respond=self._json(self._recordings),
            ),
        )

    def _journal(self) -> Sequence[Endpoint]:
        get, feed = partial(Endpoint, method="GET"), self._feed
        return (
            get(
                path=f"{PREFIX}/journal",
                help="Entries of the journal that fit a query.",
                respond=feed.find,
                query=(*_QUESTION, _AFTER, _LIMIT),
            ),
            get(
                path=f"{PREFIX}/journal.log",
                help="The same as the text of a T-Server log.",
                respond=feed.log,
                query=_QUESTION,
                answer="text/plain",
            ),
            Endpoint(
                method="POST",
                path=f"{PREFIX}/journal/verify",
                help="Judge an expectation; what is missing is told with the nearest entries.",
                respond=feed.verify,
                body=models.Expectation,
            ),
            get(
                path=f"{PREFIX}/wait",
                help="Wait for the next entry that fits; 408 when none comes in time.",
                respond=feed.wait,
                query=(*_QUESTION, _AFTER, Query(name="timeout", help="5s by default.")),
            ),
            get(
                path=f"{PREFIX}/events",
                help="Entries as they come, as server-sent events.",
                respond=feed.events,
                query=_QUESTION,
                answer="text/event-stream",
            ),
        )

    def _turns(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path=f"{PREFIX}/clock",
                help="What time it is in the switch.",
                respond=self._json(lambda _: documents.clock(self._simulated.clock)),
            ),
            Endpoint(
                method="POST",
                path=f"{PREFIX}/reset",
                help="End all calls, bring DNs and agents back to their configuration.",
                respond=self._reset,
                body=models.Nothing,
            ),
            *(
                Endpoint(
                    method="POST",
                    path=f"{PREFIX}/clock/{verb}",
                    help=text,
                    respond=turning(self._simulated, verb),
                    body=models.Turn,
                )
                for verb, text in TURNS.items()
            ),
        )

    def _faults(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path=f"{PREFIX}/faults",
                help="Faults in force, and how often each has struck.",
                respond=self._json(lambda _: list(self._simulated.faulting.listed())),
            ),
            Endpoint(
                method="POST",
                path=f"{PREFIX}/faults",
                help="Put a fault in force.",
                respond=self._new_fault,
                body=models.NewFault,
                status=201,
            ),
            Endpoint(
                method="POST",
                path=f"{PREFIX}/faults/reset",
                help="End the faults of a name, or all.",
                respond=self._clear_faults,
                body=models.Cleared,
            ),
        )

    async def _new_fault(self, _: Request, body: models.NewFault) -> Response:
        self._simulated.faulting.add(body.model_dump(exclude_unset=True))
        return Answer(list(self._simulated.faulting.listed()), status_code=201)

    async def _clear_faults(self, _: Request, body: models.Cleared) -> Response:
        return Answer({"cleared": self._simulated.faulting.clear(body.name)})

    async def _reset(self, _: Request, __: Any) -> Response:
        reset(self._simulated)
        return Answer(documents.state(self._simulated))

    def _verbs(self) -> Sequence[Endpoint]:
        return [
            Endpoint(
                method="POST",
                path=f"{PREFIX}/{family.name}/{{{family.subject}}}/{name}",
                help=verb.help,
                respond=self._verb(family, verb),
                body=verb.body,
            )
            for family in FAMILIES
            for name, verb in family.verbs.items()
        ]

    # -- reading -------------------------------------------------------------------------------

    def _json(self, make: Callable[[Request], Any]) -> Callable[[Request, Any], Any]:
        async def respond(request: Request, _: Any) -> Response:
            return Answer(make(request))

        return respond

    def _calls(self, _: Request) -> Any:
        return [documents.call(view) for view in self._simulated.calls()]

    def _call(self, request: Request) -> Any:
        return documents.call(find_call(self._simulated, request.path_params["call"]))

    def _dns(self, _: Request) -> Any:
        devices = list(self._simulated.switch.devices.values())[: documents.MOST_DNS]
        return [documents.dn(device) for device in devices]

    def _dn(self, request: Request) -> Any:
        dn = find_dn(self._simulated, request.path_params["dn"])
        return documents.dn(self._simulated.switch.devices[dn])

    def _recordings(self, _: Request) -> Any:
        return [documents.recording(trace) for trace in self._simulated.traces()]

    # -- acting --------------------------------------------------------------------------------

    async def _new_call(self, _: Request, body: models.NewCall) -> Response:
        simulated = self._simulated
        before = {view.conn_id for view in simulated.calls()}
        simulated.perform(new_call(simulated, body))
        made = documents.newest(v for v in simulated.calls() if v.conn_id not in before)
        if made is None:
            return Answer({"ended": "the call ended at once: nobody could take it"})
        return Answer(documents.call(made), status_code=201)

    def _verb(self, family: Family, verb: Verb) -> Callable[[Request, Any], Any]:
        find, show = SUBJECTS[family.subject]

        async def respond(request: Request, body: Any) -> Response:
            simulated = self._simulated
            subject = find(simulated, request.path_params[family.subject])
            simulated.perform(verb.command(simulated, subject, body))
            return Answer(show(simulated, subject))

        return respond


def _show_call(simulated: Simulated, subject: Any) -> Any:
    """The call after the verb, or that it is over."""
    view = simulated.call(subject.conn_id)
    return {**documents.call(subject), "over": True} if view is None else documents.call(view)


SUBJECTS: dict[str, tuple[Callable[[Simulated, str], Any], Callable[[Simulated, Any], Any]]] = {
    "call": (find_call, _show_call),
    "dn": (find_dn, lambda simulated, dn: documents.dn(simulated.switch.devices[dn])),
    "agent": (
        lambda _, agent_id: agent_id,
        lambda simulated, agent_id: next(
            one for one in documents.agents(simulated) if one["agent"] == agent_id
        ),
    ),
}
"""How a subject is found, and how it is shown afterwards."""


def _text(text: str) -> Callable[[Request, Any], Any]:
    async def respond(_: Request, __: Any) -> Response:
        return PlainTextResponse(text)

    return respond


async def _serve(endpoint: Endpoint, request: Request) -> Response:
    if endpoint.body is None:
        return await endpoint.respond(request, None)
    return await endpoint.respond(request, await _body(endpoint.body, request))


async def _body(kind: type[models.Body], request: Request) -> models.Body:
    """The checked body; raises WrongRequestError or pydantic's ValidationError."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > MAX_BODY_BYTES:
            raise WrongRequestError("body", f"larger than {MAX_BODY_BYTES} bytes")
    if not read.strip():
        return kind.model_validate({})
    try:
        return kind.model_validate(json.loads(read))
    except json.JSONDecodeError as error:
        place = f"body, line {error.lineno}, column {error.colno}"
        raise WrongRequestError(place, f"is not JSON: {error.msg}") from None
    except (UnicodeDecodeError, RecursionError):
        raise WrongRequestError("body", "is not JSON in UTF-8") from None
