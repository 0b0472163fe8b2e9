"""Everything that happened, in order, bounded in memory; questions to it, and exports of it."""

from tlibsim.journal.journal import Entry, Journal, Kind

__all__ = ["Entry", "Journal", "Kind"]
