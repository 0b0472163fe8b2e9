"""Logs become scenarios: causes, types, times, names for what varies, what could not be mapped."""

import yaml

from tests.logs.texts import SERVER
from tlibsim.logs.fromlog import FromLogOptions, WrittenScenario, scenario_of
from tlibsim.logs.reading import LogReader
from tlibsim.logs.redaction import NO_RULES
from tlibsim.scenario.program import parts

ENDED = """\
@09:41:34.7304 [0] 8.1.001.05 distribute_event: message EventReleased
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'4155550100'
\tAttributeCallState\t0
\tAttributeConnID\t00a1b2c3d4e50001
"""


def written(text: str, call: str = "", *, redact: bool = False) -> WrittenScenario:
    messages = list(LogReader("old.log").read(text.splitlines(keepends=True)))
    rules = FromLogOptions(name="made").rules if redact else NO_RULES
    return scenario_of(messages, FromLogOptions(name="made", call=call, rules=rules))


def steps(text: str) -> list[dict[str, object]]:
    made = written(text)
    parts(made.text, "made.yaml")
    found = yaml.safe_load(made.text)["scenarios"][0]["steps"]
    assert isinstance(found, list)
    return found


def test_a_call_comes_in_is_answered_by_request_and_ends_outside() -> None:
    found = [step for step in steps(SERVER + ENDED) if "do" in step]

    assert [step["do"] if isinstance(step["do"], str) else "ask" for step in found] == [
        "inbound",
        "ask",
        "hangup",
    ]
    assert found[1]["do"] == {
        "client": "Agent-Desktop",
        "request": "AnswerCall",
        "ThisDN": "${agent_dn}",
        "ConnID": "$c1",
    }
    assert found[2]["by"] == "remote"


def test_values_keep_their_types_and_their_order() -> None:
    assert steps(SERVER)[0]["userdata"] == [
        ["segment", "gold"],
        ["score", 17],
        ["inner", [["a", "b"]]],
        ["after", "list"],
    ]


def test_times_are_relative() -> None:
    assert [step["after"] for step in steps(SERVER + ENDED) if "after" in step] == [
        "4.18s",
        "30s",
    ]


def test_what_varies_becomes_a_variable() -> None:
    made = written(SERVER.replace("'segment'\t'gold'", "'account'\t'A-77'"))

    assert made.parameters == ("caller", "account", "agent_dn")
    assert 'account: "A-77"' in made.text
    assert made.text.count("A-77") == 1


def test_somebody_picks_up_where_no_request_explains_it() -> None:
    start = SERVER.index("09:41:04.720 Trc")
    end = SERVER.index("@09:41:04.7304")
    found = [step for step in steps(SERVER[:start] + SERVER[end:]) if "do" in step]

    assert [step["do"] for step in found] == ["inbound", "answer"]


def test_a_number_is_hidden_everywhere_in_the_scenario() -> None:
    made = written(SERVER, redact=True)

    assert "4155550100" not in made.text
    assert made.redacted == "1 phone number (same pseudonym everywhere)"


def test_what_has_no_counterpart_is_kept_as_a_comment_with_its_line() -> None:
    odd = SERVER.replace("RequestAnswerCall", "RequestSetCallAttributes")
    made = written(odd)

    (lost,) = made.lost
    assert (lost.message.name, lost.message.line) == ("RequestSetCallAttributes", 16)
    assert "# not mapped: RequestSetCallAttributes (line 16)" in made.text
    parts(made.text, "made.yaml")


def test_a_text_that_would_mean_something_else_is_not_written() -> None:
    made = written(SERVER.replace("'gold'", "'$gold'"))

    assert made.lost
    parts(made.text, "made.yaml")


def test_texts_with_quotes_and_control_characters_are_yaml() -> None:
    made = written(SERVER.replace("'gold'", "'a\"b\\c\x07 \u00e9\u2028'"))

    (scenario,) = yaml.safe_load(made.text)["scenarios"]
    assert scenario["steps"][0]["userdata"][0] == ["segment", 'a"b\\c\x07 \u00e9\u2028']


BUSY_AND_FREE = """\
09:00:00.000 Trc 04541 RequestMakeCall received from [66] (00000e85 Desk 10.0.0.7:49280)
message RequestMakeCall
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'7002'
\tAttributeReferenceID\t5
@09:00:00.1000 [0] 8.1 distribute_event: message EventDialing
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'7002'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t5
@09:00:00.2000 [0] 8.1 distribute_event: message EventDestinationBusy
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'7002'
\tAttributeConnID\t00a1b2c3d4e50001
09:00:09.000 Trc 04541 RequestMakeCall received from [66] (00000e85 Desk 10.0.0.7:49280)
message RequestMakeCall
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'7002'
\tAttributeReferenceID\t6
@09:00:09.1000 [0] 8.1 distribute_event: message EventDialing
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'7002'
\tAttributeConnID\t00a1b2c3d4e50002
\tAttributeReferenceID\t6
@09:00:09.2000 [0] 8.1 distribute_event: message EventRinging
\tAttributeThisDN\t'7002'
\tAttributeOtherDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50002
"""


def test_a_telephone_that_was_busy_is_free_before_it_rings() -> None:
    found = [step["do"] for step in steps(BUSY_AND_FREE) if "do" in step]

    words = [one if isinstance(one, str) else one["request"] for one in found]
    assert words == ["busy", "MakeCall", "idle", "MakeCall"]


def test_a_pause_that_was_lost_is_asked_for_and_its_resume_is_not_expected_to_fail() -> None:
    asked = """\
09:41:{at}.000 Trc 04541 RequestPrivateService received from [66] (00000e85 Desk 10.0.0.7:49280)
message RequestPrivateService
\tAttributePrivateMsgID\t{number}
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t{at}
"""
    refused = """\
@09:41:21.1000 [0] 8.1 send_to_client: message EventError
\tAttributeErrorCode\t496
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t20
"""
    text = (
        SERVER + asked.format(at=10, number=3014) + asked.format(at=20, number=3016) + refused
    )
    made = written(text)

    (lost,) = made.wanted
    assert (lost.message.line, lost.because, lost.number) == (28, 34, 3015)
    assert made.remarks == ("recording paused once",)
    stopped, resumed = (step for step in steps(text) if "PrivateMsgID" in str(step))
    assert stopped["expect"][0]["msgid"] == 3015
    assert "expect" not in resumed


def test_what_is_started_again_before_the_resume_is_no_lost_pause() -> None:
    head = "09:41:1{at}.000 Trc 04541 RequestPrivateService received from [66] (00000e85 D 1.1.1.1:1)\n"
    body = "message RequestPrivateService\n\tAttributePrivateMsgID\t{number}\n\tAttributeThisDN\t'7001'\n"
    text = SERVER + "".join(
        (head + body).format(at=at, number=number)
        for at, number in enumerate((3014, 3013, 3016))
    )

    assert written(text).wanted == ()
