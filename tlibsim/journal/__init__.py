"""Everything that happened, in order, bounded in memory."""

from tlibsim.journal.journal import Entry, Journal, Kind

__all__ = ["Entry", "Journal", "Kind"]
