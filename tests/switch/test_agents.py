"""BEHAVIOUR.md 2.1, 2.3, 2.4: login, logout, ready, not ready, reservation, automatic logout."""

from typing import Any

import pytest

from tests.switch.bed import Bed
from tlibproto.vocabulary import AgentWorkMode, Dn, KVList
from tlibsim.config import AgentSettings, DnSettings, DnType
from tlibsim.switch.agent import AgentStatus
from tlibsim.switch.agents import logins
from tlibsim.switch.commands import (
    AgentLogin,
    AgentLogout,
    AgentNotReady,
    AgentReady,
    AnswerCall,
    Because,
    ReleaseCall,
    ReserveAgent,
    SessionLeft,
    SetOutOfService,
)
from tlibsim.switch.facts import (
    AgentBecameNotReady,
    AgentBecameReady,
    AgentLeftQueue,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentWasReserved,
)
from tlibsim.switch.refusals import Reason

QUEUE2 = DnSettings(dn="8100", type=DnType.QUEUE)
LUNCH = Because(reasons=KVList((("ReasonCode", "lunch"),)))


def login(dn: str = "7001", agent_id: str = "1001", **more: Any) -> AgentLogin:
    return AgentLogin(dn=Dn(dn), agent_id=agent_id, **more)


def ready(dn: str = "7001", **more: Any) -> AgentReady:
    return AgentReady(dn=Dn(dn), **more)


def not_ready(dn: str = "7001", **more: Any) -> AgentNotReady:
    return AgentNotReady(dn=Dn(dn), **more)


def logout(dn: str = "7001", **more: Any) -> AgentLogout:
    return AgentLogout(dn=Dn(dn), **more)


@pytest.mark.parametrize(
    ("mode", "second"),
    [
        (AgentWorkMode.AutoIn, AgentBecameReady),
        (AgentWorkMode.ManualIn, AgentBecameNotReady),
        (AgentWorkMode.Unknown, AgentBecameNotReady),
    ],
)
def test_a_login_is_told_and_then_ready_or_not_ready_by_its_work_mode(
    mode: AgentWorkMode, second: type
) -> None:
    facts = Bed().do(login(queue=Dn("8000"), work_mode=mode, because=LUNCH))

    assert facts == [
        AgentLoggedIn(
            dn=Dn("7001"), agent_id="1001", queue=Dn("8000"), work_mode=mode, because=LUNCH
        ),
        second(dn=Dn("7001"), agent_id="1001", queue=Dn("8000"), work_mode=mode),
    ]


def test_ready_and_not_ready_are_told_with_mode_and_reasons() -> None:
    bed = Bed()
    bed.log_in()

    mode = AgentWorkMode.AuxWork
    assert bed.do(not_ready(work_mode=mode, because=LUNCH)) == [
        AgentBecameNotReady(
            dn=Dn("7001"), agent_id="1001", queue=Dn("8000"), work_mode=mode, because=LUNCH
        )
    ]
    assert bed.do(ready()) == [
        AgentBecameReady(dn=Dn("7001"), agent_id="1001", queue=Dn("8000"), work_mode=0)
    ]


def test_a_change_of_reason_while_not_ready_is_told_again() -> None:
    bed = Bed()
    bed.log_in(work_mode=AgentWorkMode.ManualIn)

    bed.do(not_ready(because=LUNCH))
    bed.do(not_ready(because=Because(reasons=KVList((("ReasonCode", "meeting"),)))))

    assert [f.because.reasons for f in bed.duties() if f.because] == [
        KVList((("ReasonCode", "lunch"),)),
        KVList((("ReasonCode", "meeting"),)),
    ]


def test_ready_during_a_call_is_told_at_once() -> None:
    bed = Bed()
    bed.log_in(work_mode=AgentWorkMode.ManualIn)
    bed.talk("7001", "7002")

    assert [type(f) for f in bed.do(ready())] == [AgentBecameReady]


def test_a_logout_ends_the_login() -> None:
    bed = Bed()
    bed.log_in()

    facts = bed.do(logout(because=LUNCH))

    assert facts == [
        AgentLoggedOut(dn=Dn("7001"), agent_id="1001", queue=Dn("8000"), because=LUNCH)
    ]
    assert bed.refused(ready()) is Reason.AGENT_NOT_LOGGED_IN
    assert [type(f) for f in bed.do(login("7002"))] == [AgentLoggedIn, AgentBecameNotReady]


def test_leaving_one_of_several_queues_is_not_a_logout() -> None:
    bed = Bed(extra=[QUEUE2])
    bed.log_in()
    bed.log_in(queue="8100")

    left = bed.do(logout(queue=Dn("8000")))
    out = bed.do(logout(queue=Dn("8100")))

    assert left == [AgentLeftQueue(dn=Dn("7001"), agent_id="1001", queue=Dn("8000"))]
    assert out == [AgentLoggedOut(dn=Dn("7001"), agent_id="1001", queue=Dn("8100"))]


