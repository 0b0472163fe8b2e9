"""The machine and the interpreter, as far as they say who they are."""

import os
import sys


def machine() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    load = os.getloadavg()[0]
    name = f"{sys.implementation.name} {version}"
    return f"{os.cpu_count()} cores, {name}, load {load:.1f} at the end"
