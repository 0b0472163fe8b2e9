"""A reference desktop: a T-Library client that logs in and answers, right in every check.

It is what the desktop contract is proved with, and a desktop for the tests of others.  It can be
told to have one of the mistakes of ``bugs``.
"""
