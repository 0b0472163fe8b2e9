"""Fixtures for pytest: a simulator for every test.

``tlibsim_server`` is the process, one per session (and per xdist worker); ``tlibsim`` is a switch,
as new for each test; ``tlibsim_switch`` makes more of them; ``recorder`` is the recorder that it
records to.  A mark gives a configuration::

    @pytest.mark.tlibsim(config="tlibsim.yaml", clock="stepped")
    def test_it(tlibsim): ...

or a scenario that is played while the test runs; its verdict is a part of the test's::

    @pytest.mark.tlibsim(scenario="scenarios/lost-pause.yaml", values={"caller": "4155550199"})
    def test_it(tlibsim): ...

The journal of a failed test is attached to its report.  Importing this module loads nothing heavy.
"""

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tlibsim.testing.harness import Server, Switch
    from tlibsim.testing.undertest import RecorderOfTest

_SWITCHES = pytest.StashKey[list[Any]]()
_FAILED = pytest.StashKey[bool]()
_MOST_LINES = 200
_KEYWORDS = ("config", "clock", "scenario", "values", "sip_port")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers",
        "tlibsim(config=None, clock='real', scenario=None, values=None): the configuration (a "
        "file beside the test, or YAML) and the clock ('real' or 'stepped') of the fixture "
        "tlibsim; or a scenario that is played on it ('FILE' or 'FILE::ID') with variables.",
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
    request.node.stash.setdefault(_SWITCHES, []).append(switches)

    def make(config: str | Path | None = None, **options: Any) -> "Switch":
        switch = tlibsim_server.switch(_text(config, request), **options)
        switches.append(switch)
        return switch

    yield make
    _ended(switches)


@pytest.fixture
def tlibsim(
    tlibsim_server: "Server",
    tlibsim_switch: "Callable[..., Switch]",
    request: pytest.FixtureRequest,
) -> "Iterator[Switch]":
    """A private switch, as new for every test; the mark ``tlibsim`` configures it."""
    options = _options(request)
    scenario = options.pop("scenario", None)
    if scenario is not None:
        yield from _playing(tlibsim_server, scenario, options, request)
        return
    if "recorder" in request.fixturenames:
        from tlibsim.testing.undertest import free_sip_port

        options["sip_port"] = free_sip_port()
    yield tlibsim_switch(options.pop("config", None), **options)  # noqa: PT022  one way of two


def _playing(
    server: "Server",
    scenario: str | Path,
    options: dict[str, Any],
    request: pytest.FixtureRequest,
) -> "Iterator[Switch]":
    """A switch on which a scenario is played; a test that passed waits for the verdict."""
    values = options.pop("values", None)
    if options:
        words = ", ".join(sorted(options))
        raise pytest.UsageError(f"a scenario says by itself what {words} would say")
    file, _, name = str(scenario).partition("::")
    found = _file(file, request)
    if found is None:
        raise _nothing_there("scenario", file, request)
    switch = server.play(found, name, values)
    request.node.stash.setdefault(_SWITCHES, []).append([switch])
    try:
        yield switch
        if not request.node.stash.get(_FAILED, False):
            switch.verdict()
    finally:
        _ended([switch])


def _ended(switches: "Iterable[Switch]") -> None:
    """Stop them; raises SimulatorError when one of them has met a bug of its own."""
    try:
        for switch in switches:
            switch.check()
    finally:
        for switch in switches:
            switch.stop()


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
    try:
        tlibsim.end_calls()
    finally:
        made.close()


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the mark says; raises UsageError for what it cannot say."""
    mark = request.node.get_closest_marker("tlibsim")
    if mark is None:
        return {}
    if mark.args:
        raise pytest.UsageError(f"the mark tlibsim wants keywords: config={mark.args[0]!r}")
    for word in mark.kwargs:
        if word not in _KEYWORDS:
            near = get_close_matches(word, _KEYWORDS, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(_KEYWORDS)}"
            raise pytest.UsageError(f"the mark tlibsim has no {word!r}; {hint}")
    return dict(mark.kwargs)


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
        raise _nothing_there("configuration", config, request)
    return found.read_text(encoding="utf-8")


def _nothing_there(
    what: str, file: str | Path, request: pytest.FixtureRequest
) -> pytest.UsageError:
    where = f"beside {request.path.name} or in the root folder"
    return pytest.UsageError(f"no {what} {str(file)!r} {where}")


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
    item.stash[_FAILED] = True
    switches = [one for made in item.stash.get(_SWITCHES, ()) for one in made]
    for number, switch in enumerate(switches, start=1):
        report.sections.append((f"tlibsim journal, switch {number}", _journal(switch)))


def _journal(switch: "Switch") -> str:
    from tlibsim.testing.pipe import SimulatorError

    try:
        return switch.journal.text(_MOST_LINES)
    except SimulatorError as error:
        return str(error)
