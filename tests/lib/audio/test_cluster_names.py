"""Names of clusters, of tables whose medians and middles are known."""

import numpy as np

from lib.audio.cluster_names import cluster_names
from lib.tables.table import Table
from tests.support.each import each


def named(labels, hz=None, pitched=None, places=None, files=None):
    count = len(labels)
    columns = {"filename": files or [f"dir/s{n}.x.wav" for n in range(count)]}
    columns |= {"hz": hz} if hz else {}
    columns |= {"pitched": pitched} if pitched else {}
    points = np.array(places if places is not None else np.arange(count), float).reshape(count, -1)
    return cluster_names(Table.of(columns, "t.csv"), points, np.array(labels))


def test_a_cluster_is_named_after_the_sample_in_its_middle():
    # Means: 2 of rows 0 to 2, whose nearest is row 1; 10 of the others.
    assert named([4, 4, 4, 0, 7, 7], places=[0, 2, 4, 3, 10, 10]) == ["s1.x"] * 3 + [""] + ["s4.x"] * 2


def test_of_two_with_one_name_the_second_has_its_number_too():
    files = ["a.wav", "b/a.wav", "c.wav", "a.mp3"]
    assert named([1, 3, 2, 4], files=files) == ["a", "a 3", "c", "a 4"]


@each(
    ("pitched", "word"),
    [
        (["0.5", "0.5"], "s0.x percussive"),
        (["0.4", "0.7"], "s0.x C4 pitched"),  # in the middle between both: 0.55
        (["", "0.51"], "s0.x C4 pitched"),
        (["", "0.5"], "s0.x percussive"),
        (["", "nan"], "s0.x C4"),
        (None, "s0.x C4"),
    ],
)
def test_a_cluster_is_pitched_if_half_of_it_is(pitched, word):
    assert named([1, 1], ["261.63", "261.63"], pitched, [0, 0]) == [word] * 2


@each(
    ("hz", "note"),
    [
        (["220", "440", "3520"], " A4"),
        (["110", "440"], " A3"),  # the middle of octaves, not of Hz
        (["0", "-1", "440"], " A4"),
        (["0.9", "0.9", "0.9"], " A#-5"),  # nine octaves below A4: 0.86 Hz
        (["0", "", "x"], ""),
    ],
)
def test_the_note_is_the_median_of_those_there_are(hz, note):
    assert named([3] * len(hz), hz, places=[0] * len(hz)) == [f"s0.x{note}"] * len(hz)
    assert named([3] * len(hz), hz, ["0.9"] * len(hz), [0] * len(hz)) == [f"s0.x{note} pitched"] * len(hz)


def test_only_the_rows_of_a_cluster_count():
    found = named([1, 2, 1, 2], ["440", "0", "440", "55"], ["1", "0", "0.9", "0.1"], [0, 9, 0, 9])
    assert found == ["s0.x A4 pitched", "s1.x percussive", "s0.x A4 pitched", "s1.x percussive"]
