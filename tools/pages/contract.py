"""Write the page of a contract to standard output: its checks, and what proves them.

python -m tools.pages.contract [desktop]
"""

import sys
from collections.abc import Mapping

from tlibsim.contract.desktop import DESKTOP
from tlibsim.contract.recorder import RECORDER
from tlibsim.contract.suite import Suite
from tlibsim.testing.desktop.bugs import BUGS as DESKTOP_BUGS
from tlibsim.testing.recorder.bugs import BUGS, Bug

HEAD = """\
# The recorder contract

`tlibsim contract run` plays call flows against a recorder and judges what it does as a T-Library
client, as a SIP user agent, and with the sound. MUST: a recorder that fails it loses recordings or
disturbs others. SHOULD: it works, but not as it ought to. Each check names the clause that it comes
from; `tlibsim contract run R09` plays one of them again.

## What is played, and how long it may take

The call is recorded already when the recorder asks, so that its start is refused; every session is
refused; an EventACK comes 2.5 s late; an EventEstablished has an attribute that nobody knows;
recordings are paused, go on, and are stopped; somebody joins a call, somebody is consulted; all its
connections are cut at once. A SIP client beside the media server repeats an INVITE, refreshes a
session, and ends one that there never was.

All connections to the T-Server are taken for the recorder's: it may have several, for a task each,
or one more for each start. A recorder that never asks for recordings leaves `starts_on` empty. Its
sessions may come over UDP, TCP or TLS (`sip:127.0.0.1:5080;transport=tcp`, `sips:`). Without `start`
it may go on running between two contracts: their calls have nothing in common, whatever the seed.

| what | may take |
| --- | --- |
| to connect, register and monitor | `ready.within` |
| until the SIP side answers, after that | 10 s, within the same time |
| to answer INVITE | 5 s |
| to ask for a recording, once the call is answered | 5 s |
| to attach RECORDING_STATUS_GIM, or another value of it | 2 s |
| to answer a re-INVITE, or BYE | 2 s |
| to come back | `reconnect_within`, and 5 s more to register and monitor |
| to write the files | 6 s after the last call |

## Which of them count

`contracts/recorder.yaml` beside the configuration (or `--contract FILE`) says so; `tlibsim init`
makes it with all checks in it, and a schema for editors beside it (`tlibsim contract schema`):

```yaml
contract: recorder
fails-on: SHOULD          # MUST: a SHOULD that fails is told, and the run passes
checks:                   # the level of each; one that is not named is run at its own
  R01: MUST
  R04: MUST               # stricter than the table below
skip:                     # left out, with the reason: a check, or a whole flow
  R22: screen capture off
  lost: one connection is all there is
```

Reasons stand in every report. What is wrong with the file, or with the section `recorder`, is told
with line and column, all of it at once. `contracts/desktop.yaml` does the same for `--desktop`.

`start` is run in the folder of the configuration, without a shell, in a process group of its own,
which is ended with the run. When it ends with an error before the recorder connects, the waiting
ends, and its exit code and last words are told; one that ends with 0 has left the recorder in the
background. When it ends with an error later, one check of that flow fails with the exit code and
the last words, and it is started again for the next flow; when it does not come back, what was not
played is "not seen". Either way the run fails. Where `start` is told the port (`{tlib_port}`), a server that runs
already is in nobody's way: the contract takes free ports.

| exit code | when |
| --- | --- |
| 0 | all passed |
| 1 | a check failed |
| 2 | wrong usage, configuration or contract |
| 3 | nothing was judged: all skipped, or not seen |
| 4 | the recorder never connected |
"""
DESKTOP_HEAD = """\
# The desktop contract

`tlibsim contract run --desktop` plays call flows against an agent desktop, or any other T-Library
client that logs an agent in and answers calls, and judges what it does. MUST: a desktop that fails
it loses calls or disturbs others. SHOULD: it works, but not as it ought to. Each check names the
clause that it comes from; `tlibsim contract run --desktop D09` plays one of them again. Exit codes
and reports (`--junit`, `--html`, `--summary`) are those of the recorder contract.

```yaml
dns:
  "7001": {type: DN}
  "9001": {type: ACD Queue}
  "trunk-in": {type: Trunk}
agents:
  "1001": {}
desktop:
  dn: "7001"
  agent: "1001"
  queue: "9001"                        # left out: any queue, or none
  start: "python -m tlibsim.testing.desktop --tserver {tlib_host}:{tlib_port} --dn 7001 --agent 1001 --queue 9001"
  ready: {within: 20s}
  reconnect_within: 30s
  auto: {login: true, answers: true, answers_within: 3s, updates: true}
```

`start` is run in the folder of the configuration; one that ends by itself is started again for the
next flow. Without `start` the desktop is started by hand, within the time of `ready`. `auto` says what it does
with nobody at it. What it does not do by itself is left out or done for it: with `login: false` the
checks of logins are skipped, with `answers: false` the simulator answers, with `updates: false`
(the default) user data is judged only if the desktop writes some back, and with `updates: true` it
must write back what came with a call. Values may be changed, as a number that is counted up; they
are spoiled when something that cannot hold them was in between: another type, another character set,
a lost sign.

What the run does to the desktop: the first EventLinkConnected comes 0.3 s late; EventEstablished
comes late; its answer is refused; the caller gives up before any answer can be in time; EventRinging
has an attribute that nobody knows; its DN goes out of service, the link goes down, and both come
back; its connection is cut and its agent is logged out meanwhile.
"""
CHECKS = """
## Checks

| check | level | flow | what | source |
| --- | --- | --- | --- | --- |
"""
PROOF = """
## Proof that it bites

The reference {noun} of this project (`python -m tlibsim.testing.{noun}`) passes everything.
Each of these mistakes, put into it on purpose (`--bug`), fails the check that is meant to find it;
`{proving}` plays them all, and so does the test suite.

| mistake | what it does | found by |
| --- | --- | --- |
"""
PROVING = "python -m tlibsim.testing.proving"
PAGES: Mapping[str, tuple[str, Suite, Mapping[str, Bug], str]] = {
    "recorder": (HEAD, RECORDER, BUGS, PROVING),
    "desktop": (DESKTOP_HEAD, DESKTOP, DESKTOP_BUGS, f"{PROVING} --desktop"),
}


def main(which: str = "recorder") -> None:
    """Print the page."""
    head, suite, bugs, proving = PAGES[which]
    print(head + CHECKS, end="")
    for one in suite.checks:
        print(f"| {one.id} | {one.level.value} | {one.flow} | {one.title} | {one.source} |")
    print(PROOF.format(noun=suite.noun, proving=proving), end="")
    for name, bug in bugs.items():
        print(f"| `{name}` | {bug.help} | {bug.check} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
