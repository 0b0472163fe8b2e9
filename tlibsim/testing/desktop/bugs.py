"""Mistakes that a desktop may have, each with the check of the contract that must find it."""

from collections.abc import Mapping

from tlibsim.testing.recorder.bugs import Bug

BUGS: Mapping[str, Bug] = {
    "no-name": Bug("D01", "opens without an application name"),
    "asks-at-once": Bug("D02", "registers before EventLinkConnected has come"),
    "never-registers": Bug("D03", "registers no DN"),
    "registers-private": Bug("D04", "registers its DN for itself alone"),
    "no-login": Bug("D05", "does not log its agent in"),
    "wrong-agent": Bug("D05", "logs in with its DN as AgentID"),
    "no-queue": Bug("D05", "logs in without the queue"),
    "no-addp": Bug("D06", "does not use ADDP"),
    "deaf-addp": Bug("D07", "does not answer polls of ADDP"),
    "no-reference": Bug("D08", "sends requests without ReferenceID"),
    "one-reference": Bug("D08", "gives all requests the same ReferenceID"),
    "never-answers": Bug("D09", "lets calls ring"),
    "slow-answer": Bug("D09", "answers after 60 seconds"),
    "wrong-conn-id": Bug("D09", "answers with the ConnID plus one"),
    "wrong-dn": Bug("D09", "answers at the caller's number"),
    "answers-twice": Bug("D10", "sends every answer twice"),
    "impatient": Bug("D10", "answers again when EventEstablished is late"),
    "leaves-on-error": Bug("D11", "ends when a request is refused"),
    "answers-on-and-on": Bug("D12", "repeats its answer as long as it is refused"),
    "chokes-on-abandoned": Bug("D13", "ends when a call is over that it has not answered"),
    "chokes-on-attribute": Bug("D14", "ends at an attribute that it does not know"),
    "integers-as-text": Bug("D15", "writes integers of user data back as strings"),
    "bytes-as-text": Bug("D15", "writes binary user data back as strings"),
    "wide-as-text": Bug("D15", "writes UTF-16 user data back as strings"),
    "no-update": Bug("D15", "does not write user data back"),
    "leaves-out-of-service": Bug("D16", "ends when its DN is out of service"),
    "stays-out-of-service": Bug("D16", "answers no call after its DN is back"),
    "asks-while-down": Bug("D17", "registers again while the link is down"),
    "stays-down": Bug("D18", "answers no call after the link is up again"),
    "never-reconnects": Bug("D19", "does not come back after a lost connection"),
    "late-reconnect": Bug("D19", "comes back after 60 seconds"),
    "forgets-dn": Bug("D20", "does not register again when it comes back"),
    "forgets-login": Bug("D21", "does not log in again when it comes back"),
}
