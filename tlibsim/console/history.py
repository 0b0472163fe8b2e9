"""What happened to a call, live or over, as the journal has it: a ladder of events by DN."""

from collections.abc import Iterator, Sequence
from typing import Any

from tlibproto.vocabulary import ConnId, KVList, connid_text
from tlibsim.console.documents import Document, call, when
from tlibsim.console.lists import to_json
from tlibsim.console.simulator import Simulated
from tlibsim.console.verbs import NotFoundError
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.session.projection import PROJECTIONS
from tlibsim.switch.facts import CallEnded, CallFact, CallView

_MOST = 500


def history(simulated: Simulated, name: str) -> Document:
    """The last state of the call and its steps; raises NotFoundError.

    ``name`` is a call number, a ConnID, or ``last``.  The journal is bounded: of a call that is
    over for long, nothing may be left.
    """
    facts = [one for one in _facts(simulated.journal) if isinstance(one.subject, CallFact)]
    conn_id = _named(facts, name)
    if conn_id is None:
        raise NotFoundError(
            f"no call {name!r} in the journal, which keeps "
            f"{simulated.settings.limits.journal_entries} entries"
        )
    own = [one for one in facts if one.subject.call.conn_id == conn_id]  # type: ignore[attr-defined]
    last: CallView = own[-1].subject.call  # type: ignore[attr-defined]
    data = last.user_data
    return {
        **call(last),
        "userdata": to_json(data if isinstance(data, KVList) else None) or {},
        "over": simulated.call(conn_id) is None,
        "ended": when(own[-1].at) if isinstance(own[-1].subject, CallEnded) else None,
        "steps": [step for one in own for step in _steps(one)][:_MOST],
    }


def _facts(journal: Journal) -> Iterator[Entry]:
    return (entry for entry in journal if entry.kind is Kind.FACT)


def _named(facts: Sequence[Entry], name: str) -> ConnId | None:
    """The ConnID of the newest call that fits."""
    for entry in reversed(facts):
        view: CallView = entry.subject.call  # type: ignore[attr-defined]
        if name in ("last", str(view.call_id), connid_text(view.conn_id)):
            return view.conn_id
    return None


def _steps(entry: Entry) -> Iterator[dict[str, Any]]:
    """One step per DN that gets an event."""
    row = PROJECTIONS.get(type(entry.subject))
    if row is None:
        return
    for dn in row.recipients(entry.subject):
        yield {"at": when(entry.at), "dn": dn, "event": row.event.__name__}
