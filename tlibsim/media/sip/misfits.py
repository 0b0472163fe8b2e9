"""Answers that fit no request: why not, in words for the cause of a failure (RFC 3261 17.1.3).

A user agent must drop them; whoever debugs a recorder wants to know that they came.
"""

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import listed, parse_sequence, parse_via
from tlibsim.media.sip.message import Request, Response, first, shown

_MOST = 80


def misfit(request: Request, response: Response) -> str:
    """Why a response is no answer to a request of ours; empty when it is one, or of another.

    ``request`` is as it was sent, with its Via.  A response is meant for it when the branch of
    its Via or its CSeq says so; what else differs is told, the first of it.
    """
    try:
        return _difference(request, response)
    except SipError as error:
        return f"a {response.code} came that cannot be read: {error.cause}"


def _difference(request: Request, response: Response) -> str:
    came = f"a {response.code} came"
    vias = listed(response.headers, "Via")
    ours = parse_via(listed(request.headers, "Via")[0]).branch
    branch = parse_via(vias[0]).branch if vias else ""
    wanted = parse_sequence(first(request.headers, "CSeq"))
    got = parse_sequence(first(response.headers, "CSeq"))
    if got != wanted and branch != ours:
        return ""
    if branch != ours:
        theirs = f"the branch {shown(branch)[:_MOST]}" if branch else "no branch"
        return f"{came} whose Via has {theirs}, not {ours}: it fits no request"
    if len(vias) > 1:
        return f"{came} with {len(vias)} Via headers, not ours alone: it fits no request"
    if got != wanted:
        return (
            f"{came} whose CSeq is {got.number} {shown(got.method)[:_MOST]},"
            f" not {wanted.number} {wanted.method}"
        )
    return ""