def test_the_same_login_again_is_told_again_and_changes_nothing() -> None:
    bed = Bed()
    bed.log_in()

    facts = bed.do(login(queue=Dn("8000"), work_mode=AgentWorkMode.ManualIn))

    assert [type(f) for f in facts] == [AgentLoggedIn]
    assert bed.switch.floor.agents["1001"].duty.ready


@pytest.mark.parametrize("command", [ready(), not_ready(), logout()])
def test_without_a_login_there_is_no_state_to_change(command: object) -> None:
    assert Bed().refused(command) is Reason.AGENT_NOT_LOGGED_IN


@pytest.mark.parametrize("make", [login, ready, not_ready, logout])
def test_a_queue_that_is_not_configured_is_refused(make: Any) -> None:
    bed = Bed()
    if make is not login:
        bed.log_in()

    assert bed.refused(make(queue=Dn("8999"))) is Reason.NOT_CONFIGURED


def test_a_telephone_is_no_queue_and_a_queue_no_telephone() -> None:
    bed = Bed()

    assert bed.refused(login(queue=Dn("7002"))) is Reason.WRONG_OBJECT
    assert bed.refused(login("8000")) is Reason.WRONG_OBJECT
    assert bed.refused(login("7777")) is Reason.NOT_CONFIGURED


def test_a_login_without_an_agent_id_is_refused() -> None:
    assert Bed().refused(login(agent_id="")) is Reason.INVALID_ATTRIBUTE


def test_one_agent_is_at_one_dn_and_one_dn_has_one_agent() -> None:
    bed = Bed()
    bed.log_in()

    assert bed.refused(login("7002", "1001")) is Reason.AGENT_ID_IN_USE
    assert bed.refused(login("7001", "1002")) is Reason.AGENT_LOGGED_IN


def test_relogin_replace_logs_the_old_agent_out_first() -> None:
    bed = Bed(relogin="replace")
    bed.log_in()

    facts = bed.do(login("7001", "1002"))

    assert [(type(f), f.agent_id) for f in facts] == [
        (AgentLoggedOut, "1001"),
        (AgentLoggedIn, "1002"),
        (AgentBecameNotReady, "1002"),
    ]


_SECRET = AgentSettings(login="1001", password="open")


@pytest.mark.parametrize(
    ("strict", "agent_id", "password", "why"),
    [
        ("false", "9999", None, None),
        ("true", "9999", None, Reason.AGENT_UNKNOWN),
        ("true", "1001", "wrong", None),
        ("passwd", "9999", "open", Reason.AGENT_UNKNOWN),
        ("passwd", "1001", "wrong", Reason.AGENT_PASSWORD),
        ("passwd", "1001", None, Reason.AGENT_PASSWORD),
        ("passwd", "1001", "open", None),
    ],
)
def test_agent_strict_id_says_which_logins_are_checked(
    strict: str, agent_id: str, password: str | None, why: Reason | None
) -> None:
    bed = Bed(agent_strict_id=strict, agents={"1001": _SECRET})
    command = login(agent_id=agent_id, password=password)

    if why is None:
        assert bed.do(command)
    else:
        assert bed.refused(command) is why


def test_more_agents_than_max_agents_are_refused() -> None:
    bed = Bed(max_agents=1)
    bed.log_in()

    assert bed.refused(login("7002", "1002")) is Reason.NO_LICENSE
    assert bed.do(login())


def test_nobody_logs_in_or_out_during_a_call_unless_allowed() -> None:
    bed = Bed()
    bed.log_in("7002")
    bed.talk("7001", "7002")

    assert bed.refused(login()) is Reason.INCORRECT_STATE
    assert bed.refused(logout("7002")) is Reason.INCORRECT_STATE


def test_with_agent_emu_login_on_call_views_of_the_call_name_the_agent() -> None:
    bed = Bed(agent_emu_login_on_call=True)
    conn_id = bed.talk("7001", "7002")

    def named() -> list[str | None]:
        return [party.agent_id for party in bed.view(conn_id).parties]

    bed.log_in()
    assert named() == ["1001", None]
    bed.do(logout())
    assert named() == [None, None]


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        (AgentWorkMode.AuxWork, AgentStatus.NOT_READY),
        (AgentWorkMode.AfterCallWork, AgentStatus.AFTER_CALL_WORK),
        (AgentWorkMode.WalkAway, AgentStatus.WALK_AWAY),
    ],
)
def test_the_status_follows_the_work_mode(mode: AgentWorkMode, status: AgentStatus) -> None:
    bed = Bed()
    bed.log_in()
    agent = bed.switch.floor.agents["1001"]

    assert agent.status is AgentStatus.READY
    bed.do(not_ready(work_mode=mode))
    assert agent.status is status


# Automatic logout.


@pytest.mark.parametrize("option", ["false", "true", "emu-only"])
@pytest.mark.parametrize("dn", [None, Dn("7001"), Dn("7003")])
def test_a_client_that_leaves_takes_its_agents_along_when_the_option_says_so(
    option: str, dn: Dn | None
) -> None:
    bed = Bed(agent_logout_on_unreg=option)
    bed.log_in("7001", session=1)
    bed.log_in("7002", session=2)

    facts = bed.do(SessionLeft(session=1, dn=dn))

    gone = ["1001"] if option != "false" and dn in (None, "7001") else []
    assert [(type(f), f.agent_id) for f in bed.duties()] == [
        (AgentLoggedOut, one) for one in gone
    ]
    assert len(facts) == len(gone)


