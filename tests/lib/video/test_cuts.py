"""Cuts, on films drawn for the purpose (tests/support/cut_lab.py); those of the sample films: test_scenes.py."""

import shutil

import numpy as np
import pytest

from lib.errors import MediaError, NoVideoError
from lib.io import user_cache
from lib.video import film_cuts as module
from lib.video.cuts import find_cuts, look_places
from lib.video.film_cuts import FilmCuts, film_cuts
from lib.video.frame_similarity import FAR, NEAR, FrameSimilarity, band
from lib.video.segments import choose_segment, lasting_segment
from lib.video.thumbnails import COLUMNS, ROWS, Thumbnails
from tests.stress import cuts as campaign
from tests.support.cut_lab import HEIGHT, KINDS, WIDTH, Edit, edited, faults, found_in, joined, shot, shots
from tests.support.each import each
from tests.support.media_factory import encode, film, tone

GRADUAL = {"dissolves": "dissolve", "fades": "fade"}
# Frames at a cut that may be left out.
MIXED = {"old": 1, "pans": 1, "fields": 1, "interlaced": 1, "interlaced pans": 2, "blended pans": 1}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_cuts_are_found_and_nothing_else(tmp_path, kind):
    edit = edited(kind, 1, 3)
    found = found_in(edit, tmp_path / "film.mp4")
    assert faults(edit, found) == ([], [])
    assert {how for _, _, how in found} == {GRADUAL.get(kind, "cut")}
    # Hard cuts are found to the frame (one beside it may be left out where all is noise or in movement), and what holds
    # two scenes is in none.
    wide = [new - old for old, new, _ in found]
    assert max(wide) <= MIXED.get(kind, 99 if kind in GRADUAL else 0)
    for mixed in edit.mixed:
        assert any(old <= mixed < new for old, new, _ in found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_cuts_of_another_seed(tmp_path, kind):
    assert campaign.wrong_with(kind, 2, tmp_path) == ""


def test_a_cut_that_is_missed_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "found_in", lambda edit, path: [])
    assert campaign.wrong_with("fast", 2, tmp_path).startswith("fast, seed 2: missed [")


@pytest.mark.slow
@pytest.mark.parametrize("rate", [12, 24, 50, 60])
def test_the_rate_of_frames_does_not_matter(tmp_path, rate):
    random = np.random.default_rng(5)
    parts = [shot(random, 40, speed=0.3) for _ in range(3)]
    # Each picture is shown for 40 ms: films of 50 and 60 show some twice, those of 12 and 24 leave some out.
    whole = np.concatenate(parts)
    frames = [min(int(n / rate * 25 + 1e-6), len(whole) - 1) for n in range(int(len(whole) / 25 * rate))]
    edit = joined(parts)
    path = film(tmp_path / "f.mp4", edit.pictures[frames], rate, size=(WIDTH, HEIGHT), options={"crf": "23"})
    found = [cut.new_ms for cut in film_cuts(path).cuts]
    firsts = [next(n for n, frame in enumerate(frames) if frame >= cut) * 1000 / rate for cut in edit.cuts]
    assert found == pytest.approx(firsts, abs=0.1)


def test_pictures_that_stay_for_seconds_are_scenes(tmp_path):
    random = np.random.default_rng(6)
    pictures = np.concatenate([shot(random, 1) for _ in range(4)]).clip(0, 255).astype(np.uint8)
    path = film(tmp_path / "f.mp4", pictures, times=[0, 3000, 4000, 9000], size=(WIDTH, HEIGHT))
    assert [round(cut.new_ms) for cut in film_cuts(path).cuts] == [3000, 4000, 9000]


@pytest.mark.slow
def test_a_light_that_goes_out_for_a_moment_and_a_black_that_stays(tmp_path):
    random = np.random.default_rng(7)
    pictures = shot(random, 160, speed=0.1).clip(0, 255).astype(np.uint8)
    pictures[40:44] = 0  # looked through, as a flash is
    pictures[90:130] = 0  # long: a scene
    assert found_in(Edit(pictures), tmp_path / "f.mp4") == [(90, 90, "cut"), (130, 130, "cut")]


