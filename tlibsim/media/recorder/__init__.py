"""The SIP recorder backend: choice of a recorder, legs to it, and what is told of them.

Source: MEDIA.md sections 3 to 7, RECORDING.md sections 6 and 8.
"""
