"""MSML as a SIP server writes it to its media server: templates, for the view and for a client.

RECORDING.md 8 and MEDIA.md 6.  ``createconference`` with ``gvp:recorder`` and its parameters, and
one ``join`` for each connection, are as published.  Three things are not public and ASSUMED here:
the namespace of ``gvp:``, the content type, and how a pause and a resume are written.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

ASSUMED_NAMESPACE = "http://www.genesyslab.com/gvp"
ASSUMED_CONTENT_TYPE = "application/vnd.radisys.msml+xml"

_ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<msml version="1.1" xmlns:gvp="{namespace}">
{body}
</msml>"""

_CREATE = """  <createconference name={name} deletewhen="nocontrol">
    <audiomix/>
    <gvp:recorder>
      <gvp:params>
{params}
      </gvp:params>
    </gvp:recorder>
  </createconference>
{joins}"""

_PARAM = "        <gvp:param name={name}>{value}</gvp:param>"
_JOIN = "  <join id1={connection} id2={conference}/>"
_UNJOIN = "  <unjoin id1={connection} id2={conference}/>"
_DESTROY = "  <destroyconference id={conference}/>"
_ASSUMED_STATE = """  <!-- assumed: how a recorder is paused and resumed is not public -->
  <send event={state} target={conference}/>"""
_RESULT = """  <result response="200"/>"""


def request_uri(conference: str, manager: str, dn: str, scheme: str = "sip") -> str:
    """``sip:msml=<conf>@<rm>;dn=<DN>;record`` of one party's connection."""
    return f"{scheme}:msml={_safe(conference)}@{manager};dn={_safe(dn)};record"


def create(
    conference: str, params: Iterable[tuple[str, str]], connections: Sequence[str]
) -> str:
    """Make the conference with its recorder, and put the connections into it."""
    rows = [_PARAM.format(name=_attr(name), value=_text(value)) for name, value in params]
    body = _CREATE.format(
        name=_attr(conference), params="\n".join(rows), joins=_joins(conference, connections)
    )
    return _whole(body)


def change(conference: str, joined: Sequence[str], left: Sequence[str]) -> str:
    """Other connections are in the conference."""
    gone = [
        _UNJOIN.format(connection=_attr(f"conn:{one}"), conference=_conf(conference))
        for one in left
    ]
    return _whole("\n".join((*gone, *_join_rows(conference, joined))))


def set_state(conference: str, state: str) -> str:
    """``pause`` or ``resume``: assumed."""
    return _whole(_ASSUMED_STATE.format(conference=_conf(conference), state=_attr(state)))


def destroy(conference: str) -> str:
    """The conference is over, and with it the recording."""
    return _whole(_DESTROY.format(conference=_conf(conference)))


def result() -> str:
    """The media server has done what it was asked."""
    return _whole(_RESULT)


def _whole(body: str) -> str:
    return _ENVELOPE.format(namespace=ASSUMED_NAMESPACE, body=body)


def _joins(conference: str, connections: Sequence[str]) -> str:
    return "\n".join(_join_rows(conference, connections))


def _join_rows(conference: str, connections: Sequence[str]) -> list[str]:
    return [
        _JOIN.format(connection=_attr(f"conn:{one}"), conference=_conf(conference))
        for one in connections
    ]


def _conf(conference: str) -> str:
    return _attr(f"conf:{conference}")


def _attr(text: str) -> str:
    """An attribute value that every XML parser takes: control characters are written out."""
    return quoteattr(_clean(text))


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else f"%{ord(c):02X}" for c in text)


def _safe(text: str) -> str:
    return quote(text.encode("utf-8", "backslashreplace"), safe="-_.!~*'()&=+$")
