"""Which messages of a log belong to a call."""

from tlibsim.logs.calls import calls_of, of_call
from tlibsim.logs.reading import LogReader

CONSULT = "00a1b2c3d4e50002"
MAIN = "00a1b2c3d4e50001"
OTHER = "00a1b2c3d4e50009"
TEXT = f"""\
09:00:00.000 Trc 04541 RequestInitiateTransfer received from [66] (00000e85 Desk 10.0.0.7:49280)
message RequestInitiateTransfer
\tAttributeThisDN\t'7001'
\tAttributeConnID\t{MAIN}
\tAttributeReferenceID\t5
@09:00:00.1000 [0] 8.1 distribute_event: message EventDialing
\tAttributeThisDN\t'7001'
\tAttributeConnID\t{CONSULT}
\tAttributeReferenceID\t5
@09:00:00.1000 [0] 8.1 distribute_event: message EventRinging
\tAttributeThisDN\t'7003'
\tAttributeConnID\t{OTHER}
@09:00:01.1000 [0] 8.1 distribute_event: message EventReleased
\tAttributeThisDN\t'7001'
\tAttributeConnID\t{CONSULT}
09:00:02.000 Trc 04541 RequestPrivateService received from [66] (00000e85 Desk 10.0.0.7:49280)
message RequestPrivateService
\tAttributeThisDN\t'7001'
\tAttributeConnID\t{MAIN}
\tAttributeReferenceID\t6
09:00:02.001 Trc 04542 EventACK sent to [66] (00000e85 Desk 10.0.0.7:49280)
message EventACK
\tAttributeReferenceID\t6
"""


def names(call: str) -> list[str]:
    messages = LogReader("a").read(TEXT.splitlines(keepends=True))
    return [one.name for one in of_call(messages, call)]


def test_a_consultation_belongs_to_the_call_it_was_begun_from() -> None:
    assert names(MAIN) == names(CONSULT)
    assert names(MAIN).count("EventReleased") == 1
    assert "EventRinging" not in names(MAIN)


def test_the_answer_to_a_request_of_the_call_belongs_to_it() -> None:
    assert names(MAIN)[-1] == "EventACK"


def test_a_call_that_is_not_there_has_no_message() -> None:
    assert names("0000000000000001") == []


def test_calls_are_told_in_the_order_in_which_they_appear() -> None:
    found = calls_of(LogReader("a").read(TEXT.splitlines(keepends=True)))

    assert list(found) == [MAIN, CONSULT, OTHER]
