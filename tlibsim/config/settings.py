"""The whole configuration as light frozen values: what the rest of the program is given.

Nothing here reads text; :mod:`tlibsim.config.loading` makes these values from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tlibsim.config.dns import AgentSettings, DnSettings, DnType, External, nothing
from tlibsim.config.links import LinkSettings
from tlibsim.config.options import Options
from tlibsim.config.recorders import RecorderEntry, RecordingClientSettings
from tlibsim.config.routing import RoutingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One TCP port for T-Library clients; port 0 lets the system choose."""

    name: str = "tlib"
    host: str = "127.0.0.1"
    port: int = 7020
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """Bounds on what one client may cost.

    ``max_message_bytes``, ``max_depth`` and ``max_pairs`` bound a message and its lists,
    ``max_queue_bytes`` what waits for a client that does not read, ``max_clients`` (0: no bound;
    the option ``max-clients``) their number, ``journal_entries`` the memory of the journal.
    ``journal_file`` keeps what that has no room for (empty: it is forgotten), in two files of at
    most ``journal_file_mb``.
    """

    max_message_bytes: int = 16 * 1024 * 1024
    max_depth: int = 64
    max_pairs: int = 100_000
    max_queue_bytes: int = 16 * 1024 * 1024
    max_clients: int = 0
    journal_entries: int = 10_000
    journal_file: str = ""
    journal_file_mb: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsSettings:
    """Where recordings go and how they are written (MEDIA.md 2).

    ``min_free_mb`` is the room that must stay on the disk, ``max_minutes`` the longest
    recording (0: no bound).  ``directory`` is relative to where the server was started.
    """

    directory: str = "recordings"
    backend: Literal["file", "null"] = "file"
    codec: Literal["mulaw", "alaw"] = "mulaw"
    min_free_mb: int = 16
    max_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrSettings:
    """Call detail records, kept beside the recordings; with the backend ``null`` there are none.

    ``max_records`` bounds how many calls and recordings are kept, ``max_traces`` of how many
    recordings the trace is kept, too (0: no bound).  With ``json_lines`` each finished record is
    a line of ``cdr.jsonl`` as well, which begins anew at ``json_lines_mb`` (0: never).
    """

    enabled: bool = True
    max_records: int = 100_000
    max_traces: int = 10_000
    json_lines: bool = True
    json_lines_mb: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSettings:
    """Where ``tlibsim snapshot`` keeps states; relative to where the server was started."""

    directory: str = ".tlibsim/snapshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """The control API over HTTP; without a port there is none, port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """When a program under test is ready: it has registered these DNs, within this time."""

    registered: tuple[str, ...] = ()
    within: str = "20s"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderUnderTest:
    """The recorder that ``tlibsim contract run`` judges (FIRST_HOUR.md, story R).

    ``sip_uri`` is where it takes sessions, ``sessions`` how many it wants for a call, ``start``
    the command that starts it (``{tlib_host}``, ``{tlib_port}`` and ``{sip_port}``, the port of
    ``sip_uri``, are filled in; empty: it runs already), ``starts_on`` the DNs whose calls it asks
    a recording for, ``files`` the folder in which it leaves WAV files whose names have CallUUID
    and DN, ``reconnect_within`` how long it may be away.
    """

    sip_uri: str = ""
    sessions: Literal["1", "2"] = "2"
    start: str = ""
    ready: Ready = Ready()
    starts_on: tuple[str, ...] = ()
    files: str = ""
    reconnect_within: str = "30s"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesktopAuto:
    """What a desktop under test does with nobody at it.

    It logs its agent in, answers a ringing call within the time, writes user data back.
    """

    login: bool = True
    answers: bool = True
    answers_within: str = "3s"
    updates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DesktopUnderTest:
    """The agent desktop that ``tlibsim contract run --desktop`` judges (FIRST_HOUR.md, story D).

    ``dn`` is its telephone, ``agent`` the AgentID with which it logs in, ``queue`` the queue that
    it logs in to (empty: any or none).  ``start``, ``ready`` and ``reconnect_within`` are as of a
    recorder; ``ready.registered`` are the DNs that it registers, by default only ``dn``.
    """

    dn: str = ""
    agent: str = ""
    queue: str = ""
    start: str = ""
    ready: Ready = Ready()
    reconnect_within: str = "30s"
    auto: DesktopAuto = DesktopAuto()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRecording:
    """The section ``remote-recording`` of the profile sfb (RECORDING.md 9); used by later work."""

    server_application: str = ""
    trunk_group: str = "annc"
    uri_pattern: str = ""
    reestablish_recording_tout: float = 5.0
    recording_filename: str = ""
    record_moh: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaRule:
    """Whom the recorder persona records; ``dn`` is a pattern, ``record`` the side."""

    dn: str
    record: Literal["source", "destination"] = "source"
    percent: float = 100.0
    delay_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """The built-in third-party recorder (RECORDING.md 11).

    It registers DNs that a rule or ``watch`` fits.  ``address`` is where it takes INVITEs, empty:
    every leg that leads to a recorder at all is its own.  ``correlate`` says what of a session
    must be known for its sound to be taken for that of a call.  ``status_key`` and ``video_key``
    are its keys in the user data; ``reconnect_after_ms`` is how long a lost connection stays
    away (0: until it is told).
    """

    name: str
    rules: tuple[PersonaRule, ...] = ()
    watch: tuple[str, ...] = ()
    address: str = ""
    correlate: tuple[Literal["record-dn", "file-name"], ...] = ("record-dn",)
    status_key: str = "RECORDING_STATUS_GIM"
    video_key: str = "RECORDING_VIDEO_STATUS"
    reconnect_after_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownOption:
    """An option that the emulator does not know: kept, shown, and told with its nearest name."""

    where: str
    name: str
    value: Any
    source: str
    line: int | None = None
    column: int | None = None
    suggestion: str = ""

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}:{self.column}"
        hint = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return f"{place}  warning  {self.where}.{self.name} is not an option known here.{hint}"


