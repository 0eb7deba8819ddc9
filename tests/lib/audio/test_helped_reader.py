"""A recording that a helper reads sounds as one that is read here, to the bit, and so do its levels."""

import multiprocessing
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import Pipe

import numpy as np
import pytest

from lib.audio import helped_reader, sections, spectra
from lib.audio.above import WideReader
from lib.audio.band_levels import Bands, BandSource
from lib.audio.helped_reader import HelpedReader
from lib.audio.onsets import Detector
from lib.audio.reader import AudioReader
from lib.audio.samples import SampleJob, sample_table_of
from lib.audio.spectra import ANALYSIS_RATE
from lib.errors import MediaError, NoAudioError
from lib.parallel.helper_processes import NO_HELPERS
from lib.parallel.stream import HelperDiedError, Stream, serve
from tests.support.media_factory import encode, write_wav

SECONDS = 2.0


class Thread:
    """A helper in a thread of this process. begins: after how many looks it is ready; dies: after how many messages."""

    count = 1

    def __init__(self, begins=0, dies=None):
        self.begins, self.dies = begins, dies

    def stream(self, function, job):
        here, there = self.ends = Pipe()
        future = Future()
        looks, heard = [], []

        def work(name):
            try:
                future.set_result(serve(there, name, function, job))
            except BaseException as error:
                future.set_exception(error)

        def give(name):
            threading.Thread(target=work, args=(name,), daemon=True).start()
            return future

        outer = self

        class Watched(Stream):
            @property
            def is_ready(self):
                looks.append(1)
                return len(looks) > outer.begins and here.poll(60)

            def _message(self):
                heard.append(1)
                if outer.dies is not None and len(heard) > outer.dies:
                    raise HelperDiedError
                return super()._message()

        return Watched(here, give)


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch):
    monkeypatch.setattr(helped_reader, "WORTH_SECONDS", 0)
    # Several sections, and several batches of frames, in some seconds.
    monkeypatch.setattr("lib.audio.reader.BLOCK_SECONDS", 0.25)
    monkeypatch.setattr(sections, "BLOCK_SECONDS", 0.25)
    monkeypatch.setattr(spectra, "BATCH", 16)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Files of several formats and channels."""
    folder = tmp_path_factory.mktemp("long")
    rng = np.random.default_rng(5)
    sound = rng.uniform(-0.5, 0.5, (round(SECONDS * 48000), 2)).astype(np.float32)
    sound[24000:48000] *= 0.01
    found = {}
    for name, rate, shown in (
        ("stereo.wav", 48000, sound),
        ("mono.wav", 44100, sound[:, 0]),
        ("slow.wav", ANALYSIS_RATE, sound[:, 0]),
        ("low.wav", 8000, sound[:30000]),
        ("short.wav", 48000, sound[:4000]),
    ):
        write_wav(folder / name, shown, rate)
        found[name] = str(folder / name)
    for name in ("stereo.mp3", "stereo.flac", "stereo.m4a"):
        encode(folder / name, sound, 48000)
        found[name] = str(folder / name)
    cut = folder / "cut.mp3"
    whole = (folder / "stereo.mp3").read_bytes()
    cut.write_bytes(whole[: len(whole) // 2 + 77])
    found["cut.mp3"] = str(cut)
    cut = folder / "cut.wav"
    whole = (folder / "stereo.wav").read_bytes()
    cut.write_bytes(whole[: len(whole) * 3 // 4 + 1])
    found["cut.wav"] = str(cut)
    return found


NAMES = (
    "stereo.wav", "mono.wav", "slow.wav", "low.wav", "short.wav", "stereo.mp3", "stereo.flac", "stereo.m4a", "cut.mp3",
    "cut.wav",
)  # fmt: skip


def plain(path):
    """Return the blocks, the problem and the power of a file that is read here."""
    with WideReader(path, ANALYSIS_RATE) as reader:
        blocks = list(reader.blocks())
        return blocks, reader.problem, reader.power() if reader.is_wide else None


def check(path, helpers, is_wide=True, source=None):
    """Hold a helped reader against a plain one."""
    blocks, problem, power = plain(path)
    with HelpedReader(path, is_wide, helpers, Detector().bands) as reader:
        found = list(reader.blocks(source or BandSource()))
        assert list(map(len, found)) == list(map(len, blocks))
        for one, other in zip(found, blocks):
            np.testing.assert_array_equal(one, other)
        assert reader.problem == problem
        if is_wide and power is not None:
            np.testing.assert_array_equal(reader.power, power)
        else:
            assert reader.power is None
        return reader.is_helped, len(blocks)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("begins", [0, 2])
def test_the_sound_is_the_same_to_the_bit(recordings, name, begins):
    """Also where this process has read some of it before the helper was ready."""
    is_helped, _ = check(recordings[name], Thread(begins))
    assert is_helped


@pytest.mark.parametrize("name", ["stereo.wav", "stereo.mp3"])
def test_power_is_measured_only_if_it_is_wanted(recordings, name):
    check(recordings[name], Thread(), is_wide=False)


@pytest.mark.parametrize("name", ["stereo.wav", "stereo.mp3", "cut.mp3", "cut.wav"])
@pytest.mark.parametrize("dies", [0, 1, 4])
def test_what_a_helper_that_died_had_to_read_is_read_here(recordings, name, dies):
    check(recordings[name], Thread(dies=dies))


@pytest.mark.parametrize("begins", [10**9])
@pytest.mark.parametrize("name", ["stereo.wav", "stereo.mp3"])
def test_a_file_that_ends_before_the_helper_is_ready_is_read_here(recordings, name, begins):
    check(recordings[name], Thread(begins))


def test_levels_of_the_helper_are_those_that_are_made_here(recordings, monkeypatch):
    monkeypatch.setattr(helped_reader, "BUSY", 0)  # it makes all that whole blocks complete
    source, bands = BandSource(), Detector().bands()
    blocks, *_ = plain(recordings["stereo.wav"])
    expected = [bands.levels(batch) for batch in spectra.frame_batches(blocks, bands.fft, bands.hop)]
    check(recordings["stereo.wav"], Thread(), source=source)
    assert sorted(source.made) == list(range(len(source.made)))
    assert len(expected) - 2 <= len(source.made) < len(expected)  # the last frames need the end of the sound
    for number, (levels, greatest) in source.made.items():
        assert levels.tobytes() == expected[number][0].tobytes()
        assert greatest == expected[number][1]


def test_levels_come_before_the_block_that_completes_their_frames(recordings, monkeypatch):
    monkeypatch.setattr(helped_reader, "BUSY", 0)
    source, bands = BandSource(), Detector().bands()
    helpers = Thread()
    with HelpedReader(recordings["stereo.wav"], False, helpers, Detector().bands) as reader:
        batches, number = spectra.FrameBatches(bands.fft, bands.hop), 0
        for block in reader.blocks(source):
            for _ in batches.add(block):
                assert number in source.made
                number += 1
    assert number == len(source.made) > 3


def test_a_helper_makes_levels_only_while_this_process_is_behind(recordings, monkeypatch):
    monkeypatch.setattr(helped_reader, "BUSY", 10**6)
    source = BandSource()
    check(recordings["stereo.wav"], Thread(), source=source)
    assert source.made == {}


def test_without_helpers_all_is_read_here(recordings):
    is_helped, _ = check(recordings["stereo.mp3"], NO_HELPERS)
    assert not is_helped


def test_a_short_file_is_read_here(recordings, monkeypatch):
    monkeypatch.setattr(helped_reader, "WORTH_SECONDS", SECONDS + 1)
    threads = threading.active_count()
    is_helped, _ = check(recordings["stereo.wav"], Thread())
    assert not is_helped
    assert threading.active_count() == threads


def test_files_that_cannot_be_read_are_refused_at_once(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        HelpedReader(str(tmp_path / "a.wav"), True, Thread(), Detector().bands)


def test_sound_that_cannot_be_decoded_is_an_error_here_too(recordings, monkeypatch):
    helpers = Thread()
    with HelpedReader(recordings["stereo.mp3"], False, helpers, Detector().bands) as reader:

        def frames(decoder):
            raise NoAudioError("has an audio track without sound")

        monkeypatch.setattr("lib.audio.decoding.Decoder.frames", frames)
        with pytest.raises(NoAudioError, match="without sound"):
            list(reader.blocks(BandSource()))


@contextmanager
def waiting_for_the_helper(patch):
    """All is read by the helper: this process waits until it has started."""
    with patch.context() as within:
        within.setattr(Stream, "is_ready", property(lambda stream: stream._connection.poll(120)))
        yield


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stereo.wav", "stereo.mp3"])
def test_a_helper_process_gives_the_same_table(recordings, monkeypatch, name):
    folder, _, file = recordings[name].rpartition("/")
    alone = sample_table_of(SampleJob(folder, file, 20, 1000, True))
    with waiting_for_the_helper(monkeypatch):
        helped = sample_table_of(SampleJob(folder, file, 20, 1000, True, threads=2))
    assert len(alone.table) > 0
    for column in alone.table.columns:
        assert helped.table.text(column) == alone.table.text(column)
    assert helped[1:] == alone[1:]


@pytest.mark.slow
def test_a_helper_process_that_is_killed_costs_nothing(recordings, monkeypatch):
    folder, _, file = recordings["stereo.wav"].rpartition("/")
    alone = sample_table_of(SampleJob(folder, file, 20, 1000, False))
    begin = Stream.begin

    def killed(stream, wanted):
        begin(stream, wanted)
        for child in multiprocessing.active_children():
            child.kill()

    monkeypatch.setattr(Stream, "begin", killed)
    with waiting_for_the_helper(monkeypatch):
        helped = sample_table_of(SampleJob(folder, file, 20, 1000, False, threads=2))
    assert helped.table.text("start") == alone.table.text("start")


def test_bands_of_levels_know_their_size():
    bands = Bands(np.ones((5, 3), np.float32), 4, 2, np.float16)
    assert bands.frame_bytes == 10


def test_a_reader_tells_what_its_file_promises(recordings):
    with AudioReader(recordings["stereo.wav"], ANALYSIS_RATE) as reader:
        assert reader.expected_seconds == pytest.approx(SECONDS)
        assert not reader.is_compressed
    for name in ("stereo.mp3", "stereo.flac", "stereo.m4a"):
        with AudioReader(recordings[name], ANALYSIS_RATE) as reader:
            assert reader.expected_seconds == pytest.approx(SECONDS, abs=0.1)
            assert reader.is_compressed
