"""Hex dumps as people paste them, and the tree that is made of them."""

import pytest

from tlibproto.explain import explain, explain_dump
from tlibproto.framing import encode_addp, encode_frame
from tlibproto.hexdump import read_dumps

REGISTRATION = bytes.fromhex(
    "03000000000000000073001474736572766572"
    "2070726f746f636f6c20342e320000006c69000000000000004073000c70726f62652d636c69656e74"
)


def _xxd(data: bytes) -> str:
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        words = " ".join(row[i : i + 2].hex() for i in range(0, len(row), 2))
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{at:08x}: {words:<39}  {text}")
    return "\n".join(lines)


def _canonical(data: bytes) -> str:
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{at:08x}  {row[:8].hex(' ')}  {row[8:].hex(' '):<23}  |{text}|")
    return "\n".join([*lines, f"{len(data):08x}"])


def _wireshark(data: bytes) -> str:
    rows = ((at, data[at : at + 16]) for at in range(0, len(data), 16))
    return "\n".join(f"{at:04x}   {row.hex(' ')}   ..ab de" for at, row in rows)


def _described(data: bytes) -> str:
    rows = (data[at : at + 16] for at in range(0, len(data), 16))
    return "\n".join(f"    {row.hex(' ')}   ThisDN and so on" for row in rows)


DUMPS = {
    "plain": REGISTRATION.hex(),
    "upper": REGISTRATION.hex().upper(),
    "spaced": REGISTRATION.hex(" "),
    "colons": REGISTRATION.hex(":"),
    "prefixed": ", ".join(f"0x{byte:02x}" for byte in REGISTRATION),
    "escaped": "".join(f"\\x{byte:02x}" for byte in REGISTRATION),
    "words": REGISTRATION.hex(" ", 4),
    "xxd": _xxd(REGISTRATION),
    "hexdump": _canonical(REGISTRATION),
    "wireshark": _wireshark(REGISTRATION),
    "description": _described(REGISTRATION),
    "quoted": f'"{REGISTRATION.hex()}"',
    "commented": f"# a registration\n{REGISTRATION.hex()}",
}


@pytest.mark.parametrize("form", DUMPS)
def test_a_dump_is_read_in_the_form_in_which_it_is_pasted(form: str) -> None:
    assert read_dumps(DUMPS[form]) == [REGISTRATION]


def test_a_line_with_an_offset_of_its_own_is_read() -> None:
    assert read_dumps("0000   00 00 00 00 5f   ...._") == [bytes.fromhex("000000005f")]
    assert read_dumps("00000000: 0000 0000 5f  ...._") == [bytes.fromhex("000000005f")]


def test_words_that_happen_to_look_like_offsets_are_bytes() -> None:
    assert read_dumps("00000005 00000000\n5f") == [bytes.fromhex("00000005000000005f")]
    assert read_dumps("00000000 5f") == [bytes.fromhex("000000005f")]


def test_blank_lines_part_dumps() -> None:
    assert read_dumps("00 00\n\n\n01\n02\n \n") == [b"\0\0", b"\1\2"]


@pytest.mark.parametrize("text", ["", "hello", "# only a comment"])
def test_a_text_without_hex_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="no hexadecimal"):
        read_dumps(text)
    assert list(explain_dump(text)) == ["!! there is no hexadecimal to read"]


def test_a_payload_is_a_tree_with_offsets() -> None:
    payload = bytes.fromhex(
        "080000003c 00000009 6c 00a1b2c3d4e5f601 00000036 69 00000002"
        "00000014 73 0004 37303032 0000003f 62 0003 02 00000094 6c 0000000000000005"
        "000003e7 62 0003 ff 00000043 69 00000000"
        "00000033 62 0026 0003 03 0003 737562 000b 000b 0001 00 0001 78 0001 79"
        "80 0001 6c 00000001 76 02 0001 62 0000"
    )
    assert explain(payload).splitlines() == [
        "000000  EventRinging (60), 8 attributes",
        "000005    ConnID (9) l = 00a1b2c3d4e5f601",
        "000012    CallType (54) i = 2 Inbound",
        '00001b    ThisDN (20) s = "7002"',
        "000026    Capabilities (63) b = RequestQueryServer",
        "00002e    EventSequenceNumber (148) l = 5",
        "00003b    attribute 999 (999) b = ff",
        "000043    ForwardMode (67) i = 0 None",
        "00004c    UserData (51) b = a list of 3",
        '000055        "sub" list',
        '000061          "x" str = "y"',
        '000068        "l" str long = "v"',
        '000071        "b" bin = nothing',
    ]


