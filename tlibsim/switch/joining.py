"""Two calls become one: transfers and conferences completed, calls merged (BEHAVIOUR.md 1.7, 1.9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tlibproto.vocabulary import EMPTY_KVLIST, CallState, ConnId, DnRole, KVList, PartyState
from tlibsim.switch import userdata
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import leave, release, stop_observing
from tlibsim.switch.commands import (
    Because,
    CompleteConference,
    CompleteTransfer,
    Consult,
    MergeCalls,
    MuteTransfer,
    Purpose,
    ReleaseCall,
    SingleStepTransfer,
)
from tlibsim.switch.consulting import begin_consultation, check_may_consult
from tlibsim.switch.facts import (
    PartyAdded,
    PartyChanged,
    PartyEstablished,
    PartyReleased,
    PartyRetrieved,
    Side,
    ThirdParty,
)
from tlibsim.switch.offering import unreachable
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.single_step import single_step_transfer
from tlibsim.switch.states import ESTABLISHED, UNANSWERED, PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import tell


@dataclass(frozen=True, slots=True)
class Pair:
    """One DN's places in the call that stays (``main``) and the call that goes (``consult``)."""

    main: Party
    consult: Party


# -- finding the two calls -----------------------------------------------------------------------


def _pair(switch: Switch, dn: str, conn_id: ConnId, consult_id: ConnId | None) -> Pair:
    """The two calls; a client may name them the other way round, as which is which is known."""
    main = switch.find_party(conn_id, dn)
    consult = _consultation(switch, main, consult_id)
    if main.call.previous_conn_id == consult.call.conn_id:
        main, consult = consult, main
    if consult.call.previous_conn_id != main.call.conn_id:
        raise RequestRefused(Reason.INCORRECT_STATE, "that is no consultation of this call")
    _check_joinable(switch, main, consult)
    return Pair(main, consult)


def _consultation(switch: Switch, main: Party, consult_id: ConnId | None) -> Party:
    if consult_id is not None:
        return switch.find_party(consult_id, main.dn)
    parties = () if main.device is None else main.device.parties
    for party in parties:
        if party.call.previous_conn_id == main.call.conn_id:
            return party
    raise RequestRefused(Reason.INVALID_CONN_ID, "there is no consultation call")


def _check_joinable(switch: Switch, main: Party, consult: Party) -> None:
    if main.is_observer or consult.is_observer:
        raise RequestRefused(Reason.INCORRECT_STATE, "an observer cannot join calls")
    there = {party.device for party in main.call.members() if party is not main}
    for party in consult.call.members():
        if party.device is not None and party.device in there:
            raise RequestRefused(Reason.INCORRECT_STATE, f"{party.dn} is on both calls")
    if main.state not in ESTABLISHED:
        raise RequestRefused(Reason.INCORRECT_STATE, "the main call is not established")
    if consult.state in ESTABLISHED:
        return
    if consult.state is not PartyState.Dialing or switch.options.blind_transfer == "reject":
        raise RequestRefused(Reason.INCORRECT_STATE, "the consultation call is not established")


# -- requests ------------------------------------------------------------------------------------


def complete_transfer(switch: Switch, command: CompleteTransfer, turn: Turn) -> None:
    """The DN that consulted leaves, and connects the two others."""
    pair = _pair(switch, command.dn, command.conn_id, command.consult_conn_id)
    transfer(switch, turn, pair, command.because)


def complete_conference(switch: Switch, command: CompleteConference, turn: Turn) -> None:
    """Everybody talks to everybody."""
    pair = _pair(switch, command.dn, command.conn_id, command.consult_conn_id)
    confer(switch, turn, pair, command.because)


def merge_calls(switch: Switch, command: MergeCalls, turn: Turn) -> None:
    """Join any two calls of the DN; the one that is held keeps its ConnID."""
    one = switch.find_party(command.conn_id, command.dn)
    two = switch.find_party(command.other_conn_id, command.dn)
    if one is two:
        raise RequestRefused(Reason.INVALID_CONN_ID, "a call cannot be merged with itself")
    main, consult = (one, two) if one.state is PartyState.Held else (two, one)
    if main.state is not PartyState.Held:
        raise RequestRefused(Reason.NO_HELD_CALL, "neither of the calls is held")
    _check_joinable(switch, main, consult)
    MERGES[command.purpose](switch, turn, Pair(main, consult), command.because)


