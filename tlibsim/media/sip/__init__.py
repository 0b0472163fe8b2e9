"""The SIP side of the recording client: messages, transactions, dialogs, and a user agent.

Everything but :mod:`tlibsim.media.sip.transports` is pure: bytes and time come in, bytes and
calls of a listener go out.  Source: MEDIA.md sections 3 and 5.
"""
