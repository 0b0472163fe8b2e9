"""What a T-Library client did so far and never did, judged from the documents of the control API.

Nothing here asks anything: documents go in, findings come out (FIRST_HOUR.md, story R).
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tlibsim.switch.refusals import Reason

Document = Mapping[str, Any]

OK, NOTE, WARN = "ok", "note", "warn"
RECONNECT_S = 30.0
"""Beyond that, a client fails the check of the recorder contract by default."""

QUESTION = (
    "kind:connected,closed,wrong-bytes,refusal or request:RegisterAddress,StartCallMonitoring,"
    "PrivateService or event:EventError"
)
"""The records of the journal from which findings are made."""

_TELEPHONES = frozenset({"DN", "Position"})
_MOST_DNS = 8
_UNSUPPORTED = f"{Reason.UNSUPPORTED.value}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: ``level`` is ok, note or warn; ``area`` stands in the place of an ok."""

    level: str
    text: str
    area: str = ""

    def __str__(self) -> str:
        word = self.area if self.area and self.level == OK else self.level
        return f"  {word:<5} {self.text}"


def headline(client: Document, records: Sequence[Document], now: str) -> str:
    """``client "acme-rec"  127.0.0.1:51844  connected 00:00:41``."""
    name = client["name"] or f"number {client['client']}"
    begun = [one["t"] for one in _own(client, records) if one["kind"] == "connected"]
    since = f"connected {_clock(_seconds(begun[0], now))}" if begun else "connected"
    return f'client "{name}"  {client["peer"]}  {since}'


def of_client(
    client: Document,
    records: Sequence[Document],
    dns: Sequence[Document],
    now: str,
    others: Collection[int] = (),
) -> Iterator[Finding]:
    """What is to be said of one connected client.

    ``client`` is its document of ``/clients``, ``records`` those of :data:`QUESTION`, of all
    clients and oldest first, ``dns`` the documents of ``/dns``, ``now`` the time of the server.
    Errors are those of its earlier connections too: all of its name but those of ``others``,
    the numbers of the other clients that are connected.
    """
    own = list(_own(client, records))
    if not client["open"]:
        yield Finding(level=WARN, text="connected, and never sent RequestRegisterClient")
    if not client["name"]:
        yield Finding(level=NOTE, text="opened without an application name")
    yield _addp(client, now)
    yield from _registered(client)
    yield _monitoring(own)
    yield from _left_out(client, dns)
    yield _private_service(own)
    yield from _trouble(_ever(client, records, others))
    yield from _absences(client, records)


def of_left(
    clients: Sequence[Document], records: Sequence[Document], name: str = ""
) -> Iterator[tuple[str, list[Finding]]]:
    """Headline and findings of each application name that had errors and is connected no more.

    ``clients`` are the documents of ``/clients``, ``records`` as in :func:`of_client`; with a
    ``name`` only that one is told of.
    """
    here = {one["name"] for one in clients}
    left: dict[str, list[Document]] = {}
    for one in records:
        for who in {who["name"] for who in one.get("clients", ())} - here - {""}:
            left.setdefault(who, []).append(one)
    for who, own in sorted(left.items()):
        found = list(_trouble(own)) if name in {"", who} else []
        if found:
            yield f'client "{who}"  not connected any more', found


def _trouble(own: Sequence[Document]) -> Iterator[Finding]:
    yield from _unsupported(own)
    yield from _errors(own)
    yield from _wrong_bytes(own)


def _ever(
    client: Document, records: Sequence[Document], others: Collection[int]
) -> list[Document]:
    """The records of a client, and of all of its name that are gone."""
    found = []
    for one in records:
        for who in one.get("clients", ()):
            named = client["name"] and who["name"] == client["name"]
            if who["id"] == client["client"] or (named and who["id"] not in others):
                found.append(one)
                break
    return found


def _own(client: Document, records: Sequence[Document]) -> Iterator[Document]:
    for one in records:
        if any(who["id"] == client["client"] for who in one.get("clients", ())):
            yield one


def _addp(client: Document, now: str) -> Finding:
    """``ADDP 10 s / 10 s, last poll 3 s ago``: how often it polls, and how often the server."""
    server, own = client["addp_timeout_s"], client["addp_client_s"]
    if not client["addp"]:
        return Finding(level=NOTE, text="does not use ADDP: a dead line is not noticed")
    last = client["addp_polled"]
    polled = f"last poll {_seconds(last, now):.0f} s ago" if last else "no poll so far"
    times = [f"{own:.0f} s"] if own else []
    times += [f"{server:g} s"] if server else ["off at the server"]
    return Finding(level=OK, text=f"ADDP {' / '.join(times)}, {polled}")


