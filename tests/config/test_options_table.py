"""The tables of options: complete, with types and defaults that agree, and honest."""

import re
from pathlib import Path
from typing import Any

import pytest

from tlibsim.config import DnOptions, DnType, Options, load
from tlibsim.config.conditions import CONDITIONS
from tlibsim.config.models import FileShape
from tlibsim.config.overrides import SECTIONS
from tlibsim.config.rows import OptionRow, normal, rows
from tlibsim.recording.rules import OPTION_NAMES
from tlibsim.switch.refusals import Reason

ROOT = Path(__file__).parents[2]
EVERY: list[Any] = [
    pytest.param(table, row, id=f"{table.__name__}-{row.name}")
    for table in (Options, DnOptions)
    for row in rows(table).values()
]


@pytest.mark.parametrize(("table", "row"), EVERY)
def test_an_option_has_help_and_a_source(table: type, row: OptionRow) -> None:
    assert re.fullmatch(r"[A-Z][^|\n]*[.]|GSIP_RECORD[^|\n]*[.]", row.help)
    assert re.fullmatch(r"(BEHAVIOUR|RECORDING|MEDIA)\.md \d+(\.\d+)?", row.source)


@pytest.mark.parametrize(("table", "row"), EVERY)
def test_an_option_can_be_set_to_its_default(table: type, row: OptionRow) -> None:
    if row.default is None:
        return
    value = str(list(row.default)) if isinstance(row.default, tuple) else repr(row.default)
    way = "options" if table is Options else "dns.1"
    settings = load(
        "dns: {1: {}}", overrides=(f"{way}.{row.name}={value.replace('True', 'true')}",)
    )

    options = settings.options if table is Options else settings.dns["1"].options
    assert getattr(options, row.field) == row.default
    assert not settings.unknown_options


@pytest.mark.parametrize("table", [Options, DnOptions])
def test_no_two_options_have_the_same_normal_form(table: type) -> None:
    forms = [normal(row.name) for row in rows(table).values()]

    assert len(forms) == len(set(forms))


def test_options_named_by_the_product_are_known() -> None:
    """RECORDING.md 12.5, but for those of other products that are kept as data."""
    application = (
        "msml-support msml-record-support resource-management-by-rm record-consult-calls "
        "record-moh record-after-merge recording-filename emergency-recording-filename "
        "oosp-transfer-enabled overflow-location-map recordingclient.recmediactl "
        "recordingclient.recdest port-capacity recording-server redundancy-type "
        "reject-recording-request-on-geo-location-nomatch mpc.copyheaders sip.routeset "
        "rtp.multichantimeout vrrecorder.enable record_recorddnhearstone "
        "record_otherdnhearstone record_chan2source"
    )
    of_a_dn = (
        "record dual-dialog-enabled geo-location contact service-type subscription-id "
        "refer-enabled make-call-rfc3725-flow ring-tone-on-make-call sip-hold-rfc3264 "
        "oos-check oos-force cpd-capability userdata-map-filter userdata-map-format "
        "predictive-timerb-enabled sip-uri-params request-uri"
    )
    assert set(application.split()) <= {row.name for row in rows(Options).values()}
    assert set(of_a_dn.split()) <= {row.name for row in rows(DnOptions).values()}


def test_an_option_is_said_to_act_exactly_when_code_reads_it() -> None:
    """The reference page must not promise what no code looks at, nor hide what some does."""
    sources = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "tlibsim").rglob("*.py")
        if path.parent.name != "config" or path.parent.parent.name == "cli"
    ]
    read = set(
        re.findall(r"(?:options|own|limits|rules)\s*\.([a-z_0-9]+)\b", "\n".join(sources))
    )
    read |= set(OPTION_NAMES)
    read.add("max_clients")
    wrong = [
        f"{table.__name__}.{field}: {'acts, but is marked later' if row.later else 'is never read'}"
        for table in (Options, DnOptions)
        for field, row in rows(table).items()
        if (field in read) == bool(row.later)
        if not (field in OF_BOTH and table is DnOptions)
    ]

    assert wrong == []


OF_BOTH = frozenset(rows(Options)) & frozenset(rows(DnOptions))


def test_sections_for_overrides_are_those_of_the_file() -> None:
    assert list(SECTIONS) == [one.alias for one in FileShape.model_fields.values()]


def test_conditions_are_the_reasons_of_the_switch() -> None:
    assert set(CONDITIONS) == {reason.value for reason in Reason}


def test_each_type_of_dn_is_read_from_its_own_word() -> None:
    for kind in DnType:
        assert load(f"dns: {{x: {{type: {kind.value}}}}}").dns["x"].type is kind
