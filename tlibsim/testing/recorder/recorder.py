"""The whole reference recorder: both sides, and the files that it writes."""

from pathlib import Path

from tlibsim.media.rtp.hearing import SAMPLE_RATE
from tlibsim.testing.recorder.library import Library, Rules
from tlibsim.testing.recorder.sip import Dialog, SipServer
from tlibsim.testing.recorder.sound import (
    Samples,
    heard_by,
    without_begin,
    without_packets,
    without_silence,
    write,
)

_SAFE = "-_."


class Recorder:
    """Registers, takes sessions, writes ``CALLUUID_DN.wav`` for each party, and tells its state."""

    def __init__(
        self,
        tserver: tuple[str, int],
        rules: Rules,
        *,
        directory: Path,
        host: str = "127.0.0.1",
        sip_port: int = 0,
        password: str | None = None,
    ) -> None:
        self._directory = directory
        self._bugs = rules.bugs
        self._written: set[str] = set()
        self.sip = SipServer(host, sip_port, rules.bugs, self._changed)
        self.library = Library(tserver, rules, self._dialogs, password)

    @property
    def sip_port(self) -> int:
        return self.sip.port

    def open(self) -> None:
        """Listen for sessions, then connect."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self.sip.open()
        self.library.open()

    def close(self) -> None:
        self.library.close()
        self.sip.close()

    def _dialogs(self) -> list[Dialog]:
        return list(self.sip.dialogs.values())

    def _changed(self, dialog: Dialog) -> None:
        self.library.changed(dialog)
        if dialog.ended and dialog.call_id not in self._written:
            self._written.add(dialog.call_id)
            self._write(dialog)

    def _write(self, dialog: Dialog) -> None:
        if "no-file" in self._bugs:
            return
        owners = (dialog.dn, dialog.other_dn)
        for at, receiver in enumerate(dialog.lines.receivers):
            if receiver is None or at >= len(owners):
                continue
            samples = self._filed(heard_by(receiver))
            rate = 2 * SAMPLE_RATE if "wrong-rate" in self._bugs else SAMPLE_RATE
            write(self._directory / self._name(dialog, owners[at]), samples, rate)

    def _filed(self, samples: Samples) -> Samples:
        if "records-pause" in self._bugs:
            return without_silence(samples)
        if "loses-packets" in self._bugs:
            return without_packets(samples)
        return without_begin(samples) if "loses-sound" in self._bugs else samples

    def _name(self, dialog: Dialog, dn: str) -> str:
        """One file for each party of each recording; nothing from the wire leaves the folder."""
        if "one-sound" in self._bugs:
            dn = "all"
        elif "swaps-channels" in self._bugs:
            others = [
                one.dn
                for one in self._dialogs()
                if one.call_uuid == dialog.call_uuid and one.dn != dialog.dn
            ]
            dn = others[0] if others else dn
        words = f"{dialog.call_uuid}_{dn}"
        return "".join(c if c.isalnum() or c in _SAFE else "_" for c in words) + ".wav"