@pytest.mark.slow
def test_fades_from_and_to_a_long_black_and_those_of_the_whole_film(tmp_path):
    random = np.random.default_rng(9)
    share = np.ones(80, np.float32)
    share[:12] = (np.arange(12) + 0.5) / 12
    share *= share[::-1]
    black = np.zeros((100, HEIGHT, WIDTH, 3), np.float32)
    parts = [shot(random, 80, speed=0.2, noise=0) * share[:, None, None, None] for _ in range(2)]
    pictures = np.concatenate([black[:40], parts[0], black, parts[1], black[:40]])
    found = found_in(Edit(pictures.clip(0, 255).astype(np.uint8)), tmp_path / "f.mp4")
    # The black ends, and the picture is half there.
    assert [kind for _, _, kind in found] == ["fade"] * 4
    expected = [(40, 46), (114, 120), (220, 226), (294, 300)]
    assert np.array([place[:2] for place in found]) == pytest.approx(np.array(expected), abs=2)


def test_flat_colours_part_by_brightness_alone(tmp_path):
    pictures = np.empty((90, HEIGHT, WIDTH, 3), np.uint8)
    pictures[:30], pictures[30:60], pictures[60:] = 20, 70, 30
    assert found_in(Edit(pictures), tmp_path / "f.mp4") == [(30, 30, "cut"), (60, 60, "cut")]


def test_one_frame_and_nothing(tmp_path):
    path = film(tmp_path / "f.mp4", [(10, 20, 30)])
    assert film_cuts(path).cuts == ()
    nothing = Thumbnails(
        np.zeros(0),
        np.zeros(0),
        *(np.zeros((0, *size), "u1") for size in ((ROWS, COLUMNS), (2, 18, 24), (ROWS, COLUMNS))),
    )
    assert find_cuts(nothing) == []
    encode(tmp_path / "s.wav", tone(440), 44100)
    with pytest.raises(NoVideoError):
        film_cuts(str(tmp_path / "s.wav"))
    with pytest.raises(MediaError):
        film_cuts(str(tmp_path / "gone.mp4"))


def test_products_of_all_pairs_are_those_of_each():
    vectors = np.random.default_rng(1).normal(size=(150, 7)).astype(np.float32)
    found = band(vectors, 20)
    for n in (0, 63, 64, 129, 149):
        for lag in range(21):
            expected = vectors[n] @ vectors[n + lag] / 7 if n + lag < 150 else 0
            assert found[n, lag] == pytest.approx(expected, abs=1e-5)


def test_a_look_is_explained_by_its_parts():
    random = np.random.default_rng(2)
    one, two = random.integers(40, 200, (2, ROWS, COLUMNS))
    luma = np.array([one, one * 0.7 + two * 0.3, one * 0.2 + two * 0.8, two]).round().astype(np.uint8)
    looks = FrameSimilarity(
        Thumbnails(np.arange(4) * 40.0, np.arange(1, 5) * 40.0, luma, np.full((4, 2, 18, 24), 128, "u1"), luma)
    )
    share, other, explained, alone = looks.mixed(np.array([1, 2]), np.array([0, 0]), np.array([3, 3]))
    assert share == pytest.approx([0.7, 0.2], abs=0.02)
    assert other == pytest.approx([0.3, 0.8], abs=0.02)
    assert explained == pytest.approx([1, 1], abs=0.01)
    assert (alone < 0.95).all()
    assert NEAR < FAR


def test_looks_are_some_40_ms_apart():
    def places(*lengths):
        ends = np.cumsum(lengths).astype(float)
        count = len(lengths)
        luma, chroma = np.zeros((count, ROWS, COLUMNS), "u1"), np.zeros((count, 2, 18, 24), "u1")
        return look_places(Thumbnails(ends - lengths, ends, luma, chroma, luma)).tolist()

    assert places(*[40] * 4) == [0, 1, 2, 3]
    assert places(*[1000 / 60] * 7) == [0, 2, 4, 6]
    assert places(40, 200, 40) == [0, 1, 1, 1, 1, 1, 2]


