"""What on this machine may stand in the way of a configuration: ports, names, certificates.

Everything is asked of the system only; nothing is sent to another machine.
"""

import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tlibsim.cli.findings import NOTE, OK, WARN, Finding

if TYPE_CHECKING:
    from tlibsim.config import Settings

_SOON_DAYS = 14
_CONNECT_S = 1.0
_SERVERS = ("tlibsim serve", "tlibsim demo")


def of_machine(settings: "Settings") -> Iterator[Finding]:
    """Whether a server could listen, be reached, find its peers and prove who it is."""
    yield from _ports(settings)
    yield from _sip_ports(settings)
    yield from _names(settings)
    yield from _certificates(settings)


# -- ports -------------------------------------------------------------------------------------


def _ports(settings: "Settings") -> Iterator[Finding]:
    wanted = [(f"listen {one.name}", one.host, one.port) for one in settings.listeners]
    if settings.http.port is not None:
        wanted.append(("http", settings.http.host, settings.http.port))
    if settings.links.port is not None:
        wanted.append(("links", settings.links.host, settings.links.port))
    for what, host, port in wanted:
        if port:
            yield _port(what, host, port)
            yield from _without_console(what, port)
        yield from _exposed(what, host)


def _port(what: str, host: str, port: int) -> Finding:
    from tlibsim.net.ports import TAKEN, holder, trouble_at

    trouble = trouble_at(host, port)
    where = f"{what}: {host}:{port}"
    if trouble == TAKEN:
        by = holder(port) or "another process"
        text = f"{where} is taken by {by}; another port: --port 0, or in the configuration"
        return Finding(level=WARN, text=text)
    if trouble:
        return Finding(level=WARN, text=f"{where} cannot be used: {trouble}")
    why = _unreachable(host, port)
    if why:
        text = f"{where} is free, and a connection to it fails: {why}; is there a firewall?"
        return Finding(level=WARN, text=text)
    return Finding(level=OK, text=f"{where} is free")


def _without_console(what: str, port: int) -> Iterator[Finding]:
    """A server of ours that runs there: it was asked before, and no control API answered."""
    from tlibsim.net.ports import holder

    by = holder(port) if what != "http" else ""
    if by.startswith(_SERVERS):
        text = (
            f"{by} has no control API, or at another port (see --url); give it one:"
            " http: {port: 7080} in its configuration, or --http-port 7080"
        )
        yield Finding(level=NOTE, text=text)


def _unreachable(host: str, port: int) -> str:
    """Why a connection from this machine to a listener at that place fails; empty: it does not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1)
            with socket.create_connection((_here(host), port), timeout=_CONNECT_S):
                return ""
        except OSError as error:
            return error.strerror or str(error)


def _here(host: str) -> str:
    """Where a listener on all addresses is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _exposed(what: str, host: str) -> Iterator[Finding]:
    if not _is_loopback(host):
        where = host if host not in {"", "0.0.0.0", "::"} else "all addresses"  # noqa: S104
        text = f"{what}: listens on {where}: other machines get in if the firewall lets them"
        yield Finding(level=NOTE, text=text)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sip_ports(settings: "Settings") -> Iterator[Finding]:
    """The UDP port of the recording client, and the first and last of its sound."""
    client = settings.recording_client
    wanted = {"SIP": client.port, "first RTP": client.first_rtp_port}
    wanted["last RTP"] = client.last_rtp_port
    for what, port in wanted.items():
        if port:
            yield _datagrams(
                what, client.host if what == "SIP" else _media_host(settings), port
            )


def _media_host(settings: "Settings") -> str:
    return settings.recording_client.media_host or settings.recording_client.host


def _datagrams(what: str, host: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            return Finding(level=WARN, text=f"{what}: udp {host}:{port} cannot be used: {why}")
    return Finding(level=OK, text=f"{what}: udp {host}:{port} is free")


# -- names -------------------------------------------------------------------------------------


def _names(settings: "Settings") -> Iterator[Finding]:
    """Whether the names of recorders and other switches lead anywhere."""
    for host in dict.fromkeys(_hosts(settings)):
        if host and not _is_address(host):
            yield _name(host)


def _hosts(settings: "Settings") -> Iterator[str]:
    from tlibsim.cli.sipping import place_of

    under_test = "" if settings.recorder is None else settings.recorder.sip_uri
    for uri in (under_test, *(one.address for one in settings.recorders)):
        with suppress(ValueError):
            yield place_of(uri if ":" in uri.partition("@")[0] else f"sip:{uri}")[0]
    yield from (one.host for one in settings.listeners)
    yield from (one.host for one in settings.links.sites if one.port)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _name(host: str) -> Finding:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        return Finding(level=WARN, text=f"the name {host} leads nowhere: {why}")
    places = ", ".join(dict.fromkeys(str(one[4][0]) for one in found))
    return Finding(level=OK, text=f"the name {host} is {places}")


# -- certificates ------------------------------------------------------------------------------


def _certificates(settings: "Settings") -> Iterator[Finding]:
    """Those of the recording client, which SIP over TLS uses."""
    client = settings.recording_client
    secure = [one.name for one in settings.recorders if _is_secure(one.address, one.transport)]
    under_test = settings.recorder
    if under_test is not None and _is_secure(under_test.sip_uri, ""):
        secure.append("the recorder under test")
    for what, file in (
        ("certificate", client.certificate),
        ("authorities", client.authorities),
    ):
        if file:
            yield from _pem(f"recording-client.{what}", Path(file))
    if client.tls_port is not None and not client.certificate:
        text = "recording-client.tls-port needs recording-client.certificate"
        yield Finding(level=WARN, text=text)
    if secure and client.verify_tls and not client.authorities:
        text = (
            f"TLS to {', '.join(secure)}: its certificate must be of an authority that this"
            " machine trusts; others: recording-client.authorities"
        )
        yield Finding(level=NOTE, text=text)


def _is_secure(address: str, transport: str) -> bool:
    words = address.lower()
    return words.startswith("sips:") or transport == "tls" or "transport=tls" in words


def _pem(what: str, file: Path) -> Iterator[Finding]:
    """Whether a PEM file can be used, by the certificate in it that ends first."""
    from cryptography import x509

    from tlibsim.media.sip.tls import TlsSettings, check

    try:
        pem = file.read_bytes()
        own = what.endswith("certificate")
        check(TlsSettings(certificate=pem) if own else TlsSettings(authorities=pem))
        end = min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(pem))
    except (OSError, ValueError) as error:
        yield Finding(level=WARN, text=f"{what}: {file} cannot be used: {error}")
        return
    days = (end - datetime.now(UTC)).days
    until = f"{what}: {file} is valid until {end:%Y-%m-%d}"
    if days < 0:
        yield Finding(level=WARN, text=f"{what}: {file} has run out on {end:%Y-%m-%d}")
    else:
        yield Finding(level=WARN if days < _SOON_DAYS else OK, text=until)
