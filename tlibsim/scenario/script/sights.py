"""What expressions see of a switch: calls, recordings, DNs, clients, as plain values.

    call.user_data.GSIP_RECORD      recording.state      dns["7001"].agent      calls[0].parties

``call`` and ``recording`` are the newest ones; they are None while there is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum, IntEnum
from typing import Any

from tlibproto.vocabulary import ConnId, KVList, connid_text
from tlibsim.scenario.terms import Bindings
from tlibsim.scenario.view import SessionTrace
from tlibsim.switch.facts import CallView, PartyView

_DEPTH = 5


def sights(
    *,
    calls: Sequence[CallView],
    traces: Sequence[SessionTrace],
    dns: Mapping[str, Mapping[str, object]],
    clients: Mapping[str, Iterable[str]],
    bindings: Bindings,
    seconds: float,
) -> dict[str, Any]:
    """The names that an expression can use; ``seconds`` is the time since the first step."""
    shown_calls = [_call(call) for call in calls]
    shown_traces = [seen(trace) for trace in traces]
    return {
        "calls": shown_calls,
        "call": shown_calls[-1] if shown_calls else None,
        "recordings": shown_traces,
        "recording": shown_traces[-1] if shown_traces else None,
        "dns": {dn: seen(state) for dn, state in dns.items()},
        "clients": {name: list(registered) for name, registered in clients.items()},
        "seconds": seconds,
        "true": True,
        "false": False,
        **{f"${name}": value for name, value in bindings.values.items()},
    }


def seen(value: object, depth: int = _DEPTH) -> Any:
    """A value of the model as text, numbers, lists and mappings."""
    if isinstance(value, Enum):
        worded = isinstance(value.value, str) and not isinstance(value, IntEnum)
        return value.value if worded else value.name
    if value is None or isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, KVList):
        return {key: seen(item) for key, item in reversed(value.pairs)}
    if isinstance(value, bytes):
        return value.hex()
    return _composed(value, depth)


def _composed(value: object, depth: int) -> Any:
    if depth == 0:
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): seen(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [seen(item, depth - 1) for item in value]
    if is_dataclass(value):
        return {
            one.name: _field(one.name, getattr(value, one.name), depth) for one in fields(value)
        }
    return str(value)


def _field(name: str, value: object, depth: int) -> Any:
    if name.endswith("conn_id") and isinstance(value, int):
        return connid_text(ConnId(value))
    return seen(value, depth - 1)


def _call(call: CallView) -> dict[str, Any]:
    found: dict[str, Any] = _composed(call, _DEPTH)
    found["parties"] = {str(party.dn): _party(party) for party in call.parties}
    found["userdata"] = found["user_data"]
    return found


def _party(party: PartyView) -> dict[str, Any]:
    found: dict[str, Any] = _composed(party, _DEPTH)
    return found