_CLIENT = RecordingClientSettings()
_EXTERNAL = External()
_LINKS = LinkSettings()
_OPTIONS = Options()
_ROUTING = RoutingSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set.  Passwords are left out of ``repr``; see ``shown`` for people.

    ``dns`` and ``agents`` are by number, ``clients`` maps the name of a client to the DNs it
    registers in a scenario, ``errors`` a condition (``not-registered``) or a request and a
    condition (``RequestMakeCall/not-registered``) to an error code, ``error_texts`` a code to the
    text sent with it.  ``seed`` None: each run has identifiers of its own.
    """

    server: str = "tlibsim"
    switch: str = "tlibsim_switch"
    profile: Literal["sip-server", "sfb"] = "sip-server"
    seed: int | None = None
    customer_id: str = "Environment"
    server_version: str = "8.1.102.65"
    listeners: tuple[Listener, ...] = (Listener(),)
    password: str | None = field(default=None, repr=False)
    passwords: Mapping[str, str] = field(default_factory=nothing, repr=False)
    limits: ClientLimits = ClientLimits()
    dns: Mapping[str, DnSettings] = field(default_factory=nothing, repr=False)
    agents: Mapping[str, AgentSettings] = field(default_factory=nothing, repr=False)
    external: External = _EXTERNAL
    clients: Mapping[str, tuple[str, ...]] = field(default_factory=nothing)
    options: Options = _OPTIONS
    recordings: RecordingsSettings = RecordingsSettings()
    cdr: CdrSettings = CdrSettings()
    snapshots: SnapshotSettings = SnapshotSettings()
    http: HttpSettings = HttpSettings()
    recorder: RecorderUnderTest | None = None
    desktop: DesktopUnderTest | None = None
    faults: tuple[Mapping[str, Any], ...] = ()
    recorders: tuple[RecorderEntry, ...] = ()
    recording_client: RecordingClientSettings = _CLIENT
    remote_recording: RemoteRecording = RemoteRecording()
    persona: Persona | None = None
    routing: RoutingSettings = _ROUTING
    second_site: Mapping[str, Any] = field(default_factory=nothing)
    links: LinkSettings = _LINKS
    errors: Mapping[str, int] = field(default_factory=nothing)
    error_texts: Mapping[int, str] = field(default_factory=nothing)
    unknown_options: tuple[UnknownOption, ...] = ()

    def dns_of(self, kind: DnType) -> tuple[DnSettings, ...]:
        """The configured objects of one kind, in the order of the file."""
        return tuple(one for one in self.dns.values() if one.type is kind)