def mute_transfer(switch: Switch, command: MuteTransfer, turn: Turn) -> None:
    """Consult and complete in one step, whether or not the other side answers."""
    if switch.options.mute_transfer_as_single_step:
        single_step_transfer(switch, _as_single_step(command), turn)
        return
    party = switch.find_party(command.conn_id, command.dn)
    device = check_may_consult(switch, party, command.to, command.location)
    destination = switch.resolve(command.to, command.location)
    why = unreachable(destination, device, call=party.call)
    if why is not None:
        raise RequestRefused(Reason.DESTINATION_STATE, f"{command.to}: {why.name}")
    consult = Consult(
        dn=command.dn,
        conn_id=command.conn_id,
        to=command.to,
        purpose=Purpose.TRANSFER,
        user_data=command.user_data,
        location=command.location,
        because=Because(
            extensions=None if command.because is None else command.because.extensions
        ),
    )
    call = begin_consultation(switch, turn, party, device, consult)
    caller = call.party_at(command.dn)
    if caller is not None:
        transfer(switch, turn, Pair(party, caller), command.because, on_main=True)


def _as_single_step(command: MuteTransfer) -> SingleStepTransfer:
    return SingleStepTransfer(
        dn=command.dn,
        conn_id=command.conn_id,
        to=command.to,
        user_data=command.user_data,
        location=command.location,
        because=command.because,
    )


def release_call(switch: Switch, command: ReleaseCall, turn: Turn) -> None:
    """A party hangs up; by option a consultation becomes a transfer by that (BEHAVIOUR.md 1.7)."""
    party = switch.find_party(command.conn_id, command.dn)
    pair = _consulting(switch, party) if switch.options.release_completes_transfer else None
    if pair is None:
        release(switch, turn, party, command.because)
    else:
        transfer(switch, turn, pair, command.because, on_main=party is pair.main)


def _consulting(switch: Switch, party: Party) -> Pair | None:
    """The two calls of a DN that consults, when they could be joined now."""
    for other in () if party.device is None else party.device.parties:
        for main, consult in ((party, other), (other, party)):
            if consult.call.previous_conn_id != main.call.conn_id:
                continue
            try:
                _check_joinable(switch, main, consult)
            except RequestRefused:
                return None
            return Pair(main, consult)
    return None


# -- transfer ------------------------------------------------------------------------------------


def transfer(
    switch: Switch,
    turn: Turn,
    pair: Pair,
    because: Because | None,
    *,
    on_main: bool = False,
) -> None:
    """Connect the others of both calls; ``on_main``: the reasons go with the main call."""
    main, consult = pair.main.call, pair.consult.call
    dn = pair.main.dn
    far, near = consult.other(pair.consult), main.other(pair.main)
    main_side, consult_side = pair.main.side(near), pair.consult.side(far)
    moved = _moving(turn, pair)
    stayed = [party for party in main.parties if party is not pair.main]
    data = merged_data(switch, main, consult)
    leave(pair.consult)
    leave(pair.main)
    for party in moved:
        main.take_over(party)
    _becomes_one(main, consult, data)
    leaving = [
        (pair.consult, consult_side, None, None if on_main else because),
        (
            pair.main,
            main_side,
            None if far is None else ThirdParty(dn=far.dn, role=DnRole.RoleDestination),
            because if on_main else None,
        ),
    ]
    if switch.options.transfer_release_order == "main-first":
        leaving.reverse()
    for party, side, third, why in leaving:
        tell(
            turn,
            PartyReleased,
            party,
            None,
            side=side,
            call_state=CallState.Transferred,
            third=third,
            because=why,
        )
    by = ThirdParty(dn=dn, role=DnRole.RoleTransferredBy)
    for party in stayed:
        _changed(turn, party, moved, main.conn_id, by, CallState.Transferred, TARGET)
    for party in moved:
        _changed(turn, party, stayed, consult.conn_id, by, CallState.Transferred, ORIGIN)
    if switch.options.blind_established_to_held:
        for party in moved:
            party.on_answer = established_too if party.state in UNANSWERED else None
    switch.end_call(turn, consult, main)


def established_too(turn: Turn, party: Party) -> None:
    """The party that waited for a blind transfer hears of the answer as well (1.7)."""
    for one in party.call.members():
        if one is not party and one.state in ESTABLISHED:
            tell(turn, PartyEstablished, one, None, side=one.side(party.call.other(one)))


TARGET, ORIGIN = DnRole.RoleDestination, DnRole.RoleOrigination
"""OtherDNRole after a transfer: who was consulted is the destination, whoever called whom."""


def _moving(turn: Turn, pair: Pair) -> list[Party]:
    """Who comes over from the consultation; nobody is member and observer of one call."""
    main, consult = pair.main.call, pair.consult.call
    for member in consult.members():
        stop_observing(turn, main, member.dn)
    for member in main.members():
        stop_observing(turn, consult, member.dn)
    return [party for party in consult.parties if party is not pair.consult]


def _becomes_one(main: Call, consult: Call, data: KVList) -> None:
    main.user_data = data
    main.joint_with = None
    main.first_transfer_conn_id = main.first_transfer_conn_id or main.conn_id
    main.last_transfer_conn_id = main.conn_id
    main.touch()


