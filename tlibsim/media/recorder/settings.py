"""How the recorder backend is set up: plain values, cheap to import (MEDIA.md 3.3 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from tlibsim.media.settings import Codec
from tlibsim.media.sip.sdp import Direction
from tlibsim.media.sip.values import Transport


class ShapeKind(Enum):
    """How a session is described to a recorder: by its URI, or by SIPREC metadata.

    MSML is for media servers, which are told in messages of their own what to record.
    """

    GENESYS = "genesys"
    SIPREC = "siprec"
    MSML = "msml"


class Scheme(Enum):
    """How one of several recorders is chosen."""

    ROUND_ROBIN = "round-robin"
    LEAST_USED = "least-used"
    PARALLEL_FORK = "parallel-fork"


class Security(Enum):
    """Whether the sound is encrypted: never, where the recorder can, or always."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class OneLegFailed(Enum):
    """What the failure of one of two legs does to the other."""

    END_ALL = "end-all"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderSettings:
    """One recorder of the pool.

    ``address`` is a SIP URI or ``host:port``, ``port_capacity`` counts streams (0: any number),
    ``request_uri`` takes the place of the whole Request-URI when it is set; the INVITE then
    still goes to ``address``.  With ``siprec_fallback`` a recorder that answers 420 is invited
    again without SIPREC.  A ``draining`` recorder keeps its sessions and gets no new ones.
    """

    name: str
    address: str
    port_capacity: int = 0
    geo_location: str = ""
    transport: Transport | None = None
    request_uri: str = ""
    shape: ShapeKind = ShapeKind.GENESYS
    siprec_fallback: bool = False
    draining: bool = False
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """The OPTIONS pings: seconds between two, failures to fall, successes to rise.

    ``dead_codes`` are the answers that count as a failure, as no answer does (MEDIA.md 3.2.8).
    """

    on: bool = True
    interval_s: float = 10.0
    timeout_s: float = 2.0
    fall: int = 2
    rise: int = 1
    dead_codes: frozenset[int] = frozenset((408, 502, 503, 504))


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """The pool: ``retry`` is how many other recorders are tried after a failure.

    ``overflow`` gives the location to use in place of one that no recorder can serve;
    ``trusted`` and ``allowed`` are the addresses that a destination may have besides those of
    recorders: ``host``, ``host:port``, ``*.domain`` or an IP network.
    """

    recorders: tuple[RecorderSettings, ...] = ()
    scheme: Scheme = Scheme.ROUND_ROBIN
    reject_geo_nomatch: bool = True
    overflow: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    retry: int = 1
    trusted: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    port_capacity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """What the recording client does; ``max_ports`` counts streams (0: any number).

    ``initial_direction`` None copies that of the party, which always hears and speaks.
    ``split_after_s`` is the time without RTCP of the recorder after which a session counts as
    split in segments (0: never).  ``media_servers``: the pool holds media servers, which are
    told by MSML what to record.
    """

    pool: PoolSettings = PoolSettings()
    monitor: MonitorSettings = MonitorSettings()
    initial_direction: Direction | None = Direction.SENDONLY
    codecs: tuple[Codec, ...] = (Codec.MULAW, Codec.ALAW)
    security: Security = Security.OFF
    allow_clear_keys: bool = False
    mute_per_stream: bool = False
    one_leg_failed: OneLegFailed = OneLegFailed.END_ALL
    end_on_ping_loss: bool = False
    max_ports: int = 0
    route_set: tuple[str, ...] = ()
    secure_route_set: tuple[str, ...] = ()
    session_expires: int = 1800
    invite_timeout_s: float = 8.0
    close_patience_s: float = 2.0
    burst: int = 50
    split_after_s: float = 0.0
    media_servers: bool = False
