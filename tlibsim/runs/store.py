"""The runs of a project: documents in ``.tlibsim/runs``, the newest ones, each in a file of its own.

A file is written beside and then put in place, so that whoever reads sees a whole document.  A
name from outside is never part of a path unless it has the form of an identifier.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tlibsim.runs.document import HEAD, OVER, RUNNING, Document

FOLDER = Path(".tlibsim") / "runs"
PROJECT_FILE = "tlibsim.yaml"
MOST_RUNS = 100
MOST_BYTES = 32 * 1024 * 1024

_IDENTIFIER = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_MOST_ABOVE = 4


def new_id(begun: float) -> str:
    """An identifier for a run that begins now; they sort by time."""
    moment = datetime.fromtimestamp(begun, UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def project_of(place: Path) -> Path | None:
    """The project that a file or folder belongs to: the nearest folder with a tlibsim.yaml."""
    with suppress(OSError, RuntimeError):
        whole = place.resolve()
        for folder in (whole, *whole.parents[:_MOST_ABOVE]):
            if (folder / PROJECT_FILE).is_file():
                return folder
    return None


class RunStore:
    """The documents of one project.  What cannot be written or read is not there."""

    def __init__(self, project: Path, most: int = MOST_RUNS) -> None:
        self._folder = project / FOLDER
        self._most = most

    def keep(self, document: Document) -> None:
        """Write the document of a run, or write it anew; the oldest ones go."""
        identifier = str(document["id"])
        if not _IDENTIFIER.fullmatch(identifier):
            raise ValueError(f"{identifier!r} is no identifier of a run")
        written = document if document["state"] == OVER else {**document, "pid": os.getpid()}
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = self._folder / f".{identifier}.{os.getpid()}"
            fresh.write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
            fresh.replace(self._folder / f"{identifier}.json")
            for old in self._files()[self._most :]:
                old.unlink(missing_ok=True)

    def one(self, identifier: str) -> Document | None:
        """The document of a run, or None."""
        if not _IDENTIFIER.fullmatch(identifier):
            return None
        return _read(self._folder / f"{identifier}.json")

    def heads(self) -> Iterator[Document]:
        """What a list of runs shows, the newest first."""
        for file in self._files()[: self._most]:
            document = _read(file)
            if document is not None:
                yield {name: document.get(name) for name in HEAD}

    def _files(self) -> Sequence[Path]:
        with suppress(OSError):
            found = [
                file
                for file in self._folder.glob("*.json")
                if _IDENTIFIER.fullmatch(file.stem) and not file.is_symlink()
            ]
            return sorted(found, reverse=True)
        return ()


def _read(file: Path) -> Document | None:
    try:
        if file.is_symlink() or file.stat().st_size > MOST_BYTES:
            return None
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict) or document.get("id") != file.stem:
        return None
    pid = document.pop("pid", None)
    if document.get("state") == RUNNING and isinstance(pid, int) and not _lives(pid):
        document |= {"state": OVER, "verdict": "broken off"}
    return document


def _lives(pid: int) -> bool:
    """Whether the process is there; where that cannot be asked without harm, it is."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
