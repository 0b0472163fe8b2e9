"""Bed for tests of the recorder backend: a fake wire, orders with legs, reports."""

from dataclasses import replace
from random import Random

from tests.fakes.recorders import FakeAgent, FakeStreams, StepClock
from tests.media.bench import AGENT, CUSTOMER, Clock, Turns, order
from tlibsim.media.recorder.backend import RecorderBackend
from tlibsim.media.recorder.settings import (
    ClientSettings,
    MonitorSettings,
    PoolSettings,
    RecorderSettings,
)
from tlibsim.ports.media import (
    LegChanged,
    LegPlan,
    RecordingOrder,
    Revision,
    SessionId,
    StreamKind,
    StreamPlan,
)

S1 = SessionId("s1")


def recorders(*names: str, **changes) -> tuple[RecorderSettings, ...]:
    """Recorders whose host is their name."""
    return tuple(
        RecorderSettings(name=name, address=f"sip:{name}:5060", **changes) for name in names
    )


def settings(*names: str, pool=None, monitor=None, **changes) -> ClientSettings:
    """A client with a pool of recorders; ``pool`` and ``monitor`` change those parts."""
    pool = {"recorders": recorders(*(names or ("rec1",))), **(pool or {})}
    return ClientSettings(
        pool=PoolSettings(**pool),
        monitor=MonitorSettings(**{"on": False, **(monitor or {})}),
        **changes,
    )


def leg_plan(dn: str, other: str = "", *, destination: int = 0, name: str = "", video=()):
    """One leg: of one party, or with ``other`` of two."""
    record_id = "rec-s1" + ("-2" if destination else "")
    lines = tuple(StreamPlan(dn=one, speakers=(one,)) for one in (dn, other) if one)
    lines += tuple(StreamPlan(dn=one, speakers=(one,), kind=StreamKind.VIDEO) for one in video)
    return LegPlan(
        key=f"{destination + 1}.{name or ('both' if other else dn)}",
        dn=dn,
        other_dn=other,
        destination=destination,
        record_id=record_id,
        user=f"record={record_id}",
        parameters=f";calluuid=UUID1;dn={dn};recordDN=7001",
        streams=lines,
    )


def two_legs(first: str = "7001", second: str = "4155550100", destination: int = 0):
    return (
        leg_plan(first, destination=destination, name="record"),
        leg_plan(second, destination=destination, name="other"),
    )


def one_each(parties) -> tuple[LegPlan, ...]:
    """One leg for each of the first two parties, as the desk plans them."""
    return tuple(leg_plan(one.dn, name=f"leg{n}") for n, one in enumerate(parties[:2]))


def with_legs(given: RecordingOrder) -> RecordingOrder:
    """The order with the legs that the desk would plan for it."""
    return replace(given, legs=one_each(given.parties))


class Bed:
    """A backend with its fake surroundings."""

    def __init__(self, client: ClientSettings | None = None, *, room: int = 1000) -> None:
        self.turns = Turns()
        self.clock = StepClock()
        self.wall = Clock()
        self.reports = []
        self.agent = FakeAgent(self.turns.later)
        self.streams = FakeStreams(room)
        self.backend = RecorderBackend(
            client or settings(),
            agent=self.agent,
            streams=self.streams,
            clock=self.clock,
            rng=Random(1),
            now=self.wall,
            deliver=self.reports.append,
            later=self.turns.later,
            host="127.0.0.1",
        )
        self.backend.open()

    def settle(self) -> None:
        """Until every order is answered."""
        self.turns.run_until(self.backend.settled)

    def run(self) -> None:
        """Everything that needs no time."""
        self.turns.run_present()

    def start(self, *legs: LegPlan, session: str = "s1", **changes) -> None:
        self.backend.start(order(session, legs=legs or two_legs(), **changes))
        self.run()

    def pause(self) -> None:
        self.backend.pause(S1, self.wall.now)

    def resume(self) -> None:
        self.backend.resume(S1, self.wall.now)

    def stop(self) -> None:
        self.backend.stop(S1, self.wall.now, "stopped")

    def revise(self, *legs: LegPlan, parties=(AGENT, CUSTOMER)) -> None:
        self.backend.revise(
            Revision(session=S1, at=self.wall.now, parties=parties, legs=legs or two_legs())
        )

    def hosts(self) -> list[str]:
        """Where the INVITEs went, in order."""
        return [leg.host.partition(":")[0] for leg in self.agent.legs]

    def kinds(self) -> list[str]:
        """The names of the reports, but for those that show a leg."""
        return [type(one).__name__ for one in self.reports if not isinstance(one, LegChanged)]

    def of(self, kind):
        return [one for one in self.reports if isinstance(one, kind)]

    def view(self, key: str):
        """The last view of a leg."""
        return [one.leg for one in self.of(LegChanged) if one.leg.key == key][-1]

    def close(self) -> None:
        self.backend.close()
        self.settle()