def test_values_of_every_kind_are_shown() -> None:
    payload = bytes.fromhex(
        "020000003c 00000033 62 0016 0002 01 0001 6e 0004 fffffffe 04 0001 77 0002 00e9"
        "0000003f 62 0002"
    )
    lines = explain(payload).splitlines()
    assert lines[2].endswith('"n" int = -2')
    assert lines[3].endswith('"w" wstr = "é"')
    assert lines[4].endswith("Capabilities (63) b = nothing")


def test_long_values_are_cut() -> None:
    long = encode_frame(bytes.fromhex("010000003c 00000001 73 0100") + b"A" * 256)
    assert '"AAAA' in explain(long)
    assert "... (256 characters)" in explain(long)
    raw = bytes.fromhex("010000003c 000003e7 62 0102") + bytes(256)
    assert "... (256 bytes)" in explain(raw)


def test_a_stream_shows_its_packets() -> None:
    long = bytes.fromhex("010000003c 00000001 73 4000") + b"A" * 0x4000
    stream = encode_addp("I", b"\0\x0f\xa0") + encode_frame(REGISTRATION) + encode_frame(long)
    lines = explain(stream + encode_addp("z") + b"\0\0").splitlines()
    assert lines[0] == "000000  ADDP 'I' init, argument 00 0f a0"
    assert lines[1] == "packet at 000006, 60 bytes"
    assert lines[2] == "000000  RequestRegisterClient (0), 3 attributes"
    assert lines[6] == "000046  extension packet, a message of 16396 bytes follows"
    assert lines[7] == "000066  part of 16380 bytes"
    assert lines[8] == "004066  part of 16 bytes"
    assert lines[9] == "000000  EventRinging (60), 1 attribute"
    assert "ADDP 'z' of an unknown kind" in lines[11]
    assert lines[12].endswith("!! 2 bytes are no packet: 00 00")


def test_parts_that_are_too_many_are_shown() -> None:
    stream = (
        encode_frame(bytes(16381))[:32] + encode_frame(bytes(16380)) + encode_frame(bytes(9))
    )
    assert "!! the parts have 8 bytes too many" in explain(stream)


def test_what_is_wrong_stands_where_it_is_wrong() -> None:
    lines = explain(bytes.fromhex("030000003c 00000003 69 00000001 00000014 74")).splitlines()
    assert lines[1] == "000005    CallID (3) i = 1"
    assert lines[2] == (
        "000012    !! ThisDN: the type code 74 does not exist (closes the connection)"
    )


def test_a_broken_list_does_not_hide_what_follows() -> None:
    payload = bytes.fromhex(
        "020000003c 00000033 62 0009 0001 09 0000 0000 00000003 69 00000001"
    )
    lines = explain(payload).splitlines()
    assert lines[1] == "000005    UserData (51) b is broken"
    assert (
        lines[2] == "00000e    !! UserData[0]: the kind 09 does not exist (spoils this message)"
    )
    assert lines[3] == "000013    CallID (3) i = 1"


def test_surplus_bytes_and_unknown_messages_are_shown() -> None:
    lines = explain(bytes.fromhex("00000000c8 ffff")).splitlines()
    assert lines == [
        "packet at 000000, 0 bytes",
        "000000    !! a payload of 0 bytes has no message type (spoils this message)",
        "000004  !! 3 bytes are no packet: c8 ff ff",
    ]
    lines = explain(bytes.fromhex("01000000c8 00000002 69 00000001 ffff")).splitlines()
    assert lines[0] == "000000  a message nobody knows (200), 1 attribute"
    assert lines[2] == "00000e    2 surplus bytes: ff ff"


def test_the_character_set_is_asked_for() -> None:
    payload = bytes.fromhex("010000003c 00000014 73 0001 e9")
    assert explain(payload, "latin-1").endswith('= "é"')
    assert explain(payload).endswith('= "\udce9"')
    assert list(explain_dump(payload.hex() + "\n\n" + payload.hex()))[1].startswith("\n")
