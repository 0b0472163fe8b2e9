"""SIP recorders and the recording client: plain values, and a line for people on each key.

Source: MEDIA.md 3.3 and 4, RECORDING.md 8.  What has a name of the product's is an option of
the application (``recorder-lb``, ``port-capacity``, ``sip.routeset``, ...).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderEntry:
    """One recorder of the pool."""

    name: str
    address: str
    port_capacity: int = 0
    geo_location: str = ""
    transport: Literal["", "udp", "tcp", "tls"] = ""
    request_uri: str = ""
    shape: Literal["genesys", "siprec"] = "genesys"
    siprec_fallback: bool = False
    draining: bool = False
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingClientSettings:
    """The client that invites recorders; times in seconds."""

    host: str = "127.0.0.1"
    port: int = 0
    tls_port: int | None = None
    advertised_host: str = ""
    media_host: str = ""
    first_rtp_port: int = 0
    last_rtp_port: int = 0
    rtcp: bool = True
    initial_direction: Literal["sendonly", "sendrecv", "copy"] = "sendonly"
    codecs: tuple[Literal["pcmu", "pcma"], ...] = ("pcmu", "pcma")
    invite_timeout: float = 8.0
    session_expires: int = 1800
    security: Literal["off", "optional", "required"] = "off"
    allow_clear_keys: bool = False
    authorities: str = ""
    certificate: str = ""
    verify_tls: bool = True
    mute: Literal["all", "per-stream"] = "all"
    on_one_leg_failed: Literal["end-all", "keep"] = "end-all"
    retry: int = 1
    monitor: Literal["options", "none"] = "options"
    monitor_interval: float = 10.0
    monitor_timeout: float = 2.0
    fall: int = 2
    rise: int = 1
    dead_codes: tuple[int, ...] = (408, 502, 503, 504)
    end_on_ping_loss: bool = False
    dest_allow: tuple[str, ...] = ()
    required: tuple[Literal["sip", "file"], ...] = ("sip",)
    media_servers: tuple[str, ...] = ()


OF_A_RECORDER: Mapping[str, str] = MappingProxyType(
    {
        "name": "its name in traces, and as a `dest`",
        "address": "`sip:host:port`, `sips:host`, or `host:port`",
        "port_capacity": "streams at a time; 0: the option `port-capacity`",
        "geo_location": "where it is",
        "transport": "`udp`, `tcp` or `tls`; empty: as the address says",
        "request_uri": "takes the place of the whole Request-URI; the INVITE still goes to "
        "`address`",
        "shape": "`genesys`: the URI tells all; `siprec`: RFC 7866 with metadata",
        "siprec_fallback": "after 420 invite it again without SIPREC",
        "draining": "keep its sessions, give it no new ones",
        "username": "for digest authentication",
        "password": "for digest authentication",
    }
)

OF_THE_CLIENT: Mapping[str, str] = MappingProxyType(
    {
        "host": "address of the SIP sockets",
        "port": "UDP and TCP port; 0: any free one",
        "tls_port": "TLS port for requests of recorders; none: no listener",
        "advertised_host": "host in Via and Contact, where it is not the socket's",
        "media_host": "address that sound comes from; empty: `host`",
        "first_rtp_port": "first port of sound; 0: any",
        "last_rtp_port": "last port of sound",
        "rtcp": "send sender reports",
        "initial_direction": "`sendonly`, `sendrecv`, or `copy` of the party's",
        "codecs": "offered, in this order",
        "invite_timeout": "until a recorder that is silent counts as failed",
        "session_expires": "Session-Expires asked for; 0: no session timer",
        "security": "SRTP: `off`, `optional`, `required`",
        "allow_clear_keys": "offer SRTP keys without TLS: for a lab only",
        "authorities": "PEM file of the certificates that recorders' are checked with",
        "certificate": "PEM file of our certificate and key",
        "verify_tls": "false takes any certificate: for a lab only",
        "mute": "a muted party makes `all` lines of its leg inactive, or its own",
        "on_one_leg_failed": "`end-all` or `keep` the other leg",
        "retry": "how many other recorders are tried",
        "monitor": "ping recorders with `options`, or not",
        "monitor_interval": "between two pings of a recorder",
        "monitor_timeout": "until a ping counts as lost",
        "fall": "failures after which a recorder counts as down",
        "rise": "successes after which it counts as up",
        "dead_codes": "answers that count as a failure",
        "end_on_ping_loss": "end the sessions of a recorder that went down",
        "dest_allow": "addresses that `dest` of a request may name besides loopback and "
        "recorders: `host`, `host:port`, `*.domain`, a network, `*`",
        "media_servers": "addresses of real media servers: they are told by MSML to record, and "
        "no recorder is invited; in part assumed",
        "required": "with `recorder-mode: both`: whose failure ends a recording",
    }
)
