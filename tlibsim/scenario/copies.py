"""What must hold between clients whatever the names are bound to: equal copies, silence."""

from tlibproto.messages import Message
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.matching import Mismatch
from tlibsim.scenario.names import attributes, message_name
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_expected, shown_message
from tlibsim.scenario.steps import EventList
from tlibsim.scenario.terms import Bindings
from tlibsim.scenario.view import REPLIES, StepView, this_dn

_OF_ONE_COPY = frozenset(
    {"reference_id", "event_sequence_number", "timein_secs", "timein_usecs", "extra"}
)


def unlike_copies(
    view: StepView, expected: EventList, clients: tuple[str, ...]
) -> Difference | None:
    """Find the first event of a DN that two of its clients got differently."""
    named = frozenset(event.message_id for event in expected.events)
    first, *others = clients
    mine = view.on_dn(first, expected.name, named)
    for client in others:
        theirs = view.on_dn(client, expected.name, named)
        for one, other in zip(mine, theirs, strict=False):
            field = _unequal(one, other)
            if field:
                return Difference(
                    verdict=Verdict.COPIES,
                    subject=shown_message(one),
                    place=expected.place,
                    check=f'expect "{expected.name}" at clients {first} and {client}',
                    nearest=shown_message(other),
                    mismatch=Mismatch(
                        attribute=_attribute_name(field),
                        wanted=f"{_shown_field(one, field)} (client {first})",
                        got=f"{_shown_field(other, field)} (client {client})",
                    ),
                )
    return None


def requester_without_copy(
    view: StepView, expected: EventList, bindings: Bindings
) -> Difference | None:
    """Find an event with ``ref: true`` of which the asking client did not get its copy."""
    own = {
        (message.message_id, this_dn(message))
        for message in view.of_client(view.requester)
        if message.reference_id == view.reference
    }
    for event in expected.events:
        if event.ref and (event.message_id, expected.name) not in own:
            return Difference(
                verdict=Verdict.MISSING,
                subject=shown_expected(event, bindings),
                place=event.place,
                check=f"the copy for {view.requester}, which asked",
                notes=(f'{view.requester} is not registered on "{expected.name}"',),
            )
    return None


def noise(view: StepView, dn: str, place: Place) -> Difference | None:
    """Find an event on a DN that must receive nothing."""
    for client in view.once.get(dn, ()):
        for message in view.of_client(client):
            if this_dn(message) == dn and message.message_id not in REPLIES:
                return Difference(
                    verdict=Verdict.NOTHING_EXPECTED,
                    subject=shown_message(message),
                    place=place,
                    check=f'none "{dn}" at client {client}',
                )
    return None


def stray_replies(view: StepView, place: Place) -> Difference | None:
    """Find an answer to the request of the step that another client got as well."""
    for item in view.received:
        stray = item.client != view.requester and view.reference is not None
        if stray and item.message.reference_id == view.reference:
            return Difference(
                verdict=Verdict.EXTRA,
                subject=shown_message(item.message),
                place=place,
                check=f"only {view.requester} asked, and {item.client} got its ReferenceID",
            )
    return None


def _unequal(one: Message, other: Message) -> str:
    """The first field in which two copies of an event differ; empty when they are the same."""
    mine, theirs = _shared(one), _shared(other)
    return next((name for name in (*mine, *theirs) if mine.get(name) != theirs.get(name)), "")


def _shared(message: Message) -> dict[str, object]:
    """What must be the same in every copy of an event."""
    fields = {name: value for name, value in message.present() if name not in _OF_ONE_COPY}
    return {"message_id": message_name(message.message_id), **fields}


def _attribute_name(field: str) -> str:
    names = {one.field: one.name for one in attributes().values()}
    return names.get(field, "the event itself")


def _shown_field(message: Message, name: str) -> str:
    value = getattr(message, name, None)
    return "absent" if value is None else repr(value)
