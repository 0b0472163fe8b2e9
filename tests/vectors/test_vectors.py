"""Every golden vector in both directions: whole, byte by byte, in two parts, in random cuts."""

import hashlib
import random
from typing import Any

import pytest

from tests.vectors.files import messages, payloads, streams, title
from tlibproto.codec import decode, encode
from tlibproto.errors import FrameTooLarge, MalformedFrame, ProtocolError
from tlibproto.framing import Addp, FrameDecoder, encode_addp, encode_frame
from tlibproto.jsonform import payload_from_json, payload_to_json, stream_to_json
from tlibproto.messages import evolve


def _cut(data: bytes, rng: random.Random) -> list[bytes]:
    parts = []
    while data:
        size = rng.choice((1, 2, 3, 5, 40, 1000, 20000))
        parts.append(data[:size])
        data = data[size:]
    return parts


def _units(parts: list[bytes]) -> list[bytes | Addp]:
    decoder = FrameDecoder()
    return [unit for part in parts for unit in decoder.feed(part)]


def test_the_vectors_are_all_there() -> None:
    assert (len(messages()), len(streams())) == (250, 12)


@pytest.mark.parametrize("vector", messages(), ids=title)
def test_a_payload_becomes_its_message_and_the_same_bytes_again(vector: dict[str, Any]) -> None:
    payload = bytes.fromhex(vector["payload"])
    message = decode(payload)
    assert type(message).__name__ == vector["message"]
    assert message.message_id == vector["id"]
    assert not message.extra
    assert encode(message) == payload


@pytest.mark.parametrize("vector", messages(), ids=title)
def test_encoding_chooses_the_bytes_of_the_client_by_itself(vector: dict[str, Any]) -> None:
    message = decode(bytes.fromhex(vector["payload"]))
    anew = type(message)(**dict(message.present()))
    assert anew == message
    if len({item["id"] for item in vector["attributes"]}) == len(vector["attributes"]):
        assert encode(anew).hex() == vector["payload"]
        assert message.source is None


@pytest.mark.parametrize("vector", messages(), ids=title)
def test_a_payload_has_the_json_form_of_its_vector(vector: dict[str, Any]) -> None:
    form = {key: vector[key] for key in ("message", "id", "attributes")}
    assert payload_to_json(bytes.fromhex(vector["payload"])) == form
    assert payload_from_json(form).hex() == vector["payload"]


@pytest.mark.parametrize("vector", messages(), ids=title)
def test_type_codes_that_are_not_named_are_those_of_the_client(vector: dict[str, Any]) -> None:
    attributes = [
        {"name": item["name"], "value": item["value"]} for item in vector["attributes"]
    ]
    form = {"message": vector["message"], "attributes": attributes}
    assert payload_from_json(form).hex() == vector["payload"]


@pytest.mark.parametrize("vector", [v for v in messages() if "packets" in v], ids=title)
def test_a_long_message_is_sent_in_the_packets_of_the_client(vector: dict[str, Any]) -> None:
    payload = bytes.fromhex(vector["payload"])
    stream = encode_frame(payload)
    sizes = []
    at = 0
    while at < len(stream):
        sizes.append(int.from_bytes(stream[at : at + 4], "big"))
        at += 4 + sizes[-1]
    assert sizes == vector["packets"]


def test_all_payloads_in_a_row_come_out_of_any_cut() -> None:
    rng = random.Random(1)
    sent: list[bytes | Addp] = []
    stream = b""
    for payload in payloads(20000):
        sent.append(payload)
        stream += encode_frame(payload)
        if rng.random() < 0.3:
            sent.append(Addp("P", rng.randbytes(3)))
            stream += encode_addp(*sent[-1])
    assert _units([stream]) == sent
    for _ in range(5):
        assert _units(_cut(stream, rng)) == sent


@pytest.mark.parametrize("vector", messages(), ids=title)
def test_a_message_comes_out_of_every_cut_in_two_and_a_tail_remains(
    vector: dict[str, Any],
) -> None:
    payload = bytes.fromhex(vector["payload"])
    stream = encode_frame(payload) + b"\0\0"
    for at in range(0, len(stream) + 1, 1 if len(stream) < 1000 else 997):
        decoder = FrameDecoder()
        units = [*decoder.feed(stream[:at]), *decoder.feed(stream[at:])]
        assert units == [payload]
        assert decoder.pending == 2


@pytest.mark.parametrize("vector", messages(), ids=title)
def test_a_payload_comes_out_byte_by_byte(vector: dict[str, Any]) -> None:
    payload = bytes.fromhex(vector["payload"])
    stream = encode_frame(payload)
    assert _units([stream[at : at + 1] for at in range(len(stream))]) == [payload]


@pytest.mark.parametrize("vector", streams(), ids=title)
def test_a_stream_gives_its_units_however_it_is_cut(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["stream"])
    rng = random.Random(len(data))
    cuts = [
        [data],
        [data[at : at + 1] for at in range(len(data))],
        *(_cut(data, rng) for _ in "abc"),
    ]
    for parts in cuts:
        found, error = _read(parts)
        assert found == vector["units"]
        assert (error is not None) == vector.get("reject", False)
        if error is not None:
            assert error.fatal
            assert isinstance(error, FrameTooLarge | MalformedFrame)


def _read(parts: list[bytes]) -> tuple[list[dict[str, Any]], ProtocolError | None]:
    decoder = FrameDecoder()
    found: list[dict[str, Any]] = []
    try:
        for part in parts:
            found.extend(_described(unit) for unit in decoder.feed(part))
    except ProtocolError as error:
        return found, error
    return found, None


def _described(unit: bytes | Addp) -> dict[str, Any]:
    if isinstance(unit, Addp):
        return {"unit": "addp", "kind": unit.kind, "argument": unit.argument.hex()}
    digest = hashlib.sha256(unit).hexdigest()
    return {"unit": "message", "length": len(unit), "sha256": digest}


@pytest.mark.parametrize("vector", streams(), ids=title)
def test_a_stream_has_the_json_form_of_its_vector(vector: dict[str, Any]) -> None:
    form = stream_to_json(bytes.fromhex(vector["stream"]))
    assert form["units"] == vector["units"]
    assert ("error" in form) == vector.get("reject", False)
    assert "incomplete" not in form


@pytest.mark.parametrize("vector", messages()[::3], ids=title)
def test_changing_one_field_changes_nothing_else_on_the_wire(vector: dict[str, Any]) -> None:
    payload = bytes.fromhex(vector["payload"])
    message = decode(payload)
    if message.reference_id is None:
        return
    changed = encode(evolve(message, reference_id=0x01020304))
    assert len(changed) == len(payload)
    differing = [at for at, byte in enumerate(payload) if changed[at] != byte]
    assert differing[-1] - differing[0] < 4
    assert decode(changed).reference_id == 0x01020304
