"""Names from the wire stay in the recordings directory."""

import re
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tlibsim.media.names import inside, numbered, safe_name

hostile = st.one_of(
    st.text(),
    st.text(alphabet="./\\:\0 -~%$\n", max_size=30),
    st.text(st.characters(), min_size=200, max_size=400),
    st.builds("{}{}".format, st.sampled_from(["../", "/", "..\\", "C:", "~"]), st.text()),
)


@given(hostile)
@example("../../etc/cron.d/x")
@example("..")
@example("\udcff\udc00")
def test_whatever_the_wire_says_the_file_is_in_the_directory(text):
    name = safe_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*", name)
    assert len(name) <= 180
    directory = Path("/recordings")
    for suffix in (".wav", ".wav.part", ".json"):
        path = inside(directory, name + suffix)
        assert path.parent == directory
        assert Path(str(path)).resolve().parent == directory.resolve()


@given(st.from_regex(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,100}", fullmatch=True))
def test_a_harmless_name_stays_as_it_is(name):
    assert safe_name(name) == name


def test_a_name_of_which_nothing_is_left_gets_another():
    assert safe_name("....") == "recording"
    assert safe_name("", "call") == "call"


@pytest.mark.parametrize("name", ["../x", "a/b", "/x", "..", ".", "", "x\0y"])
def test_a_path_that_leads_elsewhere_is_refused(name):
    with pytest.raises(ValueError, match="leads out"):
        inside(Path("/recordings"), name)


def test_taken_names_are_numbered_from_two():
    names = [name for _, name in islice(numbered("a"), 3)]
    assert names == ["a", "a-2", "a-3"]
