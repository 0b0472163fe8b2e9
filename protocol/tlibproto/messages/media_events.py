"""Events about treatments, voice files and mailboxes."""

from tlibproto.messages.event import Event
from tlibproto.vocabulary import MessageId


class EventMailBoxLogin(Event):
    """A mailbox login succeeded."""

    message_id = MessageId.EventMailBoxLogin


class EventMailBoxLogout(Event):
    """A mailbox logout succeeded."""

    message_id = MessageId.EventMailBoxLogout


class EventVoiceFileOpened(Event):
    """A voice file is open; FileHandle names it."""

    message_id = MessageId.EventVoiceFileOpened


class EventVoiceFileClosed(Event):
    """A voice file was closed."""

    message_id = MessageId.EventVoiceFileClosed


class EventVoiceFileEndPlay(Event):
    """A voice file has been played."""

    message_id = MessageId.EventVoiceFileEndPlay


class EventDigitsCollected(Event):
    """Digits were collected from a call."""

    message_id = MessageId.EventDigitsCollected


class EventTreatmentApplied(Event):
    """A treatment has begun."""

    message_id = MessageId.EventTreatmentApplied


class EventTreatmentNotApplied(Event):
    """A treatment could not begin."""

    message_id = MessageId.EventTreatmentNotApplied


class EventTreatmentEnd(Event):
    """A treatment has ended."""

    message_id = MessageId.EventTreatmentEnd


class EventTreatmentRequired(Event):
    """A call at a route point needs a treatment."""

    message_id = MessageId.EventTreatmentRequired
