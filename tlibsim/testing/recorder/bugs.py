"""Mistakes that a recorder may have, each with the check of the contract that must find it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """What is wrong, and the identifier of the check that it must fail."""

    check: str
    help: str


BUGS: Mapping[str, Bug] = {
    # towards the T-Server
    "never-registers": Bug("R01", "registers no DN"),
    "registers-one": Bug("R01", "registers the first DN only"),
    "wrong-type": Bug("R01", "registers its DNs as queues, which is refused"),
    "unregisters": Bug("R01", "unregisters its DNs at once"),
    "registers-private": Bug("R02", "registers its DNs for itself alone"),
    "no-monitoring": Bug("R03", "does not start call monitoring"),
    "monitors-briefly": Bug("R03", "stops call monitoring at once"),
    "no-name": Bug("R04", "opens without an application name"),
    "no-addp": Bug("R05", "does not use ADDP"),
    "deaf-addp": Bug("R06", "does not answer polls of ADDP"),
    "no-reference": Bug("R07", "sends requests without ReferenceID"),
    "one-reference": Bug("R07", "gives all requests the same ReferenceID"),
    "no-start": Bug("R08", "never asks for a recording"),
    "wrong-message": Bug("R08", "asks with message 4013 instead of 3013"),
    "no-conn-id": Bug("R08", "asks without ConnID"),
    "old-conn-id": Bug("R08", "asks with the ConnID of the call before"),
    "wrong-side": Bug("R08", "asks for record=agent"),
    "starts-while-ringing": Bug("R08", "asks while the telephone rings"),
    "strange-dn": Bug("R08", "asks at a DN that it has not registered"),
    "integer-extension": Bug("R09", "sends an integer in Extensions"),
    "starts-again": Bug("R10", "repeats a start that was refused, in a row"),
    "starts-again-later": Bug("R10", "repeats a start that was refused, two seconds later"),
    "leaves-on-error": Bug("R11", "closes the connection when a request is refused"),
    "ack-is-recording": Bug("R12", "says RECORDING_YES when the start was acknowledged"),
    "no-status": Bug("R13", "attaches no RECORDING_STATUS_GIM"),
    "strange-status": Bug("R13", "attaches a value that nobody knows"),
    "integer-status": Bug("R13", "attaches the status as an integer"),
    "status-of-no-call": Bug("R13", "attaches the status to a ConnID that is no call"),
    "yes-forever": Bug("R14", "says RECORDING_YES after its leg has ended"),
    "adds-status": Bug("R14", "attaches each status beside the one before"),
    "starts-on-consult": Bug("R15", "asks for recordings of consultation calls"),
    "late-ack-again": Bug("R16", "asks again when the acknowledgement is late"),
    "chokes-on-attribute": Bug("R17", "closes the connection at an unknown attribute"),
    "drops-strange-event": Bug("R17", "passes over a whole event with an unknown attribute"),
    "never-reconnects": Bug("R18", "does not come back after the connection was lost"),
    "late-reconnect": Bug("R18", "waits a minute before it comes back"),
    "forgets-dns": Bug("R19", "does not register again when it comes back"),
    "forgets-monitoring": Bug("R20", "does not start call monitoring again"),
    "leaves": Bug("R23", "closes its connection when a call ends, and comes back"),
    # towards the media server
    "deaf-to-options": Bug("S01", "does not answer OPTIONS"),
    "unavailable": Bug("S01", "answers OPTIONS with 503"),
    "drops-second": Bug("S02", "does not answer the second INVITE of a call"),
    "wrong-branch": Bug("S02", "answers INVITEs with a Via branch of its own"),
    "wrong-sequence": Bug("S02", "answers INVITEs with a CSeq that it counts itself"),
    "busy-for-second": Bug("S02", "refuses the second INVITE of a call with 486"),
    "port-zero": Bug("S03", "answers the audio line with port 0"),
    "no-sdp": Bug("S03", "answers without a body"),
    "other-codec": Bug("S03", "answers with a codec that was not offered"),
    "sends-too": Bug("S04", "answers sendrecv to sendonly"),
    "ends-on-pause": Bug("S05", "ends the session when it is paused"),
    "refuses-pause": Bug("S05", "refuses the re-INVITE of a pause with 488"),
    "deaf-to-reinvite": Bug("S05", "does not answer a re-INVITE"),
    "ignores-pause": Bug("S06", "answers recvonly to inactive"),
    "stays-paused": Bug("S07", "answers inactive to the re-INVITE that resumes"),
    "refuses-resume": Bug("S07", "refuses the re-INVITE that resumes with 488"),
    "deaf-to-bye": Bug("S08", "does not answer BYE"),
    "wrong-bye": Bug("S08", "answers BYE with 481"),
    "refuses-party": Bug("S09", "refuses the re-INVITE of a transfer"),
    "ends-on-party": Bug("S09", "ends the session when a party changes"),
    "new-tag": Bug("S10", "gives a repeated INVITE another To tag"),
    "two-sessions": Bug("S10", "takes a repeated INVITE for another call"),
    "accepts-any-bye": Bug("S11", "answers 200 to a BYE of no dialog"),
    "wrong-contact": Bug("S12", "gives a Contact where nobody listens"),
    "no-contact": Bug("S12", "gives no Contact"),
    "refuses-refresh": Bug("S13", "refuses a re-INVITE that changes nothing"),
    "hangs-up": Bug("S14", "ends its sessions while the call goes on"),
    # towards the sound
    "dead-port": Bug("M01", "names a port where nobody listens"),
    "swaps-channels": Bug("M02", "files each party under the other's number"),
    "one-sound": Bug("M02", "writes the same sound for both parties"),
    "wrong-rate": Bug("M02", "writes a sample rate in its files that is not theirs"),
    "records-pause": Bug("M03", "leaves the pause out instead of keeping silence"),
    "loses-sound": Bug("M04", "loses the first half second"),
    "loses-packets": Bug("M04", "loses every fifth packet"),
    "no-file": Bug("M05", "writes no file for a call"),
}
