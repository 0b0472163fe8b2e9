"""The house stands as it was drawn: packages, names, sizes, where the reactor is."""

import re
import sys

import pytest

from tests.meta.checkout import (
    ROOT,
    files,
    imported,
    listed,
    modules_on_disk,
    python_files,
    shown,
)

LINES = 500
TABLES = frozenset(
    ("protocol/tlibproto/vocabulary/error_codes.py", "tlibsim/config/options.py")
)
"""Modules that are one table, and may be as long as it is."""

NOT_NAMES = frozenset(
    (
        "manager",
        "handler",
        "processor",
        "engine",
        "helper",
        "helpers",
        "util",
        "utils",
        "common",
        "misc",
        "data",
        "info",
    )
)
BASE = "protocol/tlibproto/messages/base.py"
WITH_OTHERS = frozenset(("_typeshed", "zope", "pylibsrtp", "pytest"))
"""Of the type checker; a part of Twisted's own interface (zope.interface); what an extra brings
and code imports only where it is used: ``pylibsrtp`` for SRTP, ``pytest`` for the plugin."""

EVERYWHERE = ("tlibsim", "protocol", "tests", "tools")


def test_packages_are_declared_as_they_are_on_disk() -> None:
    assert sorted(listed("options", "packages")) == sorted(modules_on_disk())


def test_the_folder_protocol_is_a_source_root_and_no_package() -> None:
    assert not (ROOT / "protocol" / "__init__.py").exists()


def test_each_folder_with_modules_in_it_is_a_package() -> None:
    folders = {path.parent for path in python_files("tlibsim", "protocol/tlibproto")}

    assert folders == set(modules_on_disk().values())


def test_both_packages_say_that_they_are_typed() -> None:
    declared = dict(
        line.split(" = ") for line in listed("options.package_data", "tlibsim") if "=" in line
    )

    assert declared == {}
    for package in ("tlibsim", "protocol/tlibproto"):
        assert (ROOT / package / "py.typed").exists()


def test_no_module_has_more_lines_than_a_person_reads() -> None:
    long = [
        shown(path)
        for path in python_files(*EVERYWHERE)
        if len(path.read_text(encoding="utf-8").splitlines()) > LINES
    ]

    assert sorted(long) == sorted(TABLES)


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = [
        shown(path)
        for path in python_files(*EVERYWHERE)
        for word in [*path.relative_to(ROOT).parts[:-1], path.stem]
        if word in NOT_NAMES or (word == "base" and shown(path) != BASE)
    ]

    assert empty == []


def test_only_the_composition_and_programs_import_the_reactor() -> None:
    users = {
        shown(path)
        for path in python_files(*EVERYWHERE)
        if "twisted.internet.reactor" in imported(path)
    }

    assert {user for user in users if user.startswith(("tlibsim/", "protocol/"))} == {
        "tlibsim/process.py"
    }


def test_each_module_says_what_it_is_for() -> None:
    mute = [
        shown(path)
        for path in python_files("tlibsim", "protocol", "tools")
        if (text := path.read_text(encoding="utf-8"))
        and not text.startswith(('"""', 'r"""', "#!"))
    ]

    assert mute == []


def test_imports_are_absolute() -> None:
    relative = [
        shown(path)
        for path in python_files(*EVERYWHERE)
        if re.search(r"^\s*from \.", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert relative == []


def test_what_is_imported_is_declared() -> None:
    """A wheel in an empty environment has what install_requires names, and nothing else."""
    declared = {
        re.split(r"[<>=\[ ]", line)[0].lower() for line in listed("options", "install_requires")
    }
    declared = {{"pyyaml": "yaml"}.get(name, name) for name in declared}
    used = {
        name.partition(".")[0]
        for path in python_files("tlibsim", "protocol/tlibproto")
        for name in imported(path)
    }
    ours = {"tlibsim", "tlibproto"} | set(sys.stdlib_module_names)

    assert used - ours - WITH_OTHERS <= declared
    assert declared <= used


@pytest.mark.parametrize(
    "path",
    [one for one in files() if one.parent.name == "tools" or ".ci" in one.parts],
    ids=shown,
)
def test_programs_of_the_checkout_can_be_started(path: object) -> None:
    found = ROOT / str(path)
    first = found.read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith("#!") == bool(found.stat().st_mode & 0o100)


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    places = re.compile(
        "|".join(("/ho" + "me/[a-z]", "/ro" + "ot/", "/Use" + "rs/[a-z]", "/wo" + "rk/"))
    )
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{shown(path)}: {match[0]}" for match in places.finditer(text)]

    assert found == []
