"""A reference recorder: a T-Library client and a SIP user agent, right in every check.

It is what the contract is proved with, and a recorder for the tests of others.  It can be told to
have one of the mistakes of ``bugs``.
"""
