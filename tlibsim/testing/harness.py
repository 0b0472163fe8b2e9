"""A simulator for tests: a switch of one's own, calls and DNs to act on, expectations.

    with Server() as server:
        tlibsim = server.switch()
        call = tlibsim.inbound("4155550100", to="7001").answer()
        tlibsim.expect("EventEstablished", dn="7001", within=2)

The switch runs in another process and serves real TCP; nothing here loads Twisted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from tlibsim.config.spans import seconds_of
from tlibsim.testing.aio import Awaited
from tlibsim.testing.asking import query_text
from tlibsim.testing.client import TLibraryClient
from tlibsim.testing.entries import Entry, JournalView
from tlibsim.testing.pipe import ANSWER_SECONDS, Pipe, SimulatorError
from tlibsim.testing.scripted import ScriptedDesktop
from tlibsim.testing.sipview import WITHIN_SECONDS, ExpectationError, SipView

VERDICT_SECONDS = 60.0

UserData = Mapping[str, Any] | Sequence[Sequence[Any]]


class Call:
    """A call of the switch.  Verbs give the call back, so that they can be written in a row."""

    def __init__(self, switch: "Switch", document: Mapping[str, Any]) -> None:
        self._switch = switch
        self.number: int = document["call"]
        self.conn_id: str = document["conn_id"]
        self.uuid: str = document["call_uuid"]

    def __repr__(self) -> str:
        return f"<call {self.number} {self.conn_id}>"

    def do(self, verb: str, **body: Any) -> "Call":
        """Any verb of the control API: ``do("far-answer", result="Fax")``."""
        given = {key: value for key, value in body.items() if value not in ("", None)}
        self._switch.do("calls", self.conn_id, verb, **given)
        return self

    def answer(self, dn: str = "") -> "Call":
        return self.do("answer", dn=dn)

    def far_answer(self) -> "Call":
        """The party outside answers."""
        return self.do("far-answer")

    def hold(self, dn: str = "") -> "Call":
        return self.do("hold", dn=dn)

    def retrieve(self, dn: str = "") -> "Call":
        return self.do("retrieve", dn=dn)

    def release(self, dn: str = "", by: str = "") -> "Call":
        """Hang up; ``by="remote"``: the party outside does."""
        return self.do("release", dn=dn, by=by)

    def transfer(self, to: str, dn: str = "") -> "Call":
        return self.do("transfer", to=to, dn=dn)

    def conference(self, to: str, dn: str = "") -> "Call":
        return self.do("conference", to=to, dn=dn)

    def change_user_data(self, data: UserData, dn: str = "") -> "Call":
        """Add to the user data; by the server itself unless a DN is named."""
        return self.do("attach", userdata=data, dn=dn)

    def record(self, verb: str = "start", **body: Any) -> "Call":
        """Start, stop, pause or resume a recording, as a recorder would ask for it."""
        self._switch.do("recordings", self.conn_id, verb, **body)
        return self

    def expect(
        self, subject: object = None, within: float | str = WITHIN_SECONDS, **terms: Any
    ) -> Entry:
        """A message of this call must come; see :meth:`Switch.expect`."""
        __tracebackhide__ = True
        return self._switch.expect(subject, within=within, call=self.conn_id, **terms)

    def history(self) -> dict[str, Any]:
        """What happened to it, also after its end."""
        return self._switch.ask("history", call=self.conn_id)  # type: ignore[no-any-return]

    @property
    def agent(self) -> ScriptedDesktop:
        """The desktop of the first DN on the call, which is about this call."""
        inside = [one["dn"] for one in self.history()["parties"] if not one["outside"]]
        if not inside:
            raise SimulatorError(f"no DN is on {self!r}")
        return self._switch.desktop_at(inside[0]).attend(int(self.conn_id, 16))

    @property
    def user_data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.history()["userdata"]
        return found

    @property
    def parties(self) -> dict[str, str]:
        """The state of each party by its number."""
        return {one["dn"]: one["state"] for one in self.history()["parties"]}

    @property
    def over(self) -> bool:
        return bool(self.history()["over"])


class Dn:
    """A DN of the switch."""

    def __init__(self, switch: "Switch", number: str) -> None:
        self._switch = switch
        self.number = number

    def do(self, verb: str, **body: Any) -> "Dn":
        """Any verb of the control API: ``do("out-of-service")``."""
        self._switch.do("dns", self.number, verb, **body)
        return self

    def out_of_service(self) -> "Dn":
        return self.do("out-of-service")

    def in_service(self) -> "Dn":
        return self.do("in-service")

    def busy(self) -> "Dn":
        return self.do("busy")

    def idle(self) -> "Dn":
        return self.do("idle")

    def make_call(self, to: str, userdata: UserData | None = None) -> Call:
        return self._switch.make_call(self.number, to, userdata=userdata)

    @property
    def state(self) -> dict[str, Any]:
        """Its document of the control API."""
        return next(one for one in self._switch.state()["dns"] if one["dn"] == self.number)


class Agent:
    """An agent of the switch."""

    def __init__(self, switch: "Switch", agent_id: str) -> None:
        self._switch = switch
        self.agent_id = agent_id

    def login(self, dn: str = "", queue: str = "") -> "Agent":
        body = {key: value for key, value in {"dn": dn, "queue": queue}.items() if value}
        return self._do("login", **body)

    def logout(self) -> "Agent":
        return self._do("logout")

    def ready(self) -> "Agent":
        return self._do("ready")

    def not_ready(self, **reasons: Any) -> "Agent":
        return self._do("not-ready", **({"reasons": reasons} if reasons else {}))

    def _do(self, verb: str, **body: Any) -> "Agent":
        self._switch.do("agents", self.agent_id, verb, **body)
        return self


class Clock:
    """The clock of the switch."""

    def __init__(self, switch: "Switch") -> None:
        self._switch = switch

    def advance(self, by: float | str) -> str:
        """Let time pass: all that is due happens, in order.  Gives the new time."""
        return str(self._switch.ask("advance", by_s=seconds_of(by)))


class Switch:
    """One private switch: its own ports, DNs, calls, journal and clock."""

    def __init__(self, pipe: Pipe, number: int, ready: Mapping[str, Any]) -> None:
        self._pipe = pipe
        self._number = number
        self.ready = ready
        self.clock = Clock(self)
        self.journal = JournalView(self)
        self.sip = SipView(self.ask)
        self._clients: list[TLibraryClient] = []
        self._desktops: dict[str, ScriptedDesktop] = {}

    @property
    def host(self) -> str:
        return str(self.ready["tlib"]["host"])

    @property
    def port(self) -> int:
        """The port for T-Library clients."""
        return int(self.ready["tlib"]["port"])

    @property
    def recordings_directory(self) -> Path:
        return Path(self.ready["recordings"]["directory"])

    def ask(self, op: str, seconds: float = ANSWER_SECONDS, **arguments: Any) -> Any:
        """Ask the process of the simulator; raises SimulatorError."""
        return self._pipe.ask(op, seconds, switch=self._number, **arguments)

    def do(self, family: str, subject: str, verb: str, **body: Any) -> None:
        """A verb of the control API; raises SimulatorError when the switch refuses."""
        self.ask("verb", family=family, subject=subject, verb=verb, body=body)

    @property
    def aio(self) -> Awaited:
        """The same for asynchronous tests: ``await tlibsim.aio.expect("EventRinging")``."""
        return Awaited(self, _ACTING)

    # -- acting --------------------------------------------------------------------------------

    def inbound(
        self,
        caller: str = "",
        *,
        to: str,
        dnis: str = "",
        trunk: str = "",
        userdata: UserData | None = None,
    ) -> Call:
        """A call comes in from outside."""
        body = {"from": caller, "to": to, "dnis": dnis, "trunk": trunk, "via": "trunk"}
        return self._made(body, userdata)

    inbound_call = inbound

    def make_call(self, dn: str, to: str, *, userdata: UserData | None = None) -> Call:
        """A DN makes a call."""
        return self._made({"from": dn, "to": to, "via": "dn"}, userdata)

    def _made(self, body: dict[str, Any], userdata: UserData | None) -> Call:
        if userdata is not None:
            body["userdata"] = userdata
        document = self.ask("call", body=body)
        if document is None:
            raise SimulatorError("the call ended at once: nobody could take it")
        return Call(self, document)

    def dn(self, number: str) -> Dn:
        return Dn(self, number)

    def agent(self, agent_id: str) -> Agent:
        return Agent(self, agent_id)

    def client(self, name: str = "test", *, register: Sequence[str] = ()) -> TLibraryClient:
        """A small T-Library client over real TCP, connected and opened; closed with the test."""
        client = TLibraryClient(self.host, self.port, name=name)
        self._clients.append(client)
        for dn in register:
            client.register(dn)
        return client

    def desktop(
        self, dn: str, *, agent: str = "", queue: str = "", name: str = ""
    ) -> ScriptedDesktop:
        """A scripted desktop at a DN, connected and registered; closed with the test.

        ``name`` is that of the client, by which a scenario knows its external actor.
        """
        desktop = ScriptedDesktop(self.host, self.port, dn, agent=agent, queue=queue, name=name)
        self._clients.append(desktop)
        self._desktops[dn] = desktop
        return desktop

    def desktop_at(self, dn: str) -> ScriptedDesktop:
        """The scripted desktop that is at a DN, or a new one."""
        return self._desktops.get(dn) or self.desktop(dn)

    def fault(self, kind: str, **words: Any) -> None:
        """Put a fault in force: ``fault("delay", event="EventACK", delay="1s")``.

        ``seconds`` is how long it lasts; raises SimulatorError for a wrong one.
        """
        self.ask("fault", words={"kind": kind, **words})

    def reload(self, config: str) -> dict[str, Any]:
        """Put another configuration in force while calls go on; what it changed.

        ``config`` is a whole configuration (YAML).  The answer is that of ``POST /api/v1/reload``;
        raises SimulatorError, with every place, for a wrong one: then nothing has changed.
        """
        changed: dict[str, Any] = self.ask("reload", config=config)
        return changed

    def clear_faults(self, name: str = "") -> int:
        """End the faults of that name, or all; how many there were."""
        return int(self.ask("clear_faults", name=name))

    def snapshot(self, name: str) -> Path:
        """Keep the whole state under a name; gives the file, which goes with the switch.

        Raises SimulatorError when there is something that a snapshot cannot keep.
        """
        return Path(self.ask("snapshot", name=name))

    def restore(self, snapshot: str | Path) -> None:
        """Put a state in place of the present one: a name, or a file that was kept elsewhere.

        Clients stay connected, and see the link to the switch go and come back; what was
        recorded is recorded again.  Raises SimulatorError, and then nothing has changed.
        """
        if isinstance(snapshot, Path):
            self.ask("restore", file=str(snapshot.resolve()))
        else:
            self.ask("restore", name=snapshot)

    # -- looking -------------------------------------------------------------------------------

    def expect(
        self,
        subject: object = None,
        *,
        within: float | str = WITHIN_SECONDS,
        count: int = 1,
        query: str = "",
        **terms: Any,
    ) -> Entry:
        """A message must have come since the test began, or come in time; gives the last one.

        ``subject`` is a message class or its name, further terms are attributes in the words of
        Python: ``dn="7001"``, ``private_msg_id=3013``, ``userdata={"GSIP_RECORD": "On"}``.  Raises
        ExpectationError, which shows the nearest messages and where they differ.
        """
        __tracebackhide__ = True
        text = query_text(subject, query=query, **terms)
        seconds = seconds_of(within)
        try:
            found = self.ask(
                "expect", seconds + ANSWER_SECONDS, query=text, count=count, limit_s=seconds
            )
        except SimulatorError as error:
            raise ExpectationError(str(error)) from None
        return Entry(found[-1])

    def calls(self) -> list[Call]:
        """Live calls, oldest first."""
        return [Call(self, document) for document in self.state()["calls"]]

    def state(self) -> dict[str, Any]:
        """The whole switch in one document."""
        return self.ask("state")  # type: ignore[no-any-return]

    def recordings(self) -> list[dict[str, Any]]:
        """Recording sessions, live ones and those that are over."""
        return self.ask("recordings")  # type: ignore[no-any-return]

    # -- its life ------------------------------------------------------------------------------

    def reset(self) -> None:
        """As at the beginning: no calls, configured agents, an empty journal.

        Clients that :meth:`client` and :meth:`desktop` made are closed; those of others stay.
        """
        self.close_clients()
        self.ask("reset")

    def end_calls(self, within: float | str = WITHIN_SECONDS) -> None:
        """Everybody hangs up, and recorders have a while to let go."""
        seconds = seconds_of(within)
        self.ask("end_calls", seconds + ANSWER_SECONDS, limit_s=seconds)

    def close_clients(self) -> None:
        """Close the clients that :meth:`client` made."""
        self._desktops.clear()
        while self._clients:
            self._clients.pop().close()

    def verdict(self, within: float | str = VERDICT_SECONDS) -> str:
        """What became of the scenario that is played here; waits for its end.

        Raises ExpectationError with step, line and nearest message when it did not pass.
        """
        __tracebackhide__ = True
        seconds = seconds_of(within)
        found = self.ask("verdict", seconds + ANSWER_SECONDS, limit_s=seconds)
        if not found["passed"]:
            raise ExpectationError(found["text"])
        return str(found["text"])

    def check(self) -> None:
        """Raise SimulatorError when the simulator itself has met a bug of its own."""
        bugs = self.ask("bugs")
        if bugs:
            raise SimulatorError("a bug of tlibsim, please report it:\n" + "\n".join(bugs))

    def stop(self) -> None:
        """End it; its recordings go with it."""
        self.close_clients()
        self.ask("stop")


_ACTING = (Call, Dn, Agent, Clock, JournalView, SipView, ScriptedDesktop)


class Server:
    """The process of the simulator, and the switches in it."""

    def __init__(self) -> None:
        self._pipe = Pipe()

    @property
    def pid(self) -> int:
        return self._pipe.pid

    def switch(
        self, config: str | None = None, *, clock: str = "real", sip_port: int = 0
    ) -> Switch:
        """A new private switch; without a configuration (YAML) that of the scenario files.

        ``clock`` is ``real``, ``frozen``, ``stepped`` or a speed such as ``10x``.  With a
        ``sip_port`` it records to the recorder of its configuration, by default to one that
        takes SIP sessions at that port.  Raises SimulatorError when the configuration is wrong.
        """
        answer = self._pipe.ask("start", config=config, clock=clock, sip_port=sip_port)
        return Switch(self._pipe, answer["switch"], answer["ready"])

    def play(
        self, file: str | Path, name: str = "", values: Mapping[str, str] | None = None
    ) -> Switch:
        """A new switch on which a scenario of a file is played; its external actors connect there.

        ``name`` is needed when the file has several, ``values`` set its variables.  Raises
        SimulatorError with file and line when it cannot be played.
        """
        answer = self._pipe.ask("play", file=str(file), name=name, values=dict(values or {}))
        return Switch(self._pipe, answer["switch"], answer["ready"])

    @contextmanager
    def private(self, config: str | None = None, *, clock: str = "real") -> Iterator[Switch]:
        """A switch for the time of a block."""
        switch = self.switch(config, clock=clock)
        try:
            yield switch
        finally:
            switch.stop()

    def close(self) -> None:
        """End the process and all its switches."""
        self._pipe.close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
