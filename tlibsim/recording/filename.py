"""The pattern of ``recording-filename`` (RECORDING.md 8.1): variables between ``$`` signs.

A variable may also end where the pattern ends; an unknown one stays as text.  What comes out
is a name without an extension that cannot lead out of a folder: no separator survives.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from tlibproto.vocabulary import connid_text
from tlibsim.ports.media import Instant
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.facts import CallView, PartyView

MAX_NAME_BYTES = 180
"""Leaves room for a counter and an extension below the 255 bytes that file systems allow."""

_VARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9]*)(?:\$|\Z)")
_NOT_IN_VALUES = re.compile(r"[^A-Za-z0-9._+-]")
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]')


def variables(
    call: CallView,
    agent: PartyView | None,
    rules: RecordingRules,
    now: Instant,
    utc_offset_seconds: int,
) -> Mapping[str, str]:
    """The values of all variables for one call; what is missing is an empty text.

    ``agent`` is the party whose DN and agent id are meant; the offset makes ``now`` local.
    """
    there = timezone(timedelta(seconds=utc_offset_seconds))
    local = datetime.fromtimestamp(now // 1_000_000, there)
    return {
        "UUID": call.call_uuid,
        "CALLUUID": call.call_uuid,
        "AGENTDN": "" if agent is None else agent.dn,
        "AGENTID": "" if agent is None else agent.agent_id or "",
        "ANI": call.ani or "",
        "DNIS": call.dnis or "",
        "DATE": local.strftime(rules.filename_date_format),
        "TIME": local.strftime(rules.filename_time_format),
        "CONNID": connid_text(call.conn_id),
        "CALLID": str(call.call_id),
        "CUSTID": rules.customer_id,
        "SWITCH": rules.switch,
    }


def expand(pattern: str, values: Mapping[str, str]) -> str:
    """The file name, without an extension; empty when nothing usable is left of it."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1])
        return match[0] if found is None else _NOT_IN_VALUES.sub("_", found)

    name = _NOT_IN_NAMES.sub("_", _VARIABLE.sub(value, pattern)).strip(" .")
    return name.encode()[:MAX_NAME_BYTES].decode(errors="ignore").rstrip(" .")
