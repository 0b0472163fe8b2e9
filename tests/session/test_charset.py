"""One character set per listener (WIRE.md 3.1)."""

from tests.session.exchange import Exchange
from tlibproto.messages import RequestAttachUserData, RequestMakeCall
from tlibproto.vocabulary import KVList, WideText
from tlibsim.config import DnSettings


def test_text_goes_out_in_the_character_set_of_each_connection() -> None:
    exchange = Exchange()
    utf8 = exchange.open("7001")
    latin = exchange.open("7001", charset="iso-8859-1")

    utf8.ask(
        RequestMakeCall(
            this_dn="7001", other_dn="7002", user_data=KVList((("ville", "Orléans"),))
        )
    )

    assert "Orléans".encode() in utf8.raw
    assert "Orléans".encode("iso-8859-1") in latin.raw
    assert latin.take()[0].user_data == utf8.take()[0].user_data


def test_text_comes_in_in_the_character_set_of_its_connection() -> None:
    exchange = Exchange()
    utf8 = exchange.open("7001")
    cyrillic = exchange.open("7002", charset="windows-1251")
    conn_id = exchange.talk(utf8, cyrillic)

    cyrillic.ask(
        RequestAttachUserData(
            this_dn="7002", conn_id=conn_id, user_data=KVList((("город", "Москва"),))
        )
    )

    assert utf8.take()[0].user_data == KVList((("город", "Москва"),))


def test_what_does_not_fit_is_a_question_mark_and_nothing_breaks() -> None:
    exchange = Exchange()
    utf8 = exchange.open("7001")
    latin = exchange.open("7001", charset="iso-8859-1")

    utf8.ask(
        RequestMakeCall(this_dn="7001", other_dn="7002", user_data=KVList((("k", "中é"),)))
    )

    assert latin.take()[0].user_data == KVList((("k", "?é"),))
    assert not exchange.journal.broken


def test_wide_text_is_the_same_on_every_connection() -> None:
    exchange = Exchange()
    utf8 = exchange.open("7001")
    latin = exchange.open("7001", charset="iso-8859-1")
    data = KVList((("k", WideText("中😀")),))

    utf8.ask(RequestMakeCall(this_dn="7001", other_dn="7002", user_data=data))

    assert latin.take()[0].user_data == data


def test_bytes_that_are_no_text_come_back_as_they_came() -> None:
    exchange = Exchange()
    one, other = exchange.open("7001"), exchange.open("7001")
    data = KVList((("k", "\udcff\udcfe"),))

    one.ask(RequestMakeCall(this_dn="7001", other_dn="7002", user_data=data))

    assert b"\x00\x01k\x00\x02\xff\xfe" in other.raw


def test_a_dn_may_be_written_in_any_character_set() -> None:
    exchange = Exchange(extra=[DnSettings(dn="Bürö")])
    latin = exchange.open("Bürö", charset="iso-8859-1")

    assert latin.ask(RequestMakeCall(this_dn="Bürö", other_dn="7001")).this_dn == "Bürö"


def test_an_answer_is_in_the_character_set_of_who_asked() -> None:
    exchange = Exchange()
    latin = exchange.open(charset="iso-8859-1")

    error = latin.ask(RequestMakeCall(this_dn="Zoë", other_dn="7001"))

    assert error.this_dn == "Zoë"
    assert "Zoë".encode("iso-8859-1") in latin.raw
