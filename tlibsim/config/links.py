"""Links to switches of other processes, as settings (BEHAVIOUR.md 3.7)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedSite:
    """A switch of another process.

    ``switch`` is the name that requests give in Location.  With a ``port`` this process connects
    to it there; without one it connects to this process.
    """

    switch: str
    server: str = ""
    host: str = "127.0.0.1"
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Where other processes reach this switch, and which switches they have.

    Without a ``port`` none can connect; port 0 takes any free one.  Both ends of a link need the
    same ``secret``, if there is one.  ``poll_seconds`` of silence are followed by a poll, three
    times as much ends a link.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    secret: str | None = field(default=None, repr=False)
    poll_seconds: float = 5.0
    sites: tuple[LinkedSite, ...] = ()


class LinkFault(NamedTuple):
    """What is wrong with the links: where, and why."""

    path: tuple[str | int, ...]
    message: str


def link_faults(links: LinkSettings, switch: str) -> Iterator[LinkFault]:
    """Sites that can never be linked to the switch of that name, and a door that is open to all."""
    if links.port is not None and not links.secret and not _is_loopback(links.host):
        yield LinkFault(("links", "secret"), f"is needed, as {links.host} is not the loopback")
    seen = {switch: "is the name of this switch"}
    for index, site in enumerate(links.sites):
        path = ("links", "sites", index)
        if site.switch in seen:
            yield LinkFault((*path, "switch"), seen[site.switch])
        if site.port is None and links.port is None:
            yield LinkFault(
                (*path, "port"), "is needed, as nobody can connect without links.port"
            )
        seen[site.switch] = "is there twice"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
