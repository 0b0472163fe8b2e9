"""Reports of who is on a call (option ``sip-enable-call-info``, BEHAVIOUR.md 1.18)."""

from tlibproto.vocabulary import Dn
from tlibsim.switch.call import Call, Party
from tlibsim.switch.facts import (
    ListenDisconnected,
    ListenReconnected,
    Participant,
    ParticipantsReported,
    PartyAdded,
    PartyChanged,
    PartyDeleted,
    PartyEstablished,
    PartyFact,
    PartyMuted,
    PartyReleased,
    PartyUnmuted,
    Supervisor,
)
from tlibsim.switch.states import ESTABLISHED
from tlibsim.switch.switch import Switch, Turn

_NEWS = frozenset(
    {
        ListenDisconnected,
        ListenReconnected,
        PartyAdded,
        PartyChanged,
        PartyDeleted,
        PartyEstablished,
        PartyMuted,
        PartyReleased,
        PartyUnmuted,
    }
)
"""Facts after which somebody else takes part, or in another way."""


def follow(switch: Switch, turn: Turn) -> None:
    """One report for every call of which somebody's part has changed in this turn."""
    if not switch.options.sip_enable_call_info:
        return
    news = [f for f in turn.facts if type(f) in _NEWS and isinstance(f, PartyFact)]
    conn_ids = dict.fromkeys(fact.call.conn_id for fact in news)
    answered = {
        (fact.call.conn_id, fact.side.dn) for fact in news if type(fact) is PartyEstablished
    }
    for conn_id in conn_ids:
        call = switch.calls.get(conn_id)
        if call is not None:
            fresh = {dn for at, dn in answered if at == conn_id}
            report(turn, call, fresh)


def report(turn: Turn, call: Call, answered: set[Dn]) -> None:
    """Tell who is connected; ``answered`` are those who were connected in this turn."""
    there = [party for party in call.parties if party.state in ESTABLISHED]
    if not there:
        return
    turn.publish(
        ParticipantsReported(
            call=call.view(),
            participants=tuple(
                Participant(party=party.view(), muted=party.muted, deaf=party.deaf)
                for party in there
                if not party.is_observer
            ),
            supervisors=tuple(
                _supervisor(party, answered) for party in there if party.is_observer
            ),
        )
    )


def _supervisor(party: Party, answered: set[Dn]) -> Supervisor:
    return Supervisor(
        party=party.view(),
        agent=party.dn if party.watch is None else party.watch.agent,
        mode=party.mode if party.dn in answered else None,
    )
