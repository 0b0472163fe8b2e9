"""From the configuration to a recorder backend that is ready to open.

The reactor comes in as a value; the libraries of SIP and TLS are imported only here.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any, cast

from tlibsim.config import ConfigError, DnSettings, DnType, Options, Problem, Settings
from tlibsim.config.recorders import RecorderEntry, RecordingClientSettings
from tlibsim.media.recorder.backend import RecorderBackend
from tlibsim.media.recorder.lines import Pair, Stream
from tlibsim.media.recorder.settings import (
    ClientSettings,
    MonitorSettings,
    OneLegFailed,
    PoolSettings,
    RecorderSettings,
    Scheme,
    Security,
    ShapeKind,
)
from tlibsim.media.rtp.ports import PortPair
from tlibsim.media.rtp.service import RtpEngine
from tlibsim.media.rtp.values import RtpSettings, StreamSpec
from tlibsim.media.settings import Codec
from tlibsim.media.sip.agent import UserAgent
from tlibsim.media.sip.sdp import Direction
from tlibsim.media.sip.tls import TlsSettings, check, client_context, server_context
from tlibsim.media.sip.transports import Binding, ReactorClock, SipTransports
from tlibsim.media.sip.values import Settings as SipSettings
from tlibsim.media.sip.values import Traffic, Transport
from tlibsim.ports.media import Instant, ReportSink

Later = Callable[[Callable[[], None]], None]

_CODECS = {"pcmu": Codec.MULAW, "pcma": Codec.ALAW}
_LEAST_STREAMS = 2000
_BETWEEN_ROUTES = re.compile(r",(?![^<]*>)")


def client_settings(settings: Settings) -> ClientSettings:
    """The configuration in the terms of the recorder backend."""
    client, options = settings.recording_client, settings.options
    return ClientSettings(
        pool=_pool(settings),
        monitor=MonitorSettings(
            on=client.monitor == "options",
            interval_s=client.monitor_interval,
            timeout_s=client.monitor_timeout,
            fall=client.fall,
            rise=client.rise,
            dead_codes=frozenset(client.dead_codes),
        ),
        initial_direction=_direction(client),
        codecs=tuple(_CODECS[one] for one in client.codecs),
        security=Security(client.security),
        allow_clear_keys=client.allow_clear_keys,
        mute_per_stream=client.mute == "per-stream",
        one_leg_failed=OneLegFailed(client.on_one_leg_failed),
        end_on_ping_loss=client.end_on_ping_loss,
        max_ports=options.max_ports,
        route_set=_routes(options.sip_routeset),
        secure_route_set=_routes(options.sip_securerouteset),
        session_expires=client.session_expires,
        split_after_s=options.rtp_multichantimeout / 1000,
        media_servers=bool(client.media_servers),
    )


def _direction(client: RecordingClientSettings) -> Direction | None:
    """A media server takes part in the call; a recorder only listens."""
    if client.media_servers or client.initial_direction == "copy":
        return None
    return Direction(client.initial_direction)


def _media_servers(settings: Settings) -> PoolSettings:
    """The media servers as a pool, with the rules of the pool of recorders."""
    client, options = settings.recording_client, settings.options
    servers = (
        RecorderSettings(name=f"media-server-{number}", address=one, shape=ShapeKind.MSML)
        for number, one in enumerate(client.media_servers, 1)
    )
    return PoolSettings(
        recorders=tuple(servers), scheme=Scheme(options.recorder_lb), retry=client.retry
    )


def _pool(settings: Settings) -> PoolSettings:
    client, options = settings.recording_client, settings.options
    if client.media_servers:
        return _media_servers(settings)
    listed = [_recorder(one) for one in settings.recorders]
    if options.recording_server:
        address = options.recording_server
        listed.append(RecorderSettings(name="recording-server", address=address))
    named = {one.name for one in listed}
    found = (_of_dn(one) for one in settings.dns.values())
    return PoolSettings(
        recorders=(*listed, *(one for one in found if one and one.name not in named)),
        scheme=Scheme(options.recorder_lb),
        reject_geo_nomatch=options.reject_recording_request_on_geo_location_nomatch,
        retry=client.retry,
        trusted=_trusted(options),
        allowed=client.dest_allow,
        port_capacity=options.port_capacity,
    )


def _recorder(entry: RecorderEntry) -> RecorderSettings:
    return RecorderSettings(
        name=entry.name,
        address=entry.address,
        port_capacity=entry.port_capacity,
        geo_location=entry.geo_location,
        transport=Transport(entry.transport) if entry.transport else None,
        request_uri=entry.request_uri,
        shape=ShapeKind(entry.shape),
        siprec_fallback=entry.siprec_fallback,
        draining=entry.draining,
        username=entry.username,
        password=entry.password,
    )


def _of_dn(dn: DnSettings) -> RecorderSettings | None:
    """A recorder that is configured as a DN: a voip-service with a contact."""
    options = dn.options
    address = options.contact or options.recording_server
    is_recorder = dn.type is DnType.VOIP_SERVICE and options.service_type == "recorder"
    if not is_recorder or not address or not dn.enabled:
        return None
    return RecorderSettings(
        name=dn.dn,
        address=address,
        port_capacity=options.port_capacity,
        geo_location=options.geo_location,
        request_uri=options.request_uri,
    )


def _trusted(options: Options) -> tuple[str, ...]:
    """What the configuration itself names as a destination needs no leave."""
    named = (options.recordingclient_recdest, options.recordingclient_recdest2)
    return tuple(one for one in named if one)


def _routes(text: str) -> tuple[str, ...]:
    """The routes of an option: URIs, in angle brackets or not, with commas between them."""
    parts = (one.strip() for one in _BETWEEN_ROUTES.split(text))
    return tuple(one.removeprefix("<").removesuffix(">") for one in parts if one)


def rtp_settings(client: RecordingClientSettings, options: Options) -> RtpSettings:
    """The configuration in the terms of the RTP side."""
    return RtpSettings(
        host=client.media_host or client.host,
        first_port=client.first_rtp_port,
        last_port=client.last_rtp_port or 65_534,
        rtcp=client.rtcp,
        max_streams=max(options.max_ports, _LEAST_STREAMS),
    )


class Sound:
    """The RTP engine as the legs want it."""

    def __init__(self, engine: RtpEngine) -> None:
        self._engine = engine

    def reserve(self) -> Pair:
        return self._engine.reserve()

    def add(self, spec: StreamSpec, pair: Pair, at: Instant) -> Stream:
        return self._engine.add(spec, cast(PortPair, pair), at)


class _Signaling:
    """The user agent as a part that opens and closes."""

    def __init__(self, agent: UserAgent) -> None:
        self.open = agent.open
        self.close = agent.close


class SipRecorders(RecorderBackend):
    """The recorder backend with its sockets."""

    transports: SipTransports

    def places(self) -> Mapping[str, Any]:
        """Host and ports of the SIP side, once open."""
        place = {"host": self.transports.binding.host, "port": self.transports.port}
        if self.transports.tls_port:
            place["tls-port"] = self.transports.tls_port
        return {"sip": place}


def make_recorders(
    settings: Settings,
    *,
    reactor: Any,
    seed: int,
    now: Callable[[], Instant],
    deliver: ReportSink,
    later: Later,
    traffic: Callable[[Traffic], None] | None = None,
) -> SipRecorders:
    """A backend for the recorders, or the media servers, of a configuration.

    Raises ConfigError for a recorder's address that is none, and for a file of certificates
    that cannot be read.
    """
    try:
        return _made(settings, reactor, seed, now, deliver, later, traffic)
    except (OSError, ValueError) as error:
        problem = Problem(source="recorders", key="", message=str(error))
        raise ConfigError([problem]) from error


def _made(
    settings: Settings,
    reactor: Any,
    seed: int,
    now: Callable[[], Instant],
    deliver: ReportSink,
    later: Later,
    traffic: Callable[[Traffic], None] | None,
) -> SipRecorders:
    client = settings.recording_client
    clock = ReactorClock(reactor)
    transports = SipTransports(reactor, _binding(client), **_tls(client))
    agent = UserAgent(transports, clock, Random(f"sip {seed}"), _sip_settings(client), traffic)
    engine = RtpEngine(rtp_settings(client, settings.options), now=now)
    made = SipRecorders(
        client_settings(settings),
        agent=agent,
        streams=Sound(engine),
        clock=clock,
        rng=Random(f"recorders {seed}"),
        now=now,
        deliver=deliver,
        later=later,
        host=client.media_host or client.host,
        parts=(engine, _Signaling(agent)),
    )
    made.transports = transports
    return made


def _sip_settings(client: RecordingClientSettings) -> SipSettings:
    return SipSettings(
        invite_timeout=client.invite_timeout, session_expires=client.session_expires
    )


def _binding(client: RecordingClientSettings) -> Binding:
    return Binding(
        host=client.host,
        port=client.port,
        tls_port=client.tls_port,
        advertised=client.advertised_host,
    )


def _tls(client: RecordingClientSettings) -> dict[str, Any]:
    certificate = Path(client.certificate).read_bytes() if client.certificate else b""
    authorities = Path(client.authorities).read_bytes() if client.authorities else b""
    tls = TlsSettings(
        authorities=authorities, certificate=certificate, verify=client.verify_tls
    )
    check(tls)
    return {
        "client_tls": lambda name: client_context(tls, name),
        "server_tls": (lambda: server_context(tls)) if certificate else None,
    }
