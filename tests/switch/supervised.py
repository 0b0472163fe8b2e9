"""What the tests of supervision begin with."""

from typing import Any

from tests.switch.bed import Bed
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.switch.commands import (
    AnswerCall,
    MonitorNextCall,
    SingleStepConference,
)

AGENT, BOSS = Dn("7001"), Dn("7004")


def watch(agent: str = AGENT, boss: str = BOSS, **attributes: Any) -> MonitorNextCall:
    return MonitorNextCall(dn=Dn(boss), agent=agent, **attributes)


def answer(bed: Bed, dn: str, conn_id: ConnId) -> None:
    bed.do(AnswerCall(dn=Dn(dn), conn_id=conn_id))


def supervised(bed: Bed, *, joined: bool = True, **attributes: Any) -> ConnId:
    """A call from outside to the agent with the supervisor in it; facts are forgotten."""
    bed.do(watch(**attributes))
    conn_id = bed.inbound(AGENT)
    answer(bed, AGENT, conn_id)
    if joined:
        answer(bed, BOSS, conn_id)
    bed.facts.clear()
    return conn_id


def conference(bed: Bed, **attributes: Any) -> ConnId:
    """The same with 7002 as a third party."""
    conn_id = supervised(bed, **attributes)
    bed.do(SingleStepConference(dn=AGENT, conn_id=conn_id, to="7002"))
    answer(bed, "7002", conn_id)
    bed.facts.clear()
    return conn_id
