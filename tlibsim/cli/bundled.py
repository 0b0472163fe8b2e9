"""A bundle: one ZIP file from which a run can be looked at, and played again (FIRST_HOUR.md).

It holds ``manifest.json``, ``scenario/`` (the files and what they include), ``config/`` (what each
server was set to, without secrets), ``journal/`` (JSON lines and the log of a server), and
``report.json``.  The same content gives the same bytes.
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

FORMAT = 1
MANIFEST = "manifest.json"
SCENARIO = "scenario/"
JOURNAL = "journal/"
MOST_BYTES = 256 * 1024 * 1024
MOST_FILES = 2000
_DATE = (1980, 1, 1, 0, 0, 0)


class BundleError(Exception):
    """A file that is no bundle, or cannot be made one; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was run: ``files`` are paths below ``scenario/``; none: only a journal is here."""

    versions: Mapping[str, str]
    files: Sequence[str] = ()
    only: Sequence[str] = ()
    variables: Sequence[str] = ()
    seed: int | None = None
    strict: bool = False
    format: int = FORMAT


def write(path: Path, manifest: Manifest, contents: Mapping[str, str]) -> None:
    """Write a bundle; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ((MANIFEST, told), *sorted(contents.items())):
            data = text.encode("utf-8", "backslashreplace")
            archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)


def read(path: Path) -> tuple[Manifest, Mapping[str, str]]:
    """The manifest and all other files of a bundle; raises BundleError."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive)
            texts = {one: archive.read(one).decode("utf-8") for one in archive.namelist()}
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, RuntimeError) as error:
        raise BundleError(f"is no bundle: {error}") from error
    try:
        manifest = Manifest(**json.loads(texts.pop(MANIFEST)))
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise BundleError(f"has no {MANIFEST} that can be read: {error}") from error
    if manifest.format != FORMAT:
        raise BundleError(f"is of format {manifest.format}; this program reads {FORMAT}")
    return manifest, texts


def _check(archive: zipfile.ZipFile) -> None:
    """Nothing that is too large, nothing that would be written elsewhere."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_BYTES:
        raise BundleError("is too large")
    for one in entries:
        name = PurePosixPath(one.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in one.filename:
            raise BundleError(f"names a file outside of it: {one.filename}")


def unpack(texts: Mapping[str, str], prefix: str, folder: Path) -> None:
    """Write the files below ``prefix`` into a folder."""
    for name, text in texts.items():
        if name.startswith(prefix) and not name.endswith("/"):
            target = folder / name.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> Sequence[str]:
    """Names of the journals that are not the same byte for byte."""
    return [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
