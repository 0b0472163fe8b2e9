"""Peers that write sound or stand before recorders: baresip, kamailio, pjsua2.

``pjsua2`` has no Debian package: ``pip install pjsua2-python`` into an environment of its own,
and name its Python in TLIBSIM_PJSUA_PYTHON.  ``tools/test`` does that where it may.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.peers.processes import Peer, free_ports, start

FILES = Path(__file__).parents[2] / "fixtures" / "peers"
MODULES = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")
KAMAILIO_MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/"
SECONDS = 60


def pjsua_python() -> str:
    """The Python that has pjsua2, or "" when none was named."""
    named = os.environ.get("TLIBSIM_PJSUA_PYTHON", "")
    own = Path(__file__).parents[2] / ".venv-pjsua2" / "bin" / "python"
    found = named or (str(own) if own.exists() else "")
    return found if found and Path(found).exists() else ""


def needs_pjsua() -> pytest.MarkDecorator:
    """Skip without pjsua2, and say how to get it."""
    return pytest.mark.skipif(
        not pjsua_python(),
        reason="not installed: pjsua2 (python3 -m venv .venv-pjsua2 && "
        ".venv-pjsua2/bin/pip install pjsua2-python)",
    )


@contextlib.contextmanager
def baresip(folder: Path) -> Iterator[Peer]:
    """Baresip as a recorder: it writes ``out/dump-*-dec.wav`` for each session."""
    port, media_port = free_ports(), free_ports(20)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "out").mkdir()
    account = (FILES / "baresip" / "accounts").read_text(encoding="utf-8")
    (folder / "accounts").write_text(account.replace(":5070", f":{port}"), encoding="utf-8")
    (folder / "contacts").write_text("", encoding="utf-8")
    config = (FILES / "baresip" / "config").read_text(encoding="utf-8")
    config = config.replace(":5070", f":{port}").replace("./out", str(folder / "out"))
    config = config.replace("30000-30999", f"{media_port}-{media_port + 19}")
    found = next((one for one in MODULES if Path(one).is_dir()), MODULES[0])
    config = config.replace(MODULES[0], found)
    (folder / "config").write_text(config, encoding="utf-8")
    peer = start(["baresip", "-f", str(folder), "-v"], folder=folder, port=port)
    try:
        yield peer
    finally:
        peer.stop()


@contextlib.contextmanager
def kamailio(
    folder: Path, recorders: Sequence[int], *, together: bool = False
) -> Iterator[Peer]:
    """Kamailio as a pool front: spreads sessions over recorders on these ports.

    In turn, or ``together``: by the user of the Request-URI, which is the record id.
    """
    port = free_ports()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run").mkdir()
    text = (FILES / "kamailio" / "pool.cfg").read_text(encoding="utf-8")
    text = text.replace(":5060", f":{port}")
    if together:
        by_user = 'modparam("dispatcher", "hash_pvar", "$rU")\nmodparam("tm", "fr_timer"'
        text = text.replace('modparam("tm", "fr_timer"', by_user)
        text = text.replace('ds_select_dst("1", "4")', 'ds_select_dst("1", "7")')
    modules = next(
        (str(one) + "/" for one in Path("/usr/lib").glob("*/kamailio/modules")),
        KAMAILIO_MODULES,
    )
    (folder / "pool.cfg").write_text(text.replace(KAMAILIO_MODULES, modules), encoding="utf-8")
    lines = "".join(f"1 sip:127.0.0.1:{one} 0 0 \n" for one in recorders)
    (folder / "pool.list").write_text(lines, encoding="utf-8")
    program = shutil.which("kamailio") or "kamailio"
    command = [program, "-f", str(folder / "pool.cfg"), "-DD", "-E", "-m", "16", "-M", "4"]
    command += ["-w", str(folder), "-Y", str(folder / "run")]
    peer = start(command, folder=folder, port=port)
    try:
        yield peer
    finally:
        peer.stop()


@contextlib.contextmanager
def pjsua(folder: Path, *words: str) -> Iterator[Peer]:
    """A pjsua2 recorder: it writes ``wav/DN-lineN.wav`` for each line of each session."""
    port, media_port = free_ports(), free_ports(20)
    program = str(Path(__file__).parent / "pjsua_recorder.py")
    command = [pjsua_python(), program, str(port), str(media_port), str(folder / "wav")]
    peer = start([*command, str(SECONDS), *words], folder=folder, port=port)
    try:
        yield peer
    finally:
        peer.stop()
