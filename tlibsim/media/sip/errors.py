"""The one error of the SIP modules."""


class SipError(ValueError):
    """What came is not SIP or SDP that can be used; ``code`` is the status it deserves."""

    def __init__(self, cause: str, code: int = 400) -> None:
        super().__init__(cause)
        self.cause = cause
        self.code = code
