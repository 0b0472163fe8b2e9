"""After a crash: give the files left behind their sizes and names, and tell the index.

Several recorders may share a directory.  Each holds a shared lock on a file in it; only one
that was alone when it came may repair, for then no file there is still being written.
"""

import contextlib
import logging
import os
from pathlib import Path

from tlibsim.media.capture import artefact_of
from tlibsim.media.index_writer import IndexWriter
from tlibsim.media.metadata import (
    FORMAT,
    LIVE_STATES,
    Document,
    MetadataError,
    RecordingState,
    iso,
    metadata_path,
    read_document,
    write_document,
)
from tlibsim.media.names import AUDIO_SUFFIX, METADATA_SUFFIX, PART_SUFFIX, safe_name
from tlibsim.media.settings import Codec, PauseGap
from tlibsim.media.wavefile import PartFile, WaveFormatError, read_layout
from tlibsim.ports.media import Artefact

try:
    import fcntl
except ImportError:  # pragma: no cover
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

LOCK_NAME = ".tlibsim-recorder"

_LOG = logging.getLogger("tlibsim.media")


class DirectoryLock:
    """The sign that a recorder, or another writer with a ``name`` of its own, works there."""

    def __init__(self, name: str = LOCK_NAME) -> None:
        self._name = name
        self._descriptor = -1

    def acquire(self, directory: Path) -> bool:
        """Take the lock and tell whether nobody else had it; OSError when it cannot be made."""
        self._descriptor = os.open(directory / self._name, os.O_RDWR | os.O_CREAT, 0o644)
        if not HAS_LOCKS:  # pragma: no cover
            return True
        alone = True
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        return alone

    def share(self) -> None:
        """Let other recorders in."""
        if HAS_LOCKS and self._descriptor >= 0:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def recover(directory: Path, index: IndexWriter) -> list[str]:
    """Repair what a crash left and return the names of the recordings repaired.

    To be called only while no recorder works in the directory.
    """
    recovered = [name for part in _parts(directory) if (name := _repair(part, index))]
    index.reconcile()
    for name in sorted(index.names(LIVE_STATES)):
        _conclude(directory, name, index)
    index.commit()
    for draft in directory.glob("*" + METADATA_SUFFIX + ".new"):
        with contextlib.suppress(OSError):
            draft.unlink()
    return recovered


def _parts(directory: Path) -> list[Path]:
    parts = sorted(directory.glob("*" + PART_SUFFIX))
    return [part for part in parts if safe_name(_name_of(part)) == _name_of(part)]


def _name_of(part: Path) -> str:
    return part.name.removesuffix(PART_SUFFIX)


def _repair(part: Path, index: IndexWriter) -> str:
    name, directory = _name_of(part), part.parent
    try:
        document = _document_of(directory, name, part)
        channels = read_layout(part).channels
        file = PartFile(directory, name, _codec_of(document, part), channels=channels)
        final = file.finish()
        if file.name != name:
            metadata_path(directory, name).unlink(missing_ok=True)
            index.remove(name)
        _complete(document | {"name": file.name, "file": final.name}, artefact_of(final), index)
    except (OSError, ValueError, KeyError, TypeError) as error:
        _LOG.warning("%s cannot be repaired: %s", part, error)
        return ""
    _LOG.info("repaired %s, which a crash had left", final)
    return file.name


def _conclude(directory: Path, name: str, index: IndexWriter) -> None:
    """Deal with a recording that goes on by the index, when its files say otherwise."""
    final = directory / (name + AUDIO_SUFFIX)
    try:
        document = read_document(metadata_path(directory, name))
        if document.get("state") not in LIVE_STATES:
            index.put(document)
            return
        if final.exists():
            _complete(document, artefact_of(final), index)
            return
        document |= {"state": RecordingState.LOST.value, "cause": "its file is not there"}
        write_document(directory, name, document)
        index.put(document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        _LOG.warning("%s cannot be brought up to date: %s", name, error)


def _document_of(directory: Path, name: str, part: Path) -> Document:
    try:
        return read_document(metadata_path(directory, name))
    except (MetadataError, FileNotFoundError):
        started_us = int(part.stat().st_ctime * 1_000_000)
        texts = ("record_id", "call_uuid", "conn_id", "record_dn", "session")
        return {
            "format": FORMAT,
            "name": name,
            **dict.fromkeys(texts, ""),
            "started": iso(started_us),
            "started_us": started_us,
            "channels": [],
            "details": {},
            "problems": ["the metadata were lost in a crash"],
        }


def _codec_of(document: Document, part: Path) -> Codec:
    for codec in Codec:
        if document.get("codec") == codec.value:
            return codec
    with contextlib.suppress(WaveFormatError):
        tag = read_layout(part).format_tag
        return next((codec for codec in Codec if codec.format_tag == tag), Codec.MULAW)
    return Codec.MULAW


def _complete(document: Document, artefact: Artefact, index: IndexWriter) -> None:
    started_us = document.get("started_us")
    cut_us = _cut_us(document)
    ended_us = (started_us if isinstance(started_us, int) else 0) + artefact.duration_ms * 1000
    document |= {
        "state": RecordingState.RECOVERED.value,
        "cause": "the recorder was broken off; the file was repaired at its next start",
        "ended": iso(ended_us + cut_us),
        "ended_us": ended_us + cut_us,
        "duration_ms": artefact.duration_ms,
        "size_bytes": artefact.size_bytes,
        "sha256": artefact.sha256,
    }
    path = Path(artefact.path)
    write_document(path.parent, path.stem, document)
    index.put(document)


def _cut_us(document: Document) -> int:
    """Return how long the pauses were that did not reach the file."""
    pauses = document.get("pauses")
    if document.get("pause_gap") != PauseGap.CUT.value or not isinstance(pauses, list):
        return 0
    return sum(
        pause["until_us"] - pause["from_us"]
        for pause in pauses
        if pause["until_us"] is not None
    )
