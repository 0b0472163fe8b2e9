"""Finds the words for a list of events that does not fit: what lacks, and what came nearest."""

from collections.abc import Sequence

from tlibproto.messages import Message
from tlibproto.vocabulary import ReferenceId
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.lists import CopyReference
from tlibsim.scenario.matching import Mismatch, fitting, match_event, mismatch
from tlibsim.scenario.names import message_name
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_expected, shown_message
from tlibsim.scenario.steps import ExpectedEvent
from tlibsim.scenario.terms import Bindings


def explain_list(
    expected: Sequence[ExpectedEvent],
    got: Sequence[Message],
    bindings: Bindings,
    *,
    place: Place,
    check: str,
    candidates: Sequence[Message],
    reference: ReferenceId | None = None,
    copy_reference: CopyReference | None = None,
) -> Difference:
    """Say where the messages leave the list: the first that differs, lacks or is extra."""
    for index, event in enumerate(expected):
        where = f"{check}, event {index + 1} of {len(expected)}"
        if index >= len(got):
            break
        found = _fitted(event, got[index], bindings, copy_reference)
        if found is None:
            return _unlike(
                event,
                got,
                index,
                bindings,
                check=where,
                others=expected,
                copy_reference=copy_reference,
            )
        bindings = found
    else:
        return _extra(got, len(expected), place, check)
    rest = candidates if reference is not None else got or candidates
    return missing(
        event,
        bindings,
        place=event.place,
        check=where,
        candidates=rest,
        reference=reference,
        copy_reference=copy_reference,
    )


def missing(
    event: ExpectedEvent,
    bindings: Bindings,
    *,
    place: Place,
    check: str,
    candidates: Sequence[Message],
    reference: ReferenceId | None = None,
    copy_reference: CopyReference | None = None,
) -> Difference:
    """Say that an event did not come, and which of the candidates is nearest to it."""
    near = nearest_of(event, candidates, bindings)
    return Difference(
        verdict=Verdict.MISSING,
        subject=shown_expected(event, bindings),
        place=place,
        check=check,
        nearest="" if near is None else _shown(near, event),
        mismatch=None
        if near is None
        else _first_mismatch(event, near, bindings, reference, copy_reference),
    )


def nearest_of(
    event: ExpectedEvent, candidates: Sequence[Message], bindings: Bindings
) -> Message | None:
    """The candidate that fits best; None when none is of the same kind."""
    same = [one for one in candidates if one.message_id == event.message_id]
    if not same:
        return None
    return max(same, key=lambda one: fitting(event, one, bindings))


def _first_mismatch(
    event: ExpectedEvent,
    near: Message,
    bindings: Bindings,
    reference: ReferenceId | None,
    copy_reference: CopyReference | None,
) -> Mismatch | None:
    if reference is not None and near.reference_id != reference:
        got = "absent" if near.reference_id is None else str(near.reference_id)
        return Mismatch(attribute="ReferenceID", wanted=str(reference), got=got)
    found = mismatch(event, near, bindings)
    if found is None and copy_reference is not None and not copy_reference.fits(event, near):
        return copy_reference.difference(event, near)
    return found


def _fitted(
    event: ExpectedEvent,
    message: Message,
    bindings: Bindings,
    reference: CopyReference | None,
) -> Bindings | None:
    if reference is not None and not reference.fits(event, message):
        return None
    return next(match_event(event, message, bindings), None)


def _unlike(
    event: ExpectedEvent,
    got: Sequence[Message],
    index: int,
    bindings: Bindings,
    *,
    check: str,
    others: Sequence[ExpectedEvent],
    copy_reference: CopyReference | None,
) -> Difference:
    """The event at this place is another one, or has a wrong attribute."""
    message = got[index]
    if message.message_id == event.message_id:
        return Difference(
            verdict=Verdict.DIFFERS,
            subject=shown_expected(event, bindings),
            place=event.place,
            check=check,
            nearest=_shown(message, event),
            mismatch=_first_mismatch(event, message, bindings, None, copy_reference),
        )
    came = [n for n, one in enumerate(got) if one.message_id == event.message_id]
    wanted = {one.message_id for one in others}
    verdict = Verdict.ORDER if came else Verdict.MISSING
    if message.message_id not in wanted:
        return _extra(got, index, event.place, check)
    names = ", ".join(message_name(one.message_id) for one in got)
    return Difference(
        verdict=verdict,
        subject=shown_expected(event, bindings),
        place=event.place,
        check=check,
        nearest=_shown(got[came[0]] if came else message, event),
        notes=(f"came: {names}",),
    )


def _extra(got: Sequence[Message], index: int, place: Place, check: str) -> Difference:
    return Difference(
        verdict=Verdict.EXTRA,
        subject=shown_message(got[index]),
        place=place,
        check=check,
        notes=("came: " + ", ".join(message_name(one.message_id) for one in got),),
    )


def _shown(message: Message, event: ExpectedEvent) -> str:
    return shown_message(message, [item.attribute for item in event.attributes])
