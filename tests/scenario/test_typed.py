"""Requests out of the words of a command line."""

import pytest

from tlibproto.messages import (
    Request,
    RequestDeletePair,
    RequestMakeCall,
    RequestPrivateService,
    RequestSendEvent,
)
from tlibproto.vocabulary import ConnId, Dn, KVList, MakeCallType, MessageId
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.typed import typed_request


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (
            ("makecall", "ThisDN=7001", "otherdn=7002", "MakeCallType=Regular"),
            RequestMakeCall(
                this_dn=Dn("7001"), other_dn="7002", make_call_type=MakeCallType.Regular
            ),
        ),
        (
            ("RequestMakeCall", "ud={a: x, n: 7}", "ThisDN="),
            RequestMakeCall(this_dn=Dn(""), user_data=KVList.of(a="x", n=7)),
        ),
        (
            ("MakeCall", "Extensions=[[k, '1'], [k, 1]]", "Location=a=b $c"),
            RequestMakeCall(extensions=KVList((("k", "1"), ("k", 1))), location="a=b $c"),
        ),
        (
            ("PrivateService", "PrivateMsgID=3013", "ConnID=00000000000000a1"),
            RequestPrivateService(private_msg_id=3013, conn_id=ConnId(0xA1)),
        ),
        (("DeletePair", "key=k"), RequestDeletePair(data_key="k")),
        (
            ("SendEvent", "event={EventUserEvent: {ThisDN: '7001', ud: {k: v}}}"),
            RequestSendEvent(
                user_event=int(MessageId.EventUserEvent),
                this_dn=Dn("7001"),
                user_data=KVList.of(k="v"),
            ),
        ),
    ],
)
def test_words_become_a_request(words: tuple[str, ...], request_: Request) -> None:
    assert typed_request(words[0], words[1:]) == request_


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("MakeCal",), "'MakeCal' is no request. Did you mean MakeCall?"),
        (
            ("MakeCall", "OtherDM=7"),
            "OtherDM is not an attribute of RequestMakeCall. Did you mean OtherDN?",
        ),
        (("MakeCall", "7001"), "7001 must be KEY=VALUE"),
        (("MakeCall", "MakeCallType=Reg"), "MakeCallType 'Reg' is no MakeCallType"),
        (("AnswerCall", "ConnID=$c1"), "ConnID has a $name, which stands for nothing here"),
        (("MakeCall", "ud={a: $x}"), "ud has a $name, which stands for nothing here"),
        (("AnswerCall", "ConnID=1"), "ConnID must be 16 hex digits"),
        (("MakeCall", "ud={"), "is not YAML"),
    ],
)
def test_wrong_words_are_refused_with_the_nearest(
    words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        typed_request(words[0], words[1:])

    assert sentence in caught.value.problems[0].sentence()
