"""Fixtures for pytest: a simulator for every test.

``tlibsim_server`` is the process, one per session (and per xdist worker); ``tlibsim`` is a switch,
as new for each test; ``tlibsim_switch`` makes more of them; ``recorder`` is the recorder that it
records to.  A mark gives a configuration::

    @pytest.mark.tlibsim(config="tlibsim.yaml", clock="stepped")
    def test_it(tlibsim): ...

The journal of a failed test is attached to its report.  Importing this module loads nothing heavy.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tlibsim.testing.harness import Server, Switch
    from tlibsim.testing.undertest import RecorderOfTest

_SWITCHES = pytest.StashKey[Iterable[Any]]()
_MOST_LINES = 200


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers",
        "tlibsim(config=None, clock='real'): the configuration (a file beside the test, or YAML) "
        "and the clock ('real' or 'stepped') of the fixture tlibsim.",
    )


@pytest.fixture(scope="session")
def tlibsim_server() -> "Iterator[Server]":
    """The process in which the switches of this session run."""
    from tlibsim.testing.harness import Server

    with Server() as server:
        yield server


@pytest.fixture
def tlibsim_switch(
    tlibsim_server: "Server", request: pytest.FixtureRequest
) -> "Iterator[Callable[..., Switch]]":
    """Makes private switches: ``tlibsim_switch(config, clock="stepped")``."""
    switches: list[Switch] = []
    request.node.stash[_SWITCHES] = switches

    def make(config: str | Path | None = None, **options: Any) -> "Switch":
        switch = tlibsim_server.switch(_text(config, request), **options)
        switches.append(switch)
        return switch

    yield make
    try:
        for switch in switches:
            switch.check()
    finally:
        for switch in switches:
            switch.stop()


@pytest.fixture
def tlibsim(
    tlibsim_switch: "Callable[..., Switch]", request: pytest.FixtureRequest
) -> "Switch":
    """A private switch, as new for every test; the mark ``tlibsim`` configures it."""
    options = _options(request)
    if "recorder" in request.fixturenames:
        from tlibsim.testing.undertest import free_sip_port

        port = free_sip_port()
        text = _text(options.get("config"), request)
        options |= {"sip_port": port, "config": text and text.replace("{sip_port}", str(port))}
    return tlibsim_switch(options.pop("config", None), **options)


@pytest.fixture
def recorder(
    tlibsim: "Switch", request: pytest.FixtureRequest, tmp_path: Path
) -> "Iterator[RecorderOfTest]":
    """The recorder under test: ``recorder.start`` of the configuration, ready to record.

    Without that, a scripted one that is right in everything and can be told to refuse.
    """
    from tlibsim.testing.undertest import recorder_for

    made = recorder_for(tlibsim, _folder(request), tmp_path / "recorded")
    yield made
    made.close()


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the mark says."""
    mark = request.node.get_closest_marker("tlibsim")
    return {} if mark is None else dict(mark.kwargs)


def _folder(request: pytest.FixtureRequest) -> Path:
    """Where a program of the configuration runs: beside that file, else beside the test."""
    config = _options(request).get("config")
    found = None if config is None or _is_yaml(config) else _file(config, request)
    return request.path.parent if found is None else found.parent


def _text(config: str | Path | None, request: pytest.FixtureRequest) -> str | None:
    """The YAML of a configuration: itself, or the file of that name beside the test."""
    if config is None:
        return None
    if _is_yaml(config):
        return str(config)
    found = _file(config, request)
    if found is None:
        raise pytest.UsageError(
            f"no configuration {str(config)!r} beside {request.path.name} or in the root folder"
        )
    return found.read_text(encoding="utf-8")


def _is_yaml(config: str | Path) -> bool:
    return isinstance(config, str) and "\n" in config


def _file(config: str | Path, request: pytest.FixtureRequest) -> Path | None:
    places = (request.path.parent / config, request.config.rootpath / config, Path(config))
    return next((one for one in places if one.is_file()), None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Attach what was said to the report of a test that failed."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if report.when != "call" or not report.failed:
        return
    switches: list[Any] = list(item.stash.get(_SWITCHES, ()))
    for number, switch in enumerate(switches, start=1):
        report.sections.append((f"tlibsim journal, switch {number}", _journal(switch)))


def _journal(switch: "Switch") -> str:
    from tlibsim.testing.pipe import SimulatorError

    try:
        return switch.journal.text(_MOST_LINES)
    except SimulatorError as error:
        return str(error)
