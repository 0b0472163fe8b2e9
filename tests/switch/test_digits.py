"""DTMF from a DN and from outside (BEHAVIOUR.md 6, code 302)."""

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.switch.commands import AnswerCall, Because, HoldCall, PressDigits, SendDtmf
from tlibsim.switch.facts import DtmfSent
from tlibsim.switch.refusals import Reason


def answered_inbound(bed: Bed) -> ConnId:
    conn_id = bed.inbound("7001")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    bed.facts.clear()
    return conn_id


@pytest.mark.parametrize("digits", ["1", "0123456789*#", "ABCDabcd", "1,,2"])
def test_digits_are_told_to_the_dn_that_sent_them(digits: str) -> None:
    bed = Bed()
    conn_id = bed.talk()
    because = Because(reasons=KVList((("why", 1),)))

    (fact,) = bed.do(SendDtmf(dn=Dn("7001"), conn_id=conn_id, digits=digits, because=because))

    assert isinstance(fact, DtmfSent)
    assert fact.digits == digits
    assert fact.because == because
    assert pair(fact) == ("7001", "RoleOrigination", "7002", "RoleDestination", "Ok")


@pytest.mark.parametrize("digits", ["", "x", "1 2", "12E", "１"])
def test_anything_else_is_an_invalid_dtmf_string(digits: str) -> None:
    bed = Bed()
    command = SendDtmf(dn=Dn("7001"), conn_id=bed.talk(), digits=digits)

    assert bed.refused(command) is Reason.INVALID_DTMF


@pytest.mark.parametrize("dn", ["7001", "7002"])
def test_only_who_talks_sends_digits(dn: str) -> None:
    bed = Bed()
    conn_id = bed.ring()

    command = SendDtmf(dn=Dn(dn), conn_id=conn_id, digits="1")
    assert bed.refused(command) is Reason.INCORRECT_STATE


def test_a_holder_sends_no_digits_and_the_held_side_does() -> None:
    bed = Bed()
    conn_id = bed.talk()
    bed.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))

    command = SendDtmf(dn=Dn("7001"), conn_id=conn_id, digits="1")
    assert bed.refused(command) is Reason.INCORRECT_STATE
    bed.do(SendDtmf(dn=Dn("7002"), conn_id=conn_id, digits="1"))
    assert bed.story("7002") == ["DtmfSent"]


def test_a_stranger_sends_no_digits_into_a_call() -> None:
    bed = Bed()
    conn_id = bed.talk()

    command = SendDtmf(dn=Dn("7003"), conn_id=conn_id, digits="1")
    assert bed.refused(command) is Reason.NOT_ON_CALL
    unknown = SendDtmf(dn=Dn("7001"), conn_id=ConnId(99), digits="1")
    assert bed.refused(unknown) is Reason.INVALID_CONN_ID


def test_keys_pressed_outside_are_heard_and_not_told() -> None:
    bed = Bed()
    conn_id = answered_inbound(bed)

    assert bed.do(PressDigits(conn_id=conn_id, digits="12#")) == []
    assert bed.story("7001") == bed.story(CALLER) == []


def test_keys_pressed_outside_need_somebody_who_talks_there() -> None:
    bed = Bed()

    ringing = bed.inbound("7001")
    assert bed.refused(PressDigits(conn_id=ringing, digits="1")) is Reason.INCORRECT_STATE
    inside = bed.talk("7002", "7003")
    assert bed.refused(PressDigits(conn_id=inside, digits="1")) is Reason.INCORRECT_STATE
    unknown = PressDigits(conn_id=ConnId(99), digits="1")
    assert bed.refused(unknown) is Reason.INVALID_CONN_ID


@pytest.mark.parametrize("digits", ["", "hello"])
def test_keys_pressed_outside_are_keys(digits: str) -> None:
    bed = Bed()
    conn_id = answered_inbound(bed)

    assert bed.refused(PressDigits(conn_id=conn_id, digits=digits)) is Reason.INVALID_DTMF
