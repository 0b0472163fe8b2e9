"""Named snapshots: the whole state of a switch as a JSON document, and back (docs/snapshots.md)."""
