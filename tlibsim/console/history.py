"""What happened to a call, live or over, as the journal has it: a ladder of events by DN.

The consultations that were made from a call belong to its story, and their steps to its ladder.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tlibproto.vocabulary import CallState, ConnId, KVList, connid_text
from tlibsim.config.dns import AgentSettings
from tlibsim.console.documents import Document, call, when
from tlibsim.console.lists import to_json
from tlibsim.console.simulator import Simulated
from tlibsim.console.verbs import NotFoundError
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.session.projection import PROJECTIONS
from tlibsim.switch.facts import CallEnded, CallFact, CallView, PartyFact, SnapshotLoaded

_MOST = 500


def history(simulated: Simulated, name: str) -> Document:
    """The last state of the call, who was on it in turn, and its steps; raises NotFoundError.

    ``name`` is a call number, a ConnID, or ``last``.  The journal is bounded: of a call that is
    over for long, nothing may be left.
    """
    everything = list(_facts(simulated.journal))
    facts = [one for one in _present(everything) if isinstance(one.subject, CallFact)]
    conn_id = _named(facts, name)
    if conn_id is None:
        facts = [one for one in everything if isinstance(one.subject, CallFact)]
        conn_id = _named(facts, name)
    if conn_id is None:
        raise NotFoundError(
            f"no call {name!r} in the journal, which keeps "
            f"{simulated.settings.limits.journal_entries} entries"
        )
    own = [one for one in facts if _view(one).conn_id == conn_id]
    told = [
        one for one in facts if conn_id in (_view(one).conn_id, _view(one).previous_conn_id)
    ]
    last = _view(own[-1])
    data = last.user_data
    return {
        **call(last),
        "userdata": to_json(data if isinstance(data, KVList) else None) or {},
        "over": simulated.call(conn_id) is None,
        "ended": when(own[-1].at) if isinstance(own[-1].subject, CallEnded) else None,
        "transferred": when(_transferred(own)),
        "path": list(_path(last.ani, own, simulated.settings.agents)),
        "steps": [step for one in told for step in _steps(one)][:_MOST],
    }


def _facts(journal: Journal) -> Iterator[Entry]:
    return (entry for entry in journal if entry.kind is Kind.FACT)


def _present(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Without what happened between a snapshot and its loading: identifiers came again since."""
    kept: list[Entry] = []
    limit = entries[-1].number if entries else 0
    for entry in reversed(entries):
        if entry.number <= limit:
            kept.append(entry)
            if isinstance(entry.subject, SnapshotLoaded):
                limit = entry.subject.since
    return kept[::-1]


def _view(entry: Entry) -> CallView:
    view: CallView = entry.subject.call  # type: ignore[attr-defined]
    return view


def _named(facts: Sequence[Entry], name: str) -> ConnId | None:
    """The ConnID of the newest call that fits."""
    for entry in reversed(facts):
        view = _view(entry)
        if name in ("last", str(view.call_id), connid_text(view.conn_id)):
            return view.conn_id
    return None


def _transferred(own: Sequence[Entry]) -> Any:
    """When the call was transferred last; None when it never was."""
    for entry in reversed(own):
        fact = entry.subject
        if isinstance(fact, PartyFact) and fact.call_state is CallState.Transferred:
            return entry.at
    return None


def _path(
    ani: str | None, own: Sequence[Entry], agents: Mapping[str, AgentSettings]
) -> Iterator[Document]:
    """Who was on the call, in the order in which they came, the caller first."""
    found: dict[str, str | None] = {} if ani is None else {ani: None}
    for entry in own:
        for party in _view(entry).parties:
            found[party.dn] = found.get(party.dn) or party.agent_id
    for dn, agent in found.items():
        settings = None if agent is None else agents.get(agent)
        yield {"dn": dn, "agent": agent, "name": settings.name if settings else ""}


def _steps(entry: Entry) -> Iterator[dict[str, Any]]:
    """One step per DN that gets an event."""
    row = PROJECTIONS.get(type(entry.subject))
    if row is None:
        return
    for dn in row.recipients(entry.subject):
        yield {
            "at": when(entry.at),
            "dn": dn,
            "event": row.event.__name__,
            "call": _view(entry).call_id,
        }
