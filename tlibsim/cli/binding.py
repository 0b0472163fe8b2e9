"""Whether a server could listen at a TCP port of this machine."""

import errno
import socket


def trouble_at(host: str, port: int) -> str:
    """Why nothing can listen there; empty when it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "taken"
            return error.strerror or str(error)
    return ""
