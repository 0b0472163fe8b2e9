"""A process that sends RTP streams and nothing else, told by lines on standard input.

    python -m tools.benchmarks.streams

The first line it gets is JSON: the ports of the far end, and whether to secure the streams.  It
answers with a line of JSON when all streams are added.  Then ``status`` asks for the figures,
``pause`` and ``resume`` are for all streams at once; the end of its input ends it.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from tlibsim.media.rtp.service import RtpEngine, StreamHandle
from tlibsim.media.rtp.srtp import fresh_key
from tlibsim.media.rtp.values import AudioPlan, Encoding, RtpSettings, StreamSpec
from tlibsim.ports.media import AudioSource, Instant, MediaParty


def main() -> int:
    wanted = json.loads(sys.stdin.readline())
    engine = RtpEngine(RtpSettings(max_streams=len(wanted["ports"]) + 10), now=_present)
    engine.open()
    begin = time.perf_counter()
    handles = _added(engine, wanted["ports"], secured=wanted["secured"])
    _tell({"added_s": time.perf_counter() - begin})
    orders: dict[str, Callable[[], dict[str, Any]]] = {
        "status": lambda: _status(engine),
        "pause": lambda: _timed(handle.pause for handle in handles),
        "resume": lambda: _timed(handle.resume for handle in handles),
    }
    for line in sys.stdin:
        _tell(orders[line.strip()]())
    engine.close()
    return 0


def _added(engine: RtpEngine, ports: Sequence[int], *, secured: bool) -> list[StreamHandle]:
    zero = _present()
    return [
        engine.add(
            StreamSpec(
                remote=("127.0.0.1", port),
                payload_type=0,
                encoding=Encoding.PCMU,
                zero=zero,
                audio=AudioPlan(parties=(_party(7000 + place, zero),)),
                group=str(place // 2),
                cname="bench",
                key=fresh_key() if secured else None,
            ),
            engine.reserve(),
            _present(),
        )
        for place, port in enumerate(ports)
    ]


def _party(number: int, zero: Instant) -> MediaParty:
    return MediaParty(dn=str(number), source=AudioSource(), started_at=zero)


def _status(engine: RtpEngine) -> dict[str, Any]:
    status = engine.status()
    return {
        "packets": status.packets,
        "dropped": status.dropped,
        "skipped": status.skipped,
        "cpu_s": status.cpu_s,
        "late_ms": status.late_ms,
    }


def _timed(orders: Any) -> dict[str, Any]:
    begin = time.perf_counter()
    for order in orders:
        order()
    return {"seconds": time.perf_counter() - begin}


def _tell(values: dict[str, Any]) -> None:
    print(json.dumps(values), flush=True)


def _present() -> Instant:
    return Instant(time.time_ns() // 1000)


if __name__ == "__main__":
    sys.exit(main())
