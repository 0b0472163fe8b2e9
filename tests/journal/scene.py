"""A short story for questions to the journal: two desks, a call, user data, a recording."""

from tests.session.exchange import Exchange
from tlibproto.messages import RequestPrivateService, RequestUpdateUserData
from tlibproto.vocabulary import ConnId, KVList, PrivateServiceId
from tlibsim.journal.records import Record, records


class Scene:
    """What happened, as records; ``conn_id`` is the one call in it."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        desk = self.exchange.open("7001", name="desk")
        wall = self.exchange.open("7002", name="wall")
        self.conn_id: ConnId = self.exchange.talk(desk, wall)
        desk.ask(
            RequestUpdateUserData(
                this_dn="7001",
                conn_id=self.conn_id,
                user_data=KVList.of(account="A-77", priority=5),
            )
        )
        desk.ask(
            RequestPrivateService(
                private_msg_id=PrivateServiceId(3014), this_dn="7001", conn_id=self.conn_id
            )
        )

    def records(self) -> tuple[Record, ...]:
        return tuple(records(self.exchange.journal))
