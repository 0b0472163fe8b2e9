"""Says at the end which tests with programs of others were left out, and why."""

from collections import Counter
from typing import Any

import pytest

FOLDER = "tests/peers/"
SKIPPED = "Skipped: "


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each reason."""
    reasons = Counter(
        _reason(report)
        for report in terminalreporter.stats.get("skipped", [])
        if report.nodeid.startswith(FOLDER)
    )
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"left out: {count} tests with SIP peers: {reason}")


def _reason(report: pytest.TestReport) -> str:
    detail = report.longrepr
    text = detail[2] if isinstance(detail, tuple) else str(detail)
    return text.removeprefix(SKIPPED)
