"""A SIP recorder made of pjsua2, run by the Python of an environment that has pjsua2-python.

    python pjsua_recorder.py PORT MEDIAPORT FOLDER SECONDS [srtp] [tls=PEMFILE]

Every INVITE is answered, up to two lines of sound are taken, each becomes a WAV of its own:
``FOLDER/DN-lineN.wav``, DN being the parameter ``dn`` of the Request-URI.  With ``tls`` the TCP
port of the same number speaks TLS, with the certificate and the key of the file.  It is a separate
program: pjsua2 is GPL-2.0-or-later and is never imported by tlibsim.
"""

import re
import sys
import time
from pathlib import Path

import pjsua2 as pj

MOST_LINES = 2
ENOUGH = 255


class Call(pj.Call):
    """One session: a recorder for each line that sends to us."""

    def __init__(self, account: "Account", number: int, name: str) -> None:
        super().__init__(account, number)
        self.account = account
        self.name = name
        self.writers: dict[int, pj.AudioMediaRecorder] = {}

    def onCallState(self, prm: object) -> None:
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.writers.clear()
            self.account.calls.remove(self)

    def onCallMediaState(self, prm: object) -> None:
        """Remote sendonly shows as "hold" here, so the direction bits decide.

        ``info`` must live as long as its parts are looked at.
        """
        info = self.getInfo()
        for line in info.media:
            if line.type == pj.PJMEDIA_TYPE_AUDIO and line.dir & pj.PJMEDIA_DIR_DECODING:
                self.getAudioMedia(line.index).startTransmit(self.writer(line.index))

    def writer(self, line: int) -> pj.AudioMediaRecorder:
        """The file of a line; the silent device feeds it too, so that a pause has its length."""
        if line not in self.writers:
            made = pj.AudioMediaRecorder()
            made.createRecorder(str(self.account.folder / f"{self.name}-line{line}.wav"))
            pj.Endpoint.instance().audDevManager().getCaptureDevMedia().startTransmit(made)
            self.writers[line] = made
        return self.writers[line]


class Account(pj.Account):
    """Answers whoever calls."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.calls: list[Call] = []

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        uri = prm.rdata.wholeMsg.split("\r\n")[0]
        found = re.search(r";dn=([\w+-]+)", uri)
        call = Call(self, prm.callId, found.group(1) if found else f"call{prm.callId}")
        self.calls.append(call)
        answer = pj.CallOpParam(True)
        answer.statusCode = pj.PJSIP_SC_OK
        answer.opt.audioCount = MOST_LINES
        call.answer(answer)


def endpoint(port: int, certificate: str) -> pj.Endpoint:
    made = pj.Endpoint()
    made.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.uaConfig.maxCalls = 32
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.medConfig.noVad = True
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    made.libInit(config)
    transport = pj.TransportConfig()
    transport.port = port
    transport.boundAddress = "127.0.0.1"
    if certificate:
        transport.tlsConfig.certFile = transport.tlsConfig.privKeyFile = certificate
        made.transportCreate(pj.PJSIP_TRANSPORT_TLS, transport)
    made.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    made.audDevManager().setNullDev()
    made.libStart()
    for codec in made.codecEnum2():
        wanted = codec.codecId.startswith(("PCMU", "PCMA"))
        made.codecSetPriority(codec.codecId, ENOUGH if wanted else 0)
    return made


def account(folder: Path, media_port: int, *, srtp: bool) -> Account:
    config = pj.AccountConfig()
    config.idUri = "sip:recorder@127.0.0.1"
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.mediaConfig.transportConfig.port = media_port
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    if srtp:
        config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_OPTIONAL
        config.mediaConfig.srtpSecureSignaling = 0
    made = Account(folder)
    made.create(config)
    return made


def main() -> None:
    port, media_port, folder, seconds, *more = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    named = (word.removeprefix("tls=") for word in more if word.startswith("tls="))
    running = endpoint(int(port), next(named, ""))
    recorder = account(Path(folder), int(media_port), srtp="srtp" in more)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        running.libHandleEvents(20)
    running.hangupAllCalls()
    for _ in range(20):
        running.libHandleEvents(20)
    recorder.calls.clear()
    recorder.shutdown()
    del recorder
    running.libDestroy()


main()
