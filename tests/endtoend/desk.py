"""A desktop of somebody else, for scenarios with an external actor.  It has nothing of tlibsim's.

    desk.py HOST PORT NAME DN [MODE]

It registers the DN and answers what rings there.  MODE ``pause``: it also pauses the recording
when that is on; ``stop``: it stops it instead; ``lazy``: it does not answer; ``silent``: it never
connects.
"""

import socket
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "protocol"))

from tlibproto.codec import decode, encode
from tlibproto.framing import Addp, FrameDecoder, encode_frame
from tlibproto.messages import (
    EventAttachedDataChanged,
    EventRinging,
    Request,
    RequestAnswerCall,
    RequestPrivateService,
    RequestRegisterAddress,
    RequestRegisterClient,
)
from tlibproto.vocabulary import PrivateServiceId

_SERVICES = {"pause": 3015, "stop": 3014}


def main(host: str, port: str, name: str, dn: str, mode: str = "") -> None:
    if mode == "silent":
        time.sleep(60)
        return
    with socket.create_connection((host, int(port)), timeout=60) as line:
        numbers = iter(range(1, 1_000_000))

        def send(request: type[Request], **values: object) -> None:
            line.sendall(
                encode_frame(encode(request(reference_id=next(numbers), **values), "utf-8"))
            )

        send(
            RequestRegisterClient,
            protocol_version="tserver protocol 4.2",
            application_name=name,
        )
        send(RequestRegisterAddress, this_dn=dn)
        decoder, done = FrameDecoder(), False
        while data := line.recv(65536):
            for unit in decoder.feed(data):
                event = None if isinstance(unit, Addp) else decode(unit, "utf-8")
                if isinstance(event, EventRinging) and mode != "lazy":
                    send(RequestAnswerCall, this_dn=dn, conn_id=event.conn_id)
                if mode in _SERVICES and not done and _is_recorded(event):
                    done = True
                    send(
                        RequestPrivateService,
                        private_msg_id=PrivateServiceId(_SERVICES[mode]),
                        this_dn=dn,
                        conn_id=event.conn_id,
                    )


def _is_recorded(event: object) -> bool:
    """Whether the event tells that the call is recorded now."""
    if not isinstance(event, EventAttachedDataChanged) or event.user_data is None:
        return False
    return event.user_data.has("GSIP_RECORD")


if __name__ == "__main__":
    main(*sys.argv[1:])