# Segments


@each(
    ("shown", "cuts", "segment"),
    [
        ((100, 1300), [], (100, 1200)),
        ((100, 1300), [(500, 500)], (100, 399)),
        # 100 ms before the film's end: back to what is long enough.
        ((4900, 5000), [], (4744, 256)),
        # But not over a cut.
        ((4900, 5000), [(4800, 4800)], (4800, 200)),
        # The window ends early: on beyond it.
        ((100, 150), [], (100, 256)),
        ((100, 150), [(300, 300)], (43, 256)),
        # Within a dissolve: after it.
        ((1000, 2200), [(800, 1300)], (1300, 900)),
        # The scene that has most of the window lasts too short a time, its neighbour does not.
        ((1000, 1300), [(900, 900), (1100, 1100), (1290, 1290)], (1290, 256)),
        # None lasts long enough.
        ((1000, 1300), [(900, 900), (1100, 1100), (1290, 1290), (1400, 1400)], (1100, 189)),
    ],
)
def test_the_piece_lasts_long_enough_if_it_can(shown, cuts, segment):
    assert lasting_segment(*shown, cuts, 256, 5000) == segment


def test_long_pieces_are_those_of_the_old_choice():
    random = np.random.default_rng(3)
    for _ in range(500):
        cuts = [(int(cut), int(cut)) for cut in np.unique(random.integers(1, 5000, 6))]
        start = int(random.integers(0, 4500))
        end = start + int(random.integers(1, 500))
        begin, length = lasting_segment(start, end, cuts, 256, 5000)
        inside = [cut for cut in cuts if start < cut[1] and cut[0] <= end]
        old = choose_segment(start, end, inside, 256)
        assert (begin, length) == old or old[1] < 256
        assert not [cut for cut, _ in cuts if begin < cut <= begin + length]
        assert 0 <= begin <= begin + length <= 5000


# What is kept


# Shorter than they are, in ms: a film of some seconds has several.
STRETCH_MS = 6_000


@pytest.fixture(scope="module")
def made_film(tmp_path_factory):
    """A film of 20 s (four stretches), its cuts that are known, and those that one look over all of it finds."""
    random = np.random.default_rng(8)
    to_and_fro = np.abs(np.arange(50) % 48 - 24)
    small = np.s_[:, :: HEIGHT // 24, :: WIDTH // 32]
    edit = joined([part[small][to_and_fro] for part in shots(random, 10, 25, 25, speed=0.2)])
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    film(path, edit.pictures, size=(32, 24), keyframes=25, options={"crf": "20"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STRETCH_MS", STRETCH_MS)
        return path, edit.cuts, film_cuts(str(path))


@pytest.fixture
def long_film(made_film, tmp_path, monkeypatch):
    """A copy of it, for one test."""
    monkeypatch.setattr(module, "STRETCH_MS", STRETCH_MS)
    return str(shutil.copy(made_film[0], tmp_path / "long.mp4")), *made_film[1:]


@pytest.mark.slow
def test_stretches_are_examined_as_they_are_asked_for(long_film, tmp_path, monkeypatch):
    path, cuts, found = long_film
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path / "kept"))
    looked = []
    real = module.find_cuts
    monkeypatch.setattr(module, "find_cuts", lambda film: looked.append(round(film.begins[0])) or real(film))
    late = film_cuts(path, [(16_000, 16_400)])
    assert late.stretches == {2}
    assert looked == [2 * STRETCH_MS - 2520]  # the frame that is on the screen 2.5 s before
    assert [round(cut.new_ms) for cut in late.cuts] == [cut * 40 for cut in cuts if 12_000 <= cut * 40 < 18_000]
    assert film_cuts(path, [(12_400, 12_800), (17_600, 17_960)]) == late
    assert len(looked) == 1
    whole = film_cuts(path)
    assert whole == found
    assert len(looked) == 4
    assert whole.end_ms == 20_000
    assert [round(cut.new_ms) for cut in whole.cuts] == [cut * 40 for cut in cuts]
    assert film_cuts(path) == whole
    assert len(looked) == 4
    assert film_cuts(path, overwrite=True) == whole
    assert len(looked) == 8
    # Nothing of a film that has changed.
    film(path, [(10, 20, 30)] * 30, size=(32, 24))
    assert film_cuts(path) == FilmCuts((), frozenset([0]), 1200)


@pytest.mark.slow
@pytest.mark.parametrize(("threads", "every"), [(1, -1.0), (1, 1e9), (2, -1.0)])
def test_a_look_that_is_interrupted_continues_from_what_was_kept(long_film, tmp_path, monkeypatch, threads, every):
    path, _, whole = long_film
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path / "kept"))
    monkeypatch.setattr(module, "SECONDS_BETWEEN_SAVES", every)
    looked = []
    real = module.find_cuts

    def find(film):
        if len(looked) == 2:
            raise KeyboardInterrupt
        looked.append(film.begins[0])
        return real(film)

    monkeypatch.setattr(module, "find_cuts", find)
    for windows in (None, [(0, 20_000)]):
        with pytest.raises(KeyboardInterrupt):
            film_cuts(path, windows, threads=threads)
        looked[:] = [-1.0] * 3
        assert film_cuts(path, windows, threads=threads) == whole
        # Of four stretches two were kept; of those of two threads, what had come back by then.
        assert len(looked) == 5 if threads == 1 else 5 <= len(looked) <= 7
        looked.clear()
        for kept in (tmp_path / "kept" / "cuts").glob("*.json"):
            kept.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("threads", [3, 8])
