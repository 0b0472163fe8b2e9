"""What users of tlibsim import in their own tests; the fixtures are in ``plugin``.

Nothing here loads Twisted: the simulator runs in a process of its own.
"""
