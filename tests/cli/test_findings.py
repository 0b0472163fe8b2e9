"""What is said of a client, from documents of the control API."""

from collections.abc import Sequence
from typing import Any

from tlibsim.cli.findings import Document, headline, of_client, of_left

CLIENT: Document = {
    "client": 3,
    "name": "rec",
    "peer": "127.0.0.1:51844",
    "open": True,
    "addp": True,
    "addp_timeout_s": 10.0,
    "addp_client_s": None,
    "addp_polled": None,
    "dns": ["7001"],
    "modes": {"7001": "shared"},
}
NOW = "2026-01-01T00:01:00Z"
DNS: Sequence[Document] = [
    {"dn": "7001", "type": "DN", "enabled": True},
    {"dn": "7002", "type": "DN", "enabled": True},
    {"dn": "8001", "type": "Queue", "enabled": True},
]


def record(kind: str, second: int, *, client: int = 3, **more: Any) -> Document:
    who = [{"id": client, "name": "rec"}]
    at = f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z"
    return {"kind": kind, "t": at, "clients": who, **more}


def asked(message: str, **attributes: Any) -> Document:
    listed = [{"name": name, "value": value} for name, value in attributes.items()]
    kind = "answer" if message == "EventError" else "request"
    return record(kind, 5, message=message, attributes=listed)


def said(*records: Document, **changes: Any) -> list[str]:
    return [str(one) for one in of_client({**CLIENT, **changes}, records, DNS, NOW)]


def test_the_head_says_since_when_it_is_connected() -> None:
    head = headline(CLIENT, [record("connected", 1)], "2026-01-01T00:00:42Z")

    assert head == 'client "rec"  127.0.0.1:51844  connected 00:00:41'


def test_what_a_client_never_did_is_noted() -> None:
    assert said() == [
        "  ok    ADDP 10 s, no poll so far",
        "  ok    registered 7001 (shared)",
        "  note  never sent RequestStartCallMonitoring",
        "  note  7002 exists and is not registered",
        "  note  never sent RequestPrivateService",
    ]


def test_what_it_did_is_told() -> None:
    lines = said(
        asked("RequestStartCallMonitoring"),
        asked("RequestPrivateService", PrivateMsgID=3013),
        asked("RequestPrivateService", PrivateMsgID=3013),
        asked("RequestPrivateService", PrivateMsgID=3015),
        modes={"7001": "shared", "7002": "shared"},
    )

    assert "  ok    call monitoring started" in lines
    assert "  ok    sent RequestPrivateService: 3013 x 2, 3015 x 1" in lines
    assert not [line for line in lines if "note" in line]


def test_what_other_clients_did_is_not_taken_for_its_own() -> None:
    other = {**asked("RequestStartCallMonitoring"), "clients": [{"id": 4, "name": "rec"}]}

    assert "  note  never sent RequestStartCallMonitoring" in said(other)


def test_errors_are_counted_by_code() -> None:
    error = asked("EventError", ErrorCode=56, ErrorMessage="Invalid call state")

    assert "  warn  got EventError 56 (Invalid call state) x 2" in said(error, error)


def test_wrong_bytes_are_told_with_the_last_reason() -> None:
    wrong = record("wrong-bytes", 2, detail="no frame")

    assert "  warn  sent wrong bytes x 1: no frame" in said(wrong)


def test_a_client_that_registers_nothing_is_warned_of() -> None:
    assert "  warn  registered no DN: it gets no events" in said(modes={})


def test_a_client_without_addp_or_a_name_is_noted() -> None:
    lines = said(addp=False, addp_timeout_s=None, name="")

    assert "  note  does not use ADDP: a dead line is not noticed" in lines
    assert "  note  opened without an application name" in lines


def test_polls_of_both_sides_are_told_with_the_last_one() -> None:
    lines = said(addp_client_s=9.98, addp_polled="2026-01-01T00:00:57Z")

    assert lines[0] == "  ok    ADDP 10 s / 10 s, last poll 3 s ago"


