"""What can be wrong with a snapshot, in words for people."""


class SnapshotError(ValueError):
    """A state that cannot be saved, or a document that cannot be restored; the text says where."""


class NoSnapshotError(SnapshotError):
    """There is no snapshot of that name."""
