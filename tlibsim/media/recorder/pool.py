"""The pool of recorders: which one takes a session, and why (the Resource Manager's role).

Pure: the present comes in as seconds.  Capacity is counted in streams, taken before the INVITE
and given back when the leg is over.  Source: MEDIA.md 4, RECORDING.md 6, 8.2 and 12.3.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tlibsim.media.recorder.addresses import Address, AddressError, is_allowed, read_address
from tlibsim.media.recorder.settings import PoolSettings, RecorderSettings, Scheme
from tlibsim.media.sip.values import Transport
from tlibsim.ports.recorders import RecorderState

BUILT_IN = "recorder.tlibsim"
"""The host that stands for "no recorder was named" in the legs of the built-in recorder."""

_LOCAL = ("127.0.0.0/8", "::1", "localhost")


class NoRecorderError(Exception):
    """Nobody can take the session; ``rejected`` when a rule forbids it whoever is alive."""

    def __init__(self, cause: str, *, rejected: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.rejected = rejected


@dataclass(slots=True, kw_only=True)
class Recorder:
    """A recorder as it is now.  ``in_use`` and ``capacity`` count streams (0: any number)."""

    settings: RecorderSettings
    address: Address
    capacity: int = 0
    in_use: int = 0
    alive: bool = True
    draining: bool = False
    blocked_until: float = 0.0
    failures: int = 0
    successes: int = 0
    cause: str = ""
    pooled: bool = True

    @property
    def name(self) -> str:
        return self.settings.name

    def unusable(self, streams: int, now: float) -> str:
        """Why it cannot take so many more streams; empty when it can."""
        if self.draining:
            return "is draining"
        if not self.alive:
            return f"is down ({self.cause})"
        if now < self.blocked_until:
            return f"asked to be left alone for {self.blocked_until - now:.0f} s more"
        if self.capacity and self.in_use + streams > self.capacity:
            return f"has {self.in_use} of {self.capacity} ports in use"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a session needs of the pool.

    ``destination`` is an address or a recorder's name, empty: the pool chooses.  ``tried`` are
    names that are not taken again, ``avoid`` names that are taken only if nobody else is left.
    """

    streams: int
    destination: str = ""
    geo_location: str = ""
    strict: bool = False
    overflow: str = ""
    tried: frozenset[str] = frozenset()
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The recorder chosen, and why, in words."""

    recorder: Recorder = field(compare=False)
    because: str


class RecorderPool:
    """All recorders, and the rules by which one is chosen.

    Raises AddressError for a configured address that is none.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self.settings = settings
        self.recorders = tuple(_recorder(one, settings) for one in settings.recorders)
        self._next = 0
        self._strangers: dict[str, Recorder] = {}

    # -- choosing --------------------------------------------------------------------------

    def choose(self, wanted: Wanted, now: float) -> tuple[Choice, ...]:
        """The recorders to invite: one, or all that can take it with ``parallel-fork``.

        Raises NoRecorderError.  Nothing is taken yet.
        """
        if wanted.destination and not _is_built_in(wanted.destination):
            return (self._named(wanted, now),)
        if not self.recorders:
            raise NoRecorderError(
                "no recorder is configured: add one to recorders, or set "
                "recordingclient.recdest"
            )
        usable, where = self._located(wanted, now)
        if self.settings.scheme is Scheme.PARALLEL_FORK:
            because = f"parallel-fork to {len(usable)} recorders{where}"
            return tuple(Choice(recorder=one, because=because) for one in usable)
        return (self._scheduled(usable, wanted, where),)

    def _scheduled(self, usable: Sequence[Recorder], wanted: Wanted, where: str) -> Choice:
        fresh = [one for one in usable if one.name not in wanted.avoid]
        avoided = "" if len(fresh) == len(usable) else ", away from the other copy"
        candidates = fresh or list(usable)
        if not fresh:
            avoided = ", although the other copy goes there: nobody else is left"
        count = f"{len(candidates)} of {len(self.recorders)} recorders{where}{avoided}"
        ordered = self._in_turn(candidates)
        if self.settings.scheme is Scheme.LEAST_USED:
            recorder = min(ordered, key=lambda one: one.in_use)
            because = f"least-used ({recorder.in_use} ports) of {count}"
        else:
            recorder = ordered[0]
            because = f"round-robin among {count}"
        self._next = (self.recorders.index(recorder) + 1) % len(self.recorders)
        return Choice(recorder=recorder, because=because)

    def _in_turn(self, candidates: Collection[Recorder]) -> list[Recorder]:
        order = self.recorders[self._next :] + self.recorders[: self._next]
        return [one for one in order if any(one is candidate for candidate in candidates)]

    def _located(self, wanted: Wanted, now: float) -> tuple[list[Recorder], str]:
        """Who can take it at the best location that has somebody, and the words for that."""
        place = wanted.geo_location
        if not place or not any(one.settings.geo_location for one in self.recorders):
            note = ", none of which has a location" if place else ""
            return self._usable(self.recorders, wanted, now, ""), note
        places = [place, wanted.overflow or self.settings.overflow.get(place, "")]
        causes = []
        for number, one in enumerate(places):
            if not one or (number and wanted.strict):
                continue
            try:
                found = self._usable(self._at(one), wanted, now, one)
            except NoRecorderError as nobody:
                causes.append(nobody.cause)
                continue
            return found, f" at {one}" + (f", the overflow of {place}" if number else "")
        if wanted.strict or self.settings.reject_geo_nomatch:
            rule = "X-Genesys-strict-location" if wanted.strict else _REJECT
            raise NoRecorderError(f"{'; '.join(causes)} ({rule})", rejected=True)
        found = self._usable(self.recorders, wanted, now, "")
        return found, f" at any location, for there is nobody at {place}"

    def _at(self, place: str) -> list[Recorder]:
        wanted = place.lower()
        return [one for one in self.recorders if one.settings.geo_location.lower() == wanted]

    def _usable(
        self, recorders: Iterable[Recorder], wanted: Wanted, now: float, place: str
    ) -> list[Recorder]:
        """Those that can take it; NoRecorderError, with the reason of each, when there is none."""
        found: list[Recorder] = []
        reasons: list[str] = []
        for one in recorders:
            reason = one.unusable(wanted.streams, now)
            if one.name in wanted.tried:
                reason = "was tried"
            if reason:
                reasons.append(f"{one.name} {reason}")
            else:
                found.append(one)
        if found:
            return found
        where = f" at {place}" if place else ""
        detail = f": {', '.join(reasons)}" if reasons else ""
        raise NoRecorderError(f"there is no recorder{where} that can take it{detail}")

    # -- an address from outside -----------------------------------------------------------

    def _named(self, wanted: Wanted, now: float) -> Choice:
        recorder = self._destination(wanted.destination)
        reason = recorder.unusable(wanted.streams, now)
        if recorder.name in wanted.tried:
            reason = "was tried, and the destination was asked for by name"
        if reason:
            raise NoRecorderError(f"{recorder.name} {reason}")
        return Choice(recorder=recorder, because="the destination asked for")

    def _destination(self, text: str) -> Recorder:
        for one in self.recorders:
            if one.name == text:
                return one
        try:
            address = read_address(text)
        except AddressError as error:
            raise NoRecorderError(str(error)) from error
        for one in self.recorders:
            if one.address.same_place(address):
                return one
        if not self._is_allowed(address):
            raise NoRecorderError(
                f"{address.host_port} is no recorder of ours and not allowed as a destination: "
                "add it to dest-allow",
                rejected=True,
            )
        return self._stranger(text, address)

    def may_follow(self, uri: str) -> bool:
        """Whether a recorder may send us to that address (3xx): the same rules as for dest."""
        try:
            address = read_address(uri)
        except AddressError:
            return False
        known = any(one.address.same_place(address) for one in self.recorders)
        return known or self._is_allowed(address)

    def _is_allowed(self, address: Address) -> bool:
        return is_allowed(address, (*_LOCAL, *self.settings.trusted, *self.settings.allowed))

    def _stranger(self, text: str, address: Address) -> Recorder:
        """A recorder that is in no list; it lives as long as something is sent to it."""
        known = self._strangers.get(address.plain_uri())
        if known is None:
            settings = RecorderSettings(name=address.host_port, address=text)
            known = Recorder(settings=settings, address=address, pooled=False)
            self._strangers[address.plain_uri()] = known
        return known

    # -- ports -----------------------------------------------------------------------------

    def take(self, recorder: Recorder, streams: int) -> None:
        """Note that so many more streams go there."""
        recorder.in_use += streams

    def give_back(self, recorder: Recorder, streams: int) -> None:
        """Note that so many streams are over."""
        recorder.in_use -= streams
        if not recorder.pooled and not recorder.in_use:
            self._strangers.pop(recorder.address.plain_uri(), None)

    # -- health ----------------------------------------------------------------------------

    def leave_alone(self, recorder: Recorder, seconds: float, now: float) -> None:
        """Honor the Retry-After of a recorder."""
        if seconds > 0:
            recorder.blocked_until = max(recorder.blocked_until, now + seconds)

    def drain(self, name: str, *, on: bool) -> None:
        """Give a recorder no more sessions, or again; raises KeyError for an unknown name."""
        self.by_name(name).draining = on

    def by_name(self, name: str) -> Recorder:
        """Raises KeyError."""
        for one in self.recorders:
            if one.name == name:
                return one
        raise KeyError(name)

    def states(self) -> tuple[RecorderState, ...]:
        """Every recorder, as people want to see it."""
        return tuple(
            RecorderState(
                name=one.name,
                address=one.address.plain_uri(),
                geo_location=one.settings.geo_location,
                alive=one.alive,
                draining=one.draining,
                in_use=one.in_use,
                capacity=one.capacity,
                cause=one.cause,
            )
            for one in (*self.recorders, *self._strangers.values())
        )

    def problems(self) -> tuple[str, ...]:
        """One line for each recorder that is down."""
        return tuple(
            f"recorder {one.name} is down: {one.cause}"
            for one in self.recorders
            if not one.alive
        )


_REJECT = "reject-recording-request-on-geo-location-nomatch"


def _recorder(settings: RecorderSettings, pool: PoolSettings) -> Recorder:
    address = read_address(settings.address)
    if settings.transport is not None:
        scheme = "sips" if settings.transport is Transport.TLS else address.scheme
        address = Address(
            scheme=scheme,
            user=address.user,
            host=address.host,
            port=address.port,
            transport=settings.transport,
        )
    return Recorder(
        settings=settings,
        address=address,
        capacity=settings.port_capacity or pool.port_capacity,
        draining=settings.draining,
    )


def _is_built_in(destination: str) -> bool:
    try:
        return read_address(destination).host == BUILT_IN
    except AddressError:
        return False
