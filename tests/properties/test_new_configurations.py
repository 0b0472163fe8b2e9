"""Whatever the configuration becomes while calls go on, no call is touched and nothing is left."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.switch.bed import Bed
from tlibproto.vocabulary import Dn
from tlibsim.config import DnSettings, DnType
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    HoldCall,
    MakeCall,
    Reconfigure,
    ReleaseCall,
)
from tlibsim.switch.perform import perform
from tlibsim.switch.refusals import RequestRefused

DNS = ("7001", "7002", "7003", "7004", "8000", "7099")
TYPES = (DnType.DN, DnType.QUEUE, DnType.POSITION)
_dns = st.sampled_from(DNS)
_place = st.builds(
    lambda kind, enabled, record: (kind, enabled, record),
    st.sampled_from((None, *TYPES)),
    st.sampled_from((True, True, True, False)),
    st.booleans(),
)
_acts = st.one_of(
    st.tuples(st.just("call"), _dns, _dns),
    st.tuples(st.just("inbound"), _dns, _dns),
    st.tuples(st.sampled_from(("answer", "hold", "release")), _dns, _dns),
    st.tuples(st.just("configure"), st.dictionaries(_dns, _place, max_size=4)),
)


def configuration(bed: Bed, places: dict[str, tuple[DnType | None, bool, bool]]) -> Reconfigure:
    """The present configuration with some DNs gone (None), disabled or of another type."""
    dns = dict(bed.switch.configured)
    for dn, (kind, enabled, record) in places.items():
        if kind is None:
            dns.pop(dn, None)
            continue
        found = DnSettings(dn=dn, type=kind, enabled=enabled)
        dns[dn] = replace(found, options=replace(found.options, record=record))
    return Reconfigure(
        dns=dns, agents=bed.switch.floor.settings, options=bed.switch.options, numbers={}
    )


def act(bed: Bed, name: str, dn: str, other: str) -> None:
    """Something that a person does; what the switch refuses does not happen."""
    command: object
    if name == "call":
        command = MakeCall(dn=Dn(dn), to=other)
    elif name == "inbound":
        command = ArriveInbound(caller="15550001", to=Dn(dn))
    else:
        device = bed.switch.devices.get(Dn(dn))
        if device is None or not device.parties:
            return
        conn_id = device.parties[0].call.conn_id
        kinds = {"answer": AnswerCall, "hold": HoldCall, "release": ReleaseCall}
        command = kinds[name](dn=Dn(dn), conn_id=conn_id)
    try:
        perform(bed.switch, command, bed.now)
    except RequestRefused:
        return


def everybody_leaves(bed: Bed) -> None:
    for _ in range(100):
        if not bed.switch.calls:
            return
        party = next(
            one
            for call in bed.switch.calls.values()
            for one in call.parties
            if one.device is not None
        )
        command = ReleaseCall(dn=Dn(party.dn), conn_id=party.call.conn_id)
        perform(bed.switch, command, bed.now)
    raise AssertionError(bed.switch.views())


@given(st.lists(_acts, max_size=25))
def test_no_call_is_touched_and_in_the_end_the_switch_is_what_is_configured(
    acts: list[tuple[object, ...]],
) -> None:
    bed = Bed()
    for one in acts:
        if one[0] == "configure":
            before = bed.switch.views()
            perform(bed.switch, configuration(bed, one[1]), bed.now)  # type: ignore[arg-type]
            assert bed.switch.views() == before
        else:
            act(bed, *one)  # type: ignore[arg-type]

    everybody_leaves(bed)

    assert bed.switch.leaving == {}
    assert list(bed.switch.devices) == list(bed.switch.configured)
    for dn, device in bed.switch.devices.items():
        assert device.settings == bed.switch.configured[dn]
        assert not device.leaving