def test_a_client_that_polls_alone_is_told() -> None:
    lines = said(addp_timeout_s=None, addp_client_s=5.0, addp_polled="2026-01-01T00:00:59Z")

    assert lines[0] == "  ok    ADDP 5 s / off at the server, last poll 1 s ago"


def test_modes_of_registrations_are_told_and_a_private_one_is_noted() -> None:
    lines = said(modes={"7001": "shared", "7002": "private", "8001": "shared"})

    assert "  ok    registered 7001, 8001 (shared), 7002 (private)" in lines
    assert "  note  nobody else can register 7002; a desktop needs its DN too" in lines


def test_a_connection_that_never_opened_is_warned_of() -> None:
    assert "  warn  connected, and never sent RequestRegisterClient" in said(open=False)


def test_a_client_that_stays_away_for_too_long_is_warned_of() -> None:
    lines = said(
        record("connected", 0, client=2),
        record("closed", 10, client=2),
        record("connected", 70),
    )

    warning = (
        "  warn  waits 60 s before it reconnects; the default switchover check allows 30 s"
    )
    assert lines[-1] == warning


def test_a_client_that_comes_back_soon_is_good() -> None:
    lines = said(
        record("connected", 0, client=2),
        record("closed", 10, client=2),
        record("connected", 12),
    )

    assert lines[-1] == "  ok    reconnected after 2.0 s"


def test_connections_side_by_side_are_no_absence() -> None:
    lines = said(
        record("connected", 0, client=2),
        record("connected", 1),
        record("closed", 10, client=2),
        record("connected", 80, client=4),
    )

    assert not [line for line in lines if "reconnect" in line]


def test_what_the_simulator_does_not_do_is_listed_with_the_way_to_the_table() -> None:
    lines = said(
        record("refusal", 5, message="RequestLoginMailBox", id=40, detail="unsupported: it"),
        record("refusal", 6, message="RequestLoginMailBox", id=40, detail="unsupported: it"),
        record("refusal", 7, message=None, id=500, detail="unsupported: UnknownMessage"),
        record("refusal", 8, message="RequestMakeCall", id=14, detail="not-registered: 7001"),
    )
    assert (
        "  note  not supported yet: RequestLoginMailBox x 2, message 500 x 1; "
        "what is: tlibsim coverage, or COVERAGE.md"
    ) in lines


WHY = "RequestAgentLogin: invalid-attribute: AgentID is missing or empty"
REFUSED: Document = {
    **asked("EventError", ErrorCode=53, ErrorMessage="Invalid attribute value"),
    "dn": "7001",
    "detail": WHY,
}
LINE = f"  warn  got EventError 53 (Invalid attribute value) at 7001 x 1: {WHY}"


def test_an_error_is_told_with_its_request_dn_and_reason() -> None:
    assert LINE in said(REFUSED)


def test_errors_of_an_earlier_connection_of_the_same_name_count() -> None:
    earlier = {**REFUSED, "clients": [{"id": 1, "name": "rec"}]}

    assert LINE in said(earlier)
    assert LINE not in said(earlier, name="other")


def test_errors_of_another_that_is_connected_with_the_same_name_do_not_count() -> None:
    other = {**REFUSED, "clients": [{"id": 4, "name": "rec"}]}

    found = [str(one) for one in of_client(CLIENT, [other], DNS, NOW, {4})]

    assert LINE not in found


def test_errors_of_a_client_that_has_left_are_told() -> None:
    ((head, found),) = of_left([], [REFUSED])

    assert head == 'client "rec"  not connected any more'
    assert [str(one) for one in found] == [LINE]


def test_of_those_that_have_left_only_the_one_that_was_asked_for_is_told() -> None:
    assert not list(of_left([], [REFUSED], "other"))
    assert not list(of_left([CLIENT], [REFUSED]))
