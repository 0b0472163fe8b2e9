"""The journal of a run: that of its server, less the questions by which the runner settles.

Those are asked as often as the machine happens to be slow.  Without them the entries of a run, and
their numbers, are the same in every run.
"""

from tlibproto.messages import EventServerInfo, RequestQueryServer
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.scenario.cast import FIRST_MARKER


def run_journal(source: Journal, capacity: int) -> Journal:
    """A journal that gets what comes into ``source`` from now on."""
    journal = Journal(capacity)
    journal.names = source.names

    def note(entry: Entry) -> None:
        if not is_marker(entry.subject, entry.reference):
            _, at, kind, client, subject, detail, to, reference = entry
            journal.note(kind, at, client, subject, detail, to, reference)
            journal.broken = journal.broken or kind is Kind.BUG

    source.listen(note, *Kind)
    return journal


def is_marker(message: object, reference: int | None = None) -> bool:
    """Whether a message is a question of the runner, or the answer to one."""
    if not isinstance(message, RequestQueryServer | EventServerInfo):
        return False
    number = message.reference_id if reference is None else reference
    return (number or 0) >= FIRST_MARKER
