"""The SIP side of a private switch, as a test sees it: sessions, and what they were told.

recorder.sip.expect_reinvite(direction="inactive", within=1)
assert recorder.sip.sessions == 2
"""

from collections.abc import Callable
from typing import Any

from tlibsim.config.spans import seconds_of
from tlibsim.testing.pipe import ANSWER_SECONDS, SimulatorError

WITHIN_SECONDS = 5.0


class ExpectationError(AssertionError):
    """What was expected did not come, or came though it must not; the text has the nearest."""


class SipExchange:
    """A request and its final answer.

    ``uri``, ``call_id``, ``direction`` (of the offer), ``code`` (0: no answer is waited for),
    ``headers`` (pairs of name and value) and ``body`` are those of the request, but the code.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.uri: str = document["uri"]
        self.call_id: str = document["call_id"]
        self.direction: str = document["direction"]
        self.code: int = document["code"]
        self.headers: list[tuple[str, str]] = [
            (name, value) for name, value in document["headers"]
        ]
        self.body: str = document["body"]

    def __repr__(self) -> str:
        return f"<{self.document['text']}, answered with {self.code}>"


class SipView:
    """What was said between the switch and its recorders since the test began.

    Every ``expect`` looks at what came and waits for what is still to come; it gives the last
    of ``count`` that fit, and raises ExpectationError with all that was said.
    """

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    @property
    def sessions(self) -> int:
        """How many sessions the recorder has accepted that neither side has ended."""
        return int(self._ask("sip_sessions"))

    def messages(self) -> list[dict[str, Any]]:
        """All messages, oldest first: ``text``, ``sent``, ``method``, ``code``, ``body``..."""
        return self._ask("sip")  # type: ignore[no-any-return]

    def expect_invite(
        self, *, code: int = 200, count: int = 1, within: float | str = WITHIN_SECONDS
    ) -> SipExchange:
        """A session that begins, answered with ``code``."""
        __tracebackhide__ = True
        return self._expect("invite", count, within, code=code)

    def expect_reinvite(
        self,
        *,
        direction: str | None = None,
        code: int = 200,
        count: int = 1,
        within: float | str = WITHIN_SECONDS,
    ) -> SipExchange:
        """An INVITE inside a session; ``direction="inactive"`` is a pause."""
        __tracebackhide__ = True
        return self._expect("reinvite", count, within, code=code, direction=direction)

    def expect_bye(
        self, *, code: int = 200, count: int = 1, within: float | str = WITHIN_SECONDS
    ) -> SipExchange:
        """A session that the switch ends."""
        __tracebackhide__ = True
        return self._expect("bye", count, within, code=code)

    def expect_bye_of_recorder(
        self, *, count: int = 1, within: float | str = WITHIN_SECONDS
    ) -> SipExchange:
        """A session that the recorder ends."""
        __tracebackhide__ = True
        return self._expect("bye-of-recorder", count, within)

    def _expect(self, kind: str, count: int, within: float | str, **wanted: Any) -> SipExchange:
        __tracebackhide__ = True
        seconds = seconds_of(within)
        terms = {key: value for key, value in wanted.items() if value is not None}
        try:
            found = self._ask(
                "expect_sip",
                seconds + ANSWER_SECONDS,
                kind=kind,
                wanted=terms,
                count=count,
                limit_s=seconds,
            )
        except SimulatorError as error:
            raise ExpectationError(str(error)) from None
        return SipExchange(found[-1])
