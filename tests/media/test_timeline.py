"""The time line against the plainest model: one block at a time."""

from hypothesis import given
from hypothesis import strategies as st

from tests.media.bench import AGENT, CUSTOMER, START, after
from tlibsim.media.settings import PauseGap
from tlibsim.media.timeline import Timeline
from tlibsim.ports.media import Instant, MediaParty

LISTS = [(AGENT, CUSTOMER), (AGENT,), (), (CUSTOMER, AGENT)]

changes = st.lists(
    st.tuples(
        st.integers(0, 400_000),
        st.one_of(
            st.fixed_dictionaries({"paused": st.booleans()}),
            st.fixed_dictionaries({"parties": st.sampled_from(LISTS)}),
        ),
    ),
    max_size=8,
).map(lambda items: sorted(items, key=lambda item: item[0]))


def plain_blocks(history, gap, last):
    """What the file holds, decided for each block by itself."""
    blocks = []
    for block in range(last):
        parties, paused = LISTS[0], False
        for offset, change in history:
            if offset <= block * 20_000:
                parties = change.get("parties", parties)
                paused = change.get("paused", paused)
        if not (paused and gap is PauseGap.CUT):
            blocks.append((block, parties, paused))
    return blocks


@given(history=changes, gap=st.sampled_from(PauseGap), first=st.integers(0, 30))
def test_each_block_has_the_scene_that_was_there_when_it_began(history, gap, first):
    line = Timeline(START, LISTS[0], gap)
    for offset, change in history:
        line.change(Instant(START + offset), **change)
    expected = [item for item in plain_blocks(history, gap, 40) if item[0] >= first]
    found = [
        (block, part.scene.parties, part.scene.paused)
        for part in line.stretches(first, 40)
        for block in range(part.first, part.last)
    ]
    assert found == expected
    assert line.file_blocks(40) - line.file_blocks(first) == len(expected)


def test_a_block_counts_when_it_is_over():
    line = Timeline(START, (), PauseGap.SILENCE)
    ends = [line.blocks_until(Instant(START + us)) for us in (0, 19_999, 20_000, 39_999, -5)]
    assert ends == [0, 0, 1, 1, 0]


def test_a_party_is_heard_at_the_age_of_its_audio():
    early = MediaParty(dn="1", source=AGENT.source, started_at=after(-1))
    late = MediaParty(dn="2", source=AGENT.source, started_at=after(0.5))
    line = Timeline(START, (early, late), PauseGap.SILENCE)
    assert line.party_block(early, 10) == 60
    assert line.party_block(late, 10) == -15