def test_cuts_do_not_depend_on_the_parts_that_are_examined_at_a_time(long_film, threads):
    path, _, whole = long_film
    assert film_cuts(path, threads=threads) == whole
    windows = [(1_200, 1_600), (12_400, 18_400)]
    assert film_cuts(path, windows, threads=threads) == film_cuts(path, windows)


@pytest.mark.slow
def test_a_part_that_cannot_be_read_ends_the_look(long_film, monkeypatch):
    def broken(film):
        raise MediaError("cannot be read")

    monkeypatch.setattr(module, "find_cuts", broken)
    with pytest.raises(MediaError, match="cannot be read"):
        film_cuts(long_film[0], threads=2)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["", "{}", '{"made_from": 1, "value": 2}', "[" * 99_999, "\0\xff"])
def test_what_was_kept_and_is_damaged_is_found_again(tmp_path, monkeypatch, damage):
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path / "kept"))
    path = film(tmp_path / "f.mp4", [(200, 0, 0)] * 20 + [(0, 0, 200)] * 20)
    first = film_cuts(path, [(0, 1000)])
    assert len(first.cuts) == 1
    (kept,) = (tmp_path / "kept" / "cuts").glob("*.json")
    good = kept.read_text()
    kept.write_text(damage)
    assert film_cuts(path, [(0, 1000)]) == first
    assert kept.read_text() == good
    kept.write_text(good.replace('"stretches"', '"x"'))
    assert film_cuts(path, [(0, 1000)]) == first


def test_a_cache_that_cannot_be_written_is_not_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path / "file" / "kept"))
    assert film_cuts(film(tmp_path / "f.mp4", [(200, 0, 0)] * 20)).stretches == {0}


@each(
    ("system", "variables", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/media-tools"),
        ("linux", {"XDG_CACHE_HOME": ""}, "/home/me/.cache/media-tools"),
        ("darwin", {}, "/home/me/Library/Caches/media-tools"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/media-tools"),
        ("linux", {user_cache.VARIABLE: "/k"}, "/k"),
    ],
)
def test_the_folder_of_each_system(monkeypatch, system, variables, folder):
    monkeypatch.delenv(user_cache.VARIABLE, raising=False)
    monkeypatch.setattr(user_cache.sys, "platform", system)
    monkeypatch.setattr(user_cache.Path, "home", lambda: user_cache.Path("/home/me"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert user_cache.cache_folder().as_posix() == folder
