"""Times on the command line, and how times, lengths and texts of strangers are shown."""

import re
from datetime import UTC, datetime, timedelta

import click

_SPANS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> int | None:
    """Read a date and time, or a time before now, as microseconds since 1970 UTC."""
    if value is None:
        return None
    span = re.fullmatch(r"(\d{1,6})([smhd])", value)
    if span is not None:
        ago = timedelta(**{_SPANS[span.group(2)]: int(span.group(1))})
        return _microseconds(datetime.now(UTC) - ago)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no time; write it as 2026-01-31, 2026-01-31T14:30 or, for a time "
            "before now, as 45s, 10m, 2h or 1d."
        ) from None
    return _microseconds(moment.astimezone(UTC))


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def local(at_us: int) -> str:
    """An instant in local time, to the second."""
    try:
        moment = (_EPOCH + timedelta(microseconds=at_us)).astimezone()
    except OverflowError:
        return "?"
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def length(duration_ms: int | None) -> str:
    """Minutes, seconds and tenths; a dash for what has no end."""
    if duration_ms is None:
        return "-"
    seconds, thousandths = divmod(duration_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes}:{seconds:02d}.{thousandths // 100}"


def printable(text: str) -> str:
    """Make a text from the wire harmless on a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Lines with columns as wide as they must be; the last one is not filled up."""
    everything = [head, *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in everything) for column in range(len(head) - 1)]
    return [
        "  ".join(
            (*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1])
        )
        for row in everything
    ]