def test_an_idle_agent_who_is_not_ready_is_logged_out_after_the_minutes() -> None:
    bed = Bed(auto_logout_timeout=2)
    bed.log_in(work_mode=AgentWorkMode.ManualIn)
    bed.wait(100)
    bed.do(not_ready())
    bed.facts.clear()

    assert not bed.wait(119)
    assert [type(f) for f in bed.wait(1)] == [AgentLoggedOut]


def test_a_call_keeps_an_agent_logged_in() -> None:
    bed = Bed(auto_logout_timeout=1)
    bed.log_in(work_mode=AgentWorkMode.ManualIn)
    conn_id = bed.talk("7001", "7002")
    bed.wait(600)
    assert not bed.duties()

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))
    bed.wait(60)

    assert [type(f) for f in bed.duties()] == [AgentLoggedOut]


@pytest.mark.parametrize("also_ready", [False, True])
def test_a_ready_agent_is_logged_out_only_with_auto_logout_ready(also_ready: bool) -> None:
    bed = Bed(auto_logout_timeout=1, auto_logout_ready=also_ready)
    bed.log_in()

    bed.wait(600)

    assert bool(bed.duties()) is also_ready


@pytest.mark.parametrize("option", [False, True])
def test_out_of_service_logs_the_agent_out_when_the_option_says_so(option: bool) -> None:
    bed = Bed(logout_on_out_of_service=option)
    bed.log_in()

    bed.do(SetOutOfService(dn=Dn("7001")))

    assert [type(f) for f in bed.duties()] == [AgentLoggedOut] * option


# Reservation.


@pytest.mark.parametrize("who", [{"dn": Dn("7001")}, {"agent_id": "1001"}, {"place": "P1"}])
def test_an_agent_is_reserved_by_dn_agent_id_or_place(who: dict[str, Any]) -> None:
    bed = Bed()
    bed.log_in("7002")
    bed.log_in("7001")

    facts = bed.do(ReserveAgent(seconds=5, priority=1, **who))

    assert facts == [AgentWasReserved(dn=Dn("7001"), agent_id="1001", seconds=5)]


def test_only_a_higher_priority_takes_a_reserved_agent_over() -> None:
    bed = Bed()
    bed.log_in()
    bed.do(ReserveAgent(agent_id="1001", priority=1))

    assert bed.refused(ReserveAgent(agent_id="1001", priority=1)) is Reason.AGENT_RESERVED
    assert bed.do(ReserveAgent(agent_id="1001", priority=2))
    assert bed.refused(ReserveAgent(agent_id="1001", priority=1)) is Reason.AGENT_RESERVED


def test_a_reservation_ends_with_its_own_time_and_not_with_that_of_an_earlier_one() -> None:
    bed = Bed()
    bed.log_in()
    bed.do(ReserveAgent(agent_id="1001", priority=1, seconds=5))
    bed.do(ReserveAgent(agent_id="1001", priority=2, seconds=10))

    bed.wait(9)
    assert bed.refused(ReserveAgent(agent_id="1001")) is Reason.AGENT_RESERVED
    bed.wait(1)
    assert bed.do(ReserveAgent(agent_id="1001"))


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ({}, Reason.INVALID_ATTRIBUTE),
        ({"dn": Dn("7777")}, Reason.NOT_CONFIGURED),
        ({"dn": Dn("7002")}, Reason.AGENT_NOT_LOGGED_IN),
        ({"agent_id": "1002"}, Reason.AGENT_NOT_LOGGED_IN),
        ({"dn": Dn("7001"), "agent_id": "1002"}, Reason.AGENT_NOT_LOGGED_IN),
        ({"agent_id": "1001", "place": "P2"}, Reason.AGENT_NOT_LOGGED_IN),
    ],
)
def test_who_is_not_there_cannot_be_reserved(who: dict[str, Any], why: Reason) -> None:
    bed = Bed()
    bed.log_in()

    assert bed.refused(ReserveAgent(**who)) is why


# From the start.


def test_configured_agents_log_in_where_the_configuration_says() -> None:
    agents = [
        AgentSettings(login="1001", dn="7001", state="ready", queues=("8000", "8100")),
        AgentSettings(login="1002", dn="7002", state="notready"),
        AgentSettings(login="1003"),
    ]
    bed = Bed(extra=[QUEUE2])

    for command in logins(agents):
        bed.do(command)

    there = bed.switch.floor.agents
    assert {name: (a.duty.ready, list(a.queues)) for name, a in there.items()} == {
        "1001": (True, ["8000", "8100"]),
        "1002": (False, []),
    }


def test_a_ringing_agent_names_itself_in_the_view_of_the_call() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = bed.inbound("7001")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert [party.agent_id for party in bed.view(conn_id).parties] == [None, "1001"]
