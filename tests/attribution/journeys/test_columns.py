"""Journeys as columns: what they hold, and what they refuse."""

import numpy as np
import pytest

from attribution.journeys import Journeys, TouchKind


def three() -> Journeys:
    return Journeys.from_lists(
        [[0, 1, 0], [], [2]],
        at=[[10, 20, 20], [], [5]],
        kind=[[TouchKind.CLICK, TouchKind.VIEW, TouchKind.COUPON], [], [TouchKind.DIRECT]],
        converted=[True, True, False],
        value=[1000, 50, 0],
        ended_at=[20, 7, 9],
    )


def test_lists_become_columns():
    journeys = three()
    assert journeys.offsets.tolist() == [0, 3, 3, 4]
    assert journeys.channel.tolist() == [0, 1, 0, 2]
    assert (journeys.channel.dtype, journeys.at.dtype, journeys.kind.dtype) == (np.int32, np.int64, np.int8)
    assert journeys.lengths.tolist() == [3, 0, 1]
    assert (len(journeys), journeys.touches, journeys.channels) == (3, 4, 3)
    assert journeys.weight.tolist() == [1, 1, 0]
    assert journeys.null_weight.tolist() == [0, 0, 1]
    assert journeys.worth.tolist() == [1000, 50, 0]


def test_columns_cannot_be_written_and_do_not_lock_the_caller_out():
    at = np.array([1, 2], np.int64)
    journeys = Journeys.from_lists([[0, 1]], at=[at])
    with pytest.raises(ValueError, match="read-only"):
        journeys.at[0] = 5
    at[0] = 0


def test_cells_count_the_touches_of_each_distinct_channel():
    cells = three().cells
    assert cells.journey.tolist() == [0, 0, 2]
    assert cells.channel.tolist() == [0, 1, 2]
    assert cells.touches.tolist() == [2, 1, 1]


def test_subset_keeps_order_and_number_of_channels():
    part = three().subset([2, 0])
    assert part.offsets.tolist() == [0, 1, 4]
    assert part.channel.tolist() == [2, 0, 1, 0]
    assert part.value.tolist() == [0, 1000]
    assert part.channels == 3
    masked = three().subset(np.array([False, True, False]))
    assert (len(masked), masked.touches, masked.channels) == (1, 0, 3)


def test_blocks_are_the_whole_in_order():
    journeys = three()
    blocks = list(journeys.blocks(2))
    assert [len(block) for block in blocks] == [2, 1]
    assert np.concatenate([block.channel for block in blocks]).tolist() == journeys.channel.tolist()
    assert [block.offsets.tolist() for block in blocks] == [[0, 3, 3], [0, 1]]


def test_recode_joins_channels():
    tiers = three().recode([1, 0, 1])
    assert tiers.channel.tolist() == [1, 0, 1, 1]
    assert tiers.channels == 2
    assert tiers.value.tolist() == [1000, 50, 0]


def test_aggregated_paths_bring_their_own_weights():
    journeys = Journeys.from_lists([[0], [1]], conversions=[2.5, 0], nulls=[1, 3], amount=[7.25, 0])
    assert journeys.converted.tolist() == [True, False]
    assert journeys.weight.tolist() == [2.5, 0]
    assert journeys.null_weight.tolist() == [1, 3]
    assert journeys.worth.tolist() == [7.25, 0]


def test_no_journeys_at_all():
    journeys = Journeys.from_lists([])
    assert (len(journeys), journeys.touches, journeys.channels) == (0, 0, 0)
    assert journeys.cells.journey.size == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"at": [[20, 10, 30], [], [5]]}, r"at\[1\]: earlier than the touch before it"),
        ({"at": [[10, 20], [], [5]]}, r"at: needs one entry per touch"),
        ({"kind": [[0, 0, 4], [], [0]]}, r"kind\[2\]: an unknown kind"),
        ({"kind": [[0, 0, 400], [], [0]]}, r"kind"),
        ({"ended_at": [19, 7, 9]}, r"ended_at\[0\]: the journey has a touch after its end"),
        ({"converted": [True]}, r"converted|offsets"),
        ({"value": [1, 2]}, r"value: has 2 entries for 3 journeys"),
        ({"value": [0.5, 0, 0]}, r"value\[0\]: .*0.5.* does not fit int64"),
        ({"value": [float("nan"), 0, 0]}, r"value"),
        ({"value": [2**63, 0, 0]}, r"value"),
        ({"channels": 2}, r"channel\[3\]: a channel must be in 0..1"),
        ({"conversions": [1, -1, 0]}, r"conversions\[1\]: a count must be finite and not negative"),
        ({"conversions": [1, float("nan"), 0]}, r"conversions\[1\]: a count"),
        ({"conversions": [1, 1, 1]}, r"converted\[2\]: contradicts"),
        ({"nulls": [0, 0, float("inf")]}, r"nulls\[2\]: a count"),
        ({"amount": [0, float("nan"), 0]}, r"amount\[1\]: a value must be a finite number"),
        ({"amount": [0, 0, 4]}, r"amount\[2\]: a value without a conversion"),
    ],
)
def test_what_cannot_be_a_journey_is_refused_with_its_place(change, message):
    given = {
        "at": [[10, 20, 20], [], [5]],
        "converted": [True, True, False],
        "value": [1000, 50, 0],
        "ended_at": [20, 7, 9],
    }
    with pytest.raises(ValueError, match=message):
        Journeys.from_lists([[0, 1, 0], [], [2]], **(given | change))


def test_negative_channels_and_broken_offsets_are_refused():
    with pytest.raises(ValueError, match=r"channel\[1\]"):
        Journeys.from_lists([[0, -1]])
    good = three()
    columns = {name: getattr(good, name) for name in ("channel", "at", "kind", "converted", "value", "ended_at")}
    with pytest.raises(ValueError, match=r"offsets\[1\]: offsets must not go down"):
        Journeys(offsets=np.array([0, 4, 3, 4]), **columns)
    with pytest.raises(ValueError, match="offsets: must run from 0 to 4"):
        Journeys(offsets=np.array([0, 1, 2, 3]), **columns)
    with pytest.raises(ValueError, match="offsets: needs 4 entries"):
        Journeys(offsets=np.array([0, 4]), **columns)


def test_subset_refuses_foreign_masks():
    with pytest.raises(ValueError, match="mask: has 1 entries for 3"):
        three().subset(np.array([True]))
    with pytest.raises(ValueError, match="mask: names journeys outside"):
        three().subset([3])