def _registered(client: Document) -> Iterator[Finding]:
    modes: dict[str, list[str]] = {}
    for dn, mode in sorted(client["modes"].items()):
        modes.setdefault(mode, []).append(dn)
    if modes:
        words = ", ".join(f"{_some(dns)} ({mode})" for mode, dns in modes.items())
        yield Finding(level=OK, text=f"registered {words}")
    else:
        yield Finding(level=WARN, text="registered no DN: it gets no events")
    if "private" in modes:
        text = f"nobody else can register {_some(modes['private'])}; a desktop needs its DN too"
        yield Finding(level=NOTE, text=text)


def _left_out(client: Document, dns: Sequence[Document]) -> Iterator[Finding]:
    missing = [
        one["dn"]
        for one in dns
        if one["type"] in _TELEPHONES and one["enabled"] and one["dn"] not in client["modes"]
    ]
    if missing:
        verb = "exists and is" if len(missing) == 1 else "exist and are"
        yield Finding(level=NOTE, text=f"{_some(missing)} {verb} not registered")


def _monitoring(own: Sequence[Document]) -> Finding:
    if _sent(own, "RequestStartCallMonitoring"):
        return Finding(level=OK, text="call monitoring started")
    return Finding(level=NOTE, text="never sent RequestStartCallMonitoring")


def _private_service(own: Sequence[Document]) -> Finding:
    sent = _sent(own, "RequestPrivateService")
    if not sent:
        return Finding(level=NOTE, text="never sent RequestPrivateService")
    kinds = Counter(str(_value(one, "PrivateMsgID")) for one in sent)
    words = ", ".join(f"{kind} x {count}" for kind, count in sorted(kinds.items()))
    return Finding(level=OK, text=f"sent RequestPrivateService: {words}")


def _unsupported(own: Sequence[Document]) -> Iterator[Finding]:
    """What it asked for in vain, since the simulator does not do that."""
    asked = Counter(
        one.get("message") or f"message {one['id']}"
        for one in own
        if one["kind"] == "refusal" and one.get("detail", "").startswith(_UNSUPPORTED)
    )
    if asked:
        words = ", ".join(f"{name} x {count}" for name, count in sorted(asked.items()))
        text = f"not supported yet: {words}; what is: tlibsim coverage, or COVERAGE.md"
        yield Finding(level=NOTE, text=text)


def _errors(own: Sequence[Document]) -> Iterator[Finding]:
    """Errors by code, DN and reason; the detail of an answer begins with the request."""
    errors = Counter(
        (
            _value(one, "ErrorCode"),
            str(_value(one, "ErrorMessage") or ""),
            one.get("dn", ""),
            one.get("detail", ""),
        )
        for one in own
        if one.get("message") == "EventError"
    )
    for (code, text, dn, why), count in sorted(errors.items(), key=str):
        words = f" ({text})" if text else ""
        at = f" at {dn}" if dn else ""
        because = f": {why}" if why else ""
        yield Finding(level=WARN, text=f"got EventError {code}{words}{at} x {count}{because}")


def _wrong_bytes(own: Sequence[Document]) -> Iterator[Finding]:
    wrong = [one for one in own if one["kind"] == "wrong-bytes"]
    if wrong:
        detail = wrong[-1].get("detail", "")
        yield Finding(
            level=WARN, text=f"sent wrong bytes x {len(wrong)}: {detail}".rstrip(": ")
        )


def _absences(client: Document, records: Sequence[Document]) -> Iterator[Finding]:
    """How long a client of that name was away before it came back."""
    longest = max(_away(client["name"], records), default=None) if client["name"] else None
    if longest is None:
        return
    if longest > RECONNECT_S:
        text = (
            f"waits {longest:.0f} s before it reconnects; the default switchover check allows"
        )
        yield Finding(level=WARN, text=f"{text} {RECONNECT_S:.0f} s")
    else:
        yield Finding(level=OK, text=f"reconnected after {longest:.1f} s")


def _away(name: str, records: Sequence[Document]) -> Iterator[float]:
    """Seconds between an end and the next beginning, while no other of that name was there."""
    there: set[int] = set()
    left = ""
    for one in records:
        numbers = {who["id"] for who in one.get("clients", ()) if who["name"] == name}
        if one["kind"] == "connected" and numbers:
            if left and not there:
                yield _seconds(left, one["t"])
            there |= numbers
        elif one["kind"] == "closed" and numbers:
            there -= numbers
            left = one["t"]


def _sent(own: Sequence[Document], message: str) -> list[Document]:
    return [one for one in own if one["kind"] == "request" and one.get("message") == message]


def _value(record: Document, attribute: str) -> Any:
    for one in record.get("attributes", ()):
        if one["name"] == attribute:
            return one["value"]
    return None


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_DNS
    return ", ".join(names[:_MOST_DNS]) + (f" and {more} more" if more > 0 else "")


def _seconds(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def _clock(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
