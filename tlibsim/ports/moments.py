"""Instants in JSON documents: ISO 8601 in UTC for people, microseconds for programs."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(at: int | None) -> str | None:
    """ISO 8601 in UTC with microseconds; None stays None."""
    if at is None:
        return None
    try:
        shown = (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds")
    except OverflowError:
        return "out of range"
    return shown.replace("+00:00", "Z")


def moment(name: str, at: int | None) -> dict[str, str | int | None]:
    """An instant under two names: ``name`` for people, ``name_us`` for programs."""
    return {name: iso(at), f"{name}_us": at}
