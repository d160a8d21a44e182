"""Stitching: windows to the second, ties by input order, and every refusal explained."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.journeys import Refusal, Windows, stitch
from attribution.journeys import TouchKind as K

WINDOWS = Windows(click=100, view=10)


def sew(touches, conversions, windows=WINDOWS, channels=-1):
    """Stitch rows of (visitor, at, channel, kind) and (visitor, at, value)."""
    visitor, at, channel, kind = zip(*touches, strict=True) if touches else ((), (), (), ())
    buyer, bought_at, value = zip(*conversions, strict=True) if conversions else ((), (), ())
    return stitch(
        touch_visitor=visitor,
        touch_at=at,
        touch_channel=channel,
        touch_kind=kind,
        conversion_visitor=buyer,
        conversion_at=bought_at,
        conversion_value=value,
        windows=windows,
        channels=channels,
    )


def parts(stitched):
    journeys = stitched.journeys
    return np.split(stitched.touch, journeys.offsets[1:-1]) if len(journeys) else []


def plainly(touches, conversions, windows):
    """Do the same with loops."""
    order = sorted(range(len(touches)), key=lambda i: (touches[i][1], i))
    counted, refused, used = [], [], set()
    for buyer, bought_at, _ in conversions:
        mine, others = [], []
        for i in order:
            visitor, at, _, kind = touches[i]
            if visitor != buyer:
                continue
            reach = windows.view if kind == K.VIEW else windows.click
            if at > bought_at:
                others.append((i, Refusal.AFTER_CONVERSION))
            elif kind == K.COUPON or at >= bought_at - reach:
                mine.append(i)
                used.add(i)
            elif kind == K.VIEW:
                others.append((i, Refusal.OUTSIDE_VIEW_WINDOW))
            else:
                others.append((i, Refusal.OUTSIDE_CLICK_WINDOW))
        counted.append(mine)
        refused.append(others)
    left = {}
    for i in order:
        if i not in used:
            left.setdefault(touches[i][0], []).append(i)
    return counted, refused, left


def test_windows_end_on_the_second():
    touches = [(1, at, 0, K.CLICK) for at in (899, 900, 1000, 1001)] + [(1, 989, 1, K.VIEW), (1, 990, 1, K.VIEW)]
    stitched = sew(touches, [(1, 1000, 77)])
    assert parts(stitched)[0].tolist() == [1, 5, 2]
    assert stitched.refused(0) == [
        (0, Refusal.OUTSIDE_CLICK_WINDOW),
        (4, Refusal.OUTSIDE_VIEW_WINDOW),
        (3, Refusal.AFTER_CONVERSION),
    ]
    assert [Refusal(reason).code for _, reason in stitched.refused(0)] == [
        "outside_click_window",
        "outside_view_window",
        "after_conversion",
    ]


def test_a_coupon_counts_however_old_but_not_from_the_future():
    stitched = sew([(1, 5, 0, K.COUPON), (1, 500_000, 0, K.CLICK), (1, 900_001, 1, K.COUPON)], [(1, 900_000, 1)])
    assert parts(stitched)[0].tolist() == [0]
    assert dict(stitched.refused(0)) == {1: Refusal.OUTSIDE_CLICK_WINDOW, 2: Refusal.AFTER_CONVERSION}


def test_windows_of_zero_keep_the_same_second():
    stitched = sew([(1, 999, 0, K.CLICK), (1, 1000, 1, K.CLICK)], [(1, 1000, 1)], Windows(0, 0))
    assert parts(stitched)[0].tolist() == [1]


def test_equal_times_stay_in_input_order():
    touches = [(7, 50, channel, K.CLICK) for channel in (3, 1, 2, 0)]
    stitched = sew(touches, [(7, 50, 10)])
    assert stitched.journeys.channel.tolist() == [3, 1, 2, 0]


def test_journeys_stand_in_the_order_of_conversions_with_empty_ones_kept():
    touches = [(5, 10, 0, K.CLICK), (3, 20, 1, K.CLICK), (4, 30, 2, K.CLICK)]
    stitched = sew(touches, [(3, 25, 300), (9, 1, 900), (5, 11, 500)], channels=6)
    journeys = stitched.journeys
    assert [part.tolist() for part in parts(stitched)] == [[1], [], [0], [2]]
    assert journeys.converted.tolist() == [True, True, True, False]
    assert journeys.value.tolist() == [300, 900, 500, 0]
    assert journeys.ended_at.tolist() == [25, 1, 11, 30]
    assert stitched.visitor.tolist() == [3, 9, 5, 4]
    assert stitched.conversions == 3
    assert journeys.channels == 6


def test_a_touch_counts_for_every_conversion_within_the_window():
    stitched = sew([(1, 10, 0, K.CLICK)], [(1, 20, 1), (1, 30, 2)])
    assert [part.tolist() for part in parts(stitched)] == [[0], [0]]


@pytest.mark.parametrize("stretch", [1, 10**7], ids=["one sort", "two sorts"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_equal_to_loops(stretch, data):
    visitors = st.sampled_from([1, 2, 3]) if stretch == 1 else st.sampled_from([-(2**62), 5, 2**62, 2**63 - 1])
    times = st.integers(0, 300).map(lambda second: second * stretch)
    touches = data.draw(st.lists(st.tuples(visitors, times, st.integers(0, 4), st.sampled_from(list(K))), max_size=30))
    conversions = data.draw(st.lists(st.tuples(visitors, times, st.integers(0, 99)), max_size=6))
    windows = Windows(*(data.draw(st.integers(0, 200)) * stretch for _ in range(2)))
    stitched = sew(touches, conversions, windows)
    counted, refused, left = plainly(touches, conversions, windows)
    found = [part.tolist() for part in parts(stitched)]
    assert found[: len(conversions)] == counted
    rest = dict(zip(stitched.visitor[len(conversions) :].tolist(), found[len(conversions) :], strict=True))
    assert rest == left
    assert [stitched.refused(number) for number in range(len(conversions))] == refused
    everything = stitched.refusals()
    assert list(zip(everything.conversion, everything.touch, everything.reason, strict=True)) == [
        (number, touch, reason) for number, rows in enumerate(refused) for touch, reason in rows
    ]


def test_nothing_and_only_one_side():
    assert len(sew([], []).journeys) == 0
    assert sew([], [(1, 5, 9)]).journeys.value.tolist() == [9]
    assert sew([(1, 5, 0, K.VIEW)], []).journeys.converted.tolist() == [False]


@pytest.mark.parametrize(
    ("touches", "conversions", "windows", "message"),
    [
        ([(1, 1_750_000_000_000, 0, 0)], [], Windows(1, 1), r"touch_at\[0\]: 1750000000000 is not a time in seconds"),
        ([], [(1, -1, 0)], Windows(1, 1), r"conversion_at\[0\]: -1"),
        ([], [], Windows(-1, 1), "windows: must not be negative"),
        ([(1, 1, 0, 9)], [], Windows(1, 1), r"kind\[0\]: an unknown kind"),
        ([(1, 1, -3, 0)], [], Windows(1, 1), r"channel\[0\]"),
        ([(1, 1.5, 0, 0)], [], Windows(1, 1), r"touch_at\[0\]"),
    ],
)
def test_bad_input_is_refused(touches, conversions, windows, message):
    with pytest.raises(ValueError, match=message):
        sew(touches, conversions, windows)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="touch columns must be flat and equally long"):
        stitch(
            touch_visitor=[1],
            touch_at=[1, 2],
            touch_channel=[0],
            touch_kind=[0],
            conversion_visitor=[],
            conversion_at=[],
            conversion_value=[],
            windows=Windows(1, 1),
        )


def test_there_is_no_such_conversion():
    with pytest.raises(IndexError):
        sew([], [(1, 5, 9)]).refused(1)
