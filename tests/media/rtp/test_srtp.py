"""SDES keys and the ciphers behind them: fresh, hidden, and as RFC 4568 writes them."""

import sys

import pytest

from tlibsim.media.rtp.packet import (
    Goodbye,
    ReceiverReport,
    RtpPacket,
    encode_reports,
    encode_rtp,
)
from tlibsim.media.rtp.srtp import (
    MasterKey,
    SrtpError,
    available,
    fresh_key,
    opener,
    protector,
    read_inline,
)

PACKET = encode_rtp(
    RtpPacket(payload_type=0, sequence=1, timestamp=2, ssrc=3, payload=bytes(160))
)
KEY = MasterKey(bytes(range(30)))


def test_a_key_is_written_as_the_rfc_has_it_and_read_again() -> None:
    assert KEY.inline == "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
    assert read_inline(KEY.inline) == KEY


def test_a_lifetime_and_an_mki_are_left_aside() -> None:
    assert read_inline(f"{KEY.inline}|2^20|1:4") == KEY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AAEC", "does not begin with inline"),
        ("inline:AAEC!", "no base64"),
        ("inline:AAEC", "has 30 bytes, this has 3"),
    ],
)
def test_what_is_no_key_says_why_and_does_not_show_it(text: str, words: str) -> None:
    with pytest.raises(SrtpError, match=words) as caught:
        read_inline(text)
    assert "AAEC" not in str(caught.value)


def test_a_key_is_never_shown() -> None:
    key = fresh_key()

    assert repr(key) == "MasterKey()"


def test_every_key_is_another() -> None:
    assert len({fresh_key().octets for _ in range(20)}) == 20


def test_what_one_side_secures_the_other_opens() -> None:
    pytest.importorskip("pylibsrtp")
    secured = protector(KEY).protect(PACKET)

    assert secured[12:172] != PACKET[12:]
    assert opener(KEY).unprotect(secured) == PACKET
    assert available()


def test_a_report_is_secured_as_well() -> None:
    pytest.importorskip("pylibsrtp")
    report = encode_reports(ReceiverReport(ssrc=3), Goodbye(ssrcs=(3,)))

    assert opener(KEY).unprotect_rtcp(protector(KEY).protect_rtcp(report)) == report


def test_another_key_opens_nothing() -> None:
    pytest.importorskip("pylibsrtp")
    secured = protector(KEY).protect(PACKET)

    with pytest.raises(SrtpError, match="cannot be opened"):
        opener(fresh_key()).unprotect(secured)


def test_without_the_library_the_error_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pylibsrtp", None)

    assert not available()
    with pytest.raises(SrtpError, match=r"pip install 'tlibsim\[srtp\]'"):
        protector(KEY)
