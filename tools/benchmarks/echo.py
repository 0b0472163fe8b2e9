"""A raw Twisted server on the asyncio reactor: cuts packets by their length, sends each back.

The least that a server of this protocol can do; it knows nothing of what is in a packet.
"""

import json

from twisted.internet import asyncioreactor

asyncioreactor.install()

from twisted.internet import reactor  # noqa: E402
from twisted.internet.protocol import Factory, Protocol  # noqa: E402


class Echo(Protocol):
    """One connection."""

    rest = b""

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        data = self.rest + data
        at, size = 0, len(data)
        while size - at >= 4:
            end = at + 4 + int.from_bytes(data[at : at + 4], "big")
            if end > size:
                break
            self.transport.write(data[at:end])
            at = end
        self.rest = data[at:]


def main() -> None:
    port = reactor.listenTCP(0, Factory.forProtocol(Echo), interface="127.0.0.1")
    where = port.getHost()
    print(json.dumps({"tlib": {"host": where.host, "port": where.port}}), flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
