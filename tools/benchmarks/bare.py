"""A server without anything: at a sign of its first client it sends ready bytes to all clients.

The least that it takes to give one event to many sockets: one ``send`` each, in a loop.  The
first client says how many there are and what to send; each byte that it sends then is a sign.
"""

import contextlib
import json
import socket
from struct import Struct

HEAD = Struct(">II")
"""How many clients, and the size of the bytes that follow: what each is to get."""


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    host, port = listener.getsockname()
    print(json.dumps({"tlib": {"host": host, "port": port}}), flush=True)
    while True:
        serve(listener)


def serve(listener: socket.socket) -> None:
    """One audience, until its first client leaves."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(listener.accept()[0])
        count, size = HEAD.unpack(first.recv(HEAD.size, socket.MSG_WAITALL))
        data = first.recv(size, socket.MSG_WAITALL)
        clients = [first]
        clients += [stack.enter_context(listener.accept()[0]) for _ in range(count - 1)]
        for client in clients:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while first.recv(1):
            for client in clients:
                client.send(data)


if __name__ == "__main__":
    main()
