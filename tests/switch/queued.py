"""What the tests of queues look at."""

from tests.switch.bed import Bed
from tlibproto.vocabulary import ConnId, Dn, PartyState
from tlibsim.config import DnSettings, DnType

QUEUE = Dn("8000")
QUEUE2 = DnSettings(dn="8100", type=DnType.QUEUE)


def rings_at(bed: Bed) -> dict[ConnId, str]:
    """Where each call rings."""
    return {
        call.conn_id: party.dn
        for call in bed.switch.calls.values()
        for party in call.parties
        if party.state is PartyState.Alerting and party.device is not None
    }


def waiting(bed: Bed, queue: str = "8000") -> list[ConnId]:
    device = bed.switch.devices[Dn(queue)]
    return [p.call.conn_id for p in device.parties if p.state is PartyState.Queued]
