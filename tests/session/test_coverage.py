"""The list of what is done with each message, and its page."""

from pathlib import Path

from click.testing import CliRunner

from tlibproto.messages import CATALOGUE
from tlibsim.cli import main
from tlibsim.session import sources
from tlibsim.session.coverage import Cover, markdown, rows
from tlibsim.session.dispatch import REQUESTS, served

PAGE = Path(__file__).parents[2] / "COVERAGE.md"


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), (
        "run: tlibsim coverage --markdown > COVERAGE.md"
    )


def test_every_message_of_the_catalogue_is_listed_once() -> None:
    assert sorted(row.number for row in rows()) == sorted(int(n) for n in CATALOGUE)


def test_every_message_says_where_its_rule_is_written() -> None:
    assert [row.name for row in rows() if not row.source] == []


def test_the_sources_name_messages_of_the_catalogue_and_each_once() -> None:
    for prefix, table in (("Request", sources.REQUESTS), ("Event", sources.EVENTS)):
        names = [prefix + name for line in table.values() for name in line.split()]
        known = {kind.__name__ for kind in CATALOGUE.values()}
        assert set(names) <= known
        assert len(names) == len(set(names))


def test_a_request_is_absent_exactly_when_nothing_serves_it() -> None:
    absent = {row.name for row in rows() if row.is_request and row.cover is Cover.ABSENT}
    assert absent.isdisjoint(kind.__name__ for kind in REQUESTS)
    assert len(absent) + len(REQUESTS) == sum(row.is_request for row in rows())


def test_an_event_is_absent_exactly_when_the_server_does_not_announce_it() -> None:
    for row in rows():
        if not row.is_request:
            assert (row.cover is Cover.ABSENT) == (row.number not in served()), row.name


def test_a_note_is_about_a_message_of_the_catalogue() -> None:
    assert set(sources.APPROXIMATE) <= {kind.__name__ for kind in CATALOGUE.values()}


def test_the_command_prints_the_page_and_the_list() -> None:
    runner = CliRunner()

    assert runner.invoke(main, ["coverage", "--markdown"]).output == markdown()
    lines = runner.invoke(main, ["coverage", "--only", "exact"]).output.splitlines()
    assert any("RequestMakeCall" in line and "BEHAVIOUR.md 1.2" in line for line in lines)
    assert not any("RequestRegisterAll" in line for line in lines)
    assert '"name": "EventRinging"' in runner.invoke(main, ["coverage", "--json"]).output


def test_every_request_that_is_refused_says_why() -> None:
    silent = [
        row.name
        for row in rows()
        if row.is_request and row.cover is Cover.ABSENT and not row.note
    ]
    assert silent == []
    served_names = {kind.__name__ for kind in REQUESTS}
    assert served_names.isdisjoint(sources.REFUSED)
