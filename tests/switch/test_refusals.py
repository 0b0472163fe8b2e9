"""Refusals and the two doors of the model: every command has a function, and says why not."""

from dataclasses import is_dataclass

import pytest

from tests.switch.bed import Bed
from tlibproto.vocabulary import Dn
from tlibsim.ports import site
from tlibsim.switch import commands
from tlibsim.switch.commands import MakeCall
from tlibsim.switch.perform import COMMANDS, perform
from tlibsim.switch.refusals import Reason, RequestRefused


def test_every_command_has_a_function() -> None:
    exported = {getattr(commands, name) for name in commands.__all__}
    declared = {one for one in exported if is_dataclass(one)}

    told = {
        *(site.LegOffered, site.LegTaken, site.LegAnswered, site.LegEnded, site.LegData),
        *(site.LegsKnown, site.SiteReached, site.SiteLost),
    }
    assert set(COMMANDS) == declared - {commands.Because} | told


def test_a_refusal_names_its_reason_and_the_detail_for_people() -> None:
    bed = Bed()

    with pytest.raises(RequestRefused, match="invalid-calling-dn: 7999 is not configured"):
        perform(bed.switch, MakeCall(dn=Dn("7999"), to="7001"), bed.now)


def test_a_refusal_may_have_no_detail() -> None:
    assert str(RequestRefused(Reason.NO_SWITCH)) == "no-switch"


def test_a_device_that_is_configured_and_enabled_can_be_looked_at() -> None:
    bed = Bed()

    assert bed.switch.device("7001") is not None
    assert bed.switch.device("7999") is None


def test_calls_are_listed_in_the_order_in_which_they_began() -> None:
    bed = Bed()
    ids = [bed.ring(), bed.inbound("7003"), bed.ring("7004", "95550001")]

    assert [view.conn_id for view in bed.switch.views()] == ids


def test_the_view_of_a_call_is_made_once_until_something_changes() -> None:
    bed = Bed()
    conn_id = bed.ring()

    assert bed.switch.call(conn_id) is bed.switch.call(conn_id)
    before = bed.switch.call(conn_id)
    bed.do(commands.AnswerCall(dn=Dn("7002"), conn_id=conn_id))
    assert bed.switch.call(conn_id) is not before