def _changed(
    turn: Turn,
    party: Party,
    others: list[Party],
    previous: ConnId,
    by: ThirdParty,
    state: CallState,
    other_role: DnRole | None = None,
) -> None:
    """The party is told whom it talks to now; several others are not named (1.9)."""
    others = [one for one in others if not one.is_observer]
    other = others[0] if len(others) == 1 else None
    tell(
        turn,
        PartyChanged,
        party,
        None,
        side=party.side(other, other_role),
        call_state=state,
        third=by,
        previous_conn_id=previous,
        because=None if other is not None else several(others),
    )


def several(parties: list[Party], because: Because | None = None) -> Because:
    """Extensions that list several parties, behind those of the request (BEHAVIOUR.md 1.9)."""
    pairs: list[tuple[str, str | int]] = [("NumOfOrigDNs", len(parties))]
    pairs += [(f"OrigDN-{n}", party.dn) for n, party in enumerate(parties, start=1)]
    listed = KVList(tuple(pairs))
    if because is None:
        return Because(extensions=listed)
    asked = because.extensions or EMPTY_KVLIST
    return Because(reasons=because.reasons, extensions=asked.appended(listed))


# -- conference ----------------------------------------------------------------------------------


def confer(switch: Switch, turn: Turn, pair: Pair, because: Because | None) -> None:
    """Bring the parties of the consultation into the main call."""
    main, consult = pair.main.call, pair.consult.call
    consult_side = pair.consult.side(consult.other(pair.consult))
    moved = _moving(turn, pair)
    there = [party for party in main.parties if party is not pair.main]
    retrieved_side = pair.main.side(main.other(pair.main))
    data = merged_data(switch, main, consult)
    leave(pair.consult)
    held = pair.main.state is PartyState.Held
    if held:
        pair.main.step(PartyInput.RETRIEVE)
    for party in moved:
        main.take_over(party)
    main.user_data = data
    main.joint_with = None
    main.touch()
    state = CallState.Conferenced
    tell(turn, PartyReleased, pair.consult, None, side=consult_side, call_state=state)
    if held:
        tell(turn, PartyRetrieved, pair.main, None, side=retrieved_side, call_state=state)
    added_by = ThirdParty(dn=pair.main.dn, role=DnRole.RoleAddedBy)
    for party in (pair.main, *there):
        _added(turn, party, moved, added_by, because if party is pair.main else None)
    by = ThirdParty(dn=pair.main.dn, role=DnRole.RoleConferencedBy)
    everybody = list(main.parties)
    for party in moved:
        others = [one for one in everybody if one is not party]
        _changed(turn, party, others, consult.conn_id, by, state)
    if switch.options.conf_requestor_partychanged:
        _changed(turn, pair.main, moved, main.conn_id, by, state)
    switch.end_call(turn, consult, main)


def _added(
    turn: Turn, party: Party, moved: list[Party], by: ThirdParty, because: Because | None
) -> None:
    moved = [one for one in moved if not one.is_observer]
    new = moved[0] if len(moved) == 1 else None
    side = Side(
        dn=party.dn,
        role=party.role,
        outside=party.device is None,
        other_dn=None if new is None else new.dn,
        other_role=None if new is None else DnRole.RoleNewParty,
        queue=party.queue,
    )
    tell(
        turn,
        PartyAdded,
        party,
        None,
        side=side,
        call_state=CallState.Conferenced,
        third=by,
        because=because if new is not None else several(moved, because),
    )


MERGES: Mapping[Purpose, Callable[[Switch, Turn, Pair, Because | None], None]] = {
    Purpose.TRANSFER: transfer,
    Purpose.CONFERENCE: confer,
}


# -- user data of the result (BEHAVIOUR.md 4.5) --------------------------------------------------


def _main_wins(main: KVList, consult: KVList) -> KVList:
    return main.appended(KVList(tuple(pair for pair in consult if not main.has(pair[0]))))


MERGED_DATA: Mapping[str, Callable[[KVList, KVList], KVList]] = {
    "main-only": lambda main, consult: main,
    "consult-only": lambda main, consult: consult,
    "merged-over-main": _main_wins,
    "merged-over-consult": userdata.overlaid,
}
"""``merged-user-data``: the list of the call that stays, from those of both."""


def merged_data(switch: Switch, main: Call, consult: Call) -> KVList:
    """The merged list; one over the limit keeps the main call's data, since none may be lost."""
    merged = MERGED_DATA[switch.options.merged_user_data](main.user_data, consult.user_data)
    try:
        userdata.check_size(merged, switch.options)
    except RequestRefused:
        return main.user_data
    return merged
