"""The stage from its command line: what is played, when, for how long, and what is said when it cannot be."""

import math
import os
import re
import wave

import av
import numpy as np
import pytest

import features_to_audio
from lib.audio.ranges import read_audio
from tests.support.scripts import status_of

RATE = 48_000
# -volume 0.6 is 20 ln(0.6) dB.
VOLUME = 10 ** (math.log(0.6))


def write_wav(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.round(np.asarray(samples) * 32767).astype("<i2").tobytes())


def tones(*hertz, amplitude=0.5):
    """A second of each tone, one after the other."""
    t = np.arange(RATE) / RATE
    return np.concatenate([amplitude * np.sin(2 * np.pi * hz * t) for hz in hertz])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two recordings and a table of their samples; the working directory is another one."""
    write_wav(tmp_path / "media/low.wav", tones(220, 330))
    write_wav(tmp_path / "media/disc 1/high.wav", tones(880, 550))
    (tmp_path / "samples.csv").write_text(
        "filename,start,dur,hz,power\n"
        "disc 1/high.wav,100,400,880,3\n"
        "low.wav,100,400,220,1\n"
        "low.wav,1100,400,330,2\n"
        "disc 1/high.wav,1100,400,550,4\n"
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


def run(folder, *flags, table="samples.csv", out="out.wav"):
    return features_to_audio.main(
        ["-in", str(folder / table), "-dir", str(folder / "media"), "-out", str(folder / out), *map(str, flags)]
    )


def heard(folder, out="out.wav"):
    return read_audio(str(folder / out), RATE, 2)


def pitch(sound):
    """The strongest frequency of a piece, in Hz."""
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)), 1 << 16))
    return float(spectrum.argmax() * RATE / (1 << 16))


def only_error(capsys):
    """The one line on stderr."""
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return err.strip()


def test_clips_follow_in_order_at_their_times(folder):
    assert run(folder, "-rvb", 0, "-overlap", 10_000, "-overlapp", 1.25) == 0
    out = heard(folder)
    # 500 ms of silence, then a clip of 400 ms every 500 ms, then 2 s.
    assert len(out) == (500 + 4 * 500 + 2000) * 48
    assert not out[: 500 * 48].any()
    for n, hz in enumerate((220, 330, 550, 880)):
        begin = 500 + 500 * n
        assert pitch(out[(begin + 50) * 48 : (begin + 200) * 48]) == pytest.approx(hz, abs=3)
        assert not out[(begin + 401) * 48 : (begin + 499) * 48].any()


def test_level_volume_and_fades_of_a_clip(folder):
    assert run(folder, "-rvb", 0, "-overlap", 10_000, "-overlapp", 2, "-left", 0) == 0
    out = heard(folder)
    # A sine at -16 dBFS RMS peaks sqrt(2) higher; the cut's fades (10 of 400 ms each) make the rest that much louder.
    peak = math.sqrt(2) * 10 ** (-16 / 20) / math.sqrt((380 + 20 / 3) / 400) * VOLUME
    assert np.abs(out[45 * 48 : 200 * 48]).max() == pytest.approx(peak, rel=2e-3)
    # In over 40 ms (10 %), out over 200 ms (half).
    assert np.abs(out[15 * 48 : 20 * 48]).max() == pytest.approx(peak * 0.5, rel=0.05)
    assert np.abs(out[295 * 48 : 305 * 48]).max() == pytest.approx(peak * 0.5, rel=0.06)


def test_default_steps_overlap(folder, capsys):
    # min(128, half of 400) = 128 ms a step; min(128, a tenth of 400) = 40.
    assert run(folder, "-probe") == 0
    assert re.search(r"^3\.012 s \(0:00:03\), samples: 4$", capsys.readouterr().out)
    assert run(folder, "-probe", "-overlapp", 0.1, "-left", 0, "-right", 1) == 0
    assert re.search(r"^0\.161 s ", capsys.readouterr().out)
    assert not (folder / "out.wav").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "frame"), [("wav", 0), ("flac", 0), ("mp3", 1152), ("ogg", 1024), ("m4a", 1024)])
def test_every_ending_is_as_long_as_probe_said(folder, capsys, ending, frame):
    flags = ("-overlapp", 0.3333, "-right", 777)
    out = f"a/new folder/out.{ending}"
    assert run(folder, "-probe", *flags) == 0
    seconds = float(re.search(r"^([\d.]+) s ", capsys.readouterr().out)[1])
    assert run(folder, *flags, out=out) == 0
    assert abs(len(heard(folder, out)) - seconds * RATE) <= max(frame, 24)
    with av.open(str(folder / out)) as container:
        assert container.duration / av.time_base == pytest.approx(seconds, abs=max(frame, 24) / RATE)
    assert os.listdir(folder / "a/new folder") == [f"out.{ending}"]


def test_same_input_same_bytes(folder):
    run(folder, out="1.mp3")
    run(folder, out="2.mp3")
    assert (folder / "1.mp3").read_bytes() == (folder / "2.mp3").read_bytes()


def test_reverb_rings_on_and_adds_to_the_dry_sound(folder):
    assert run(folder, "-lim", 1, "-right", 1000, "-rvb", 0, out="dry.wav") == 0
    assert run(folder, "-lim", 1, "-right", 1000, "-rvb", 80, out="wet.wav") == 0
    dry, wet = heard(folder, "dry.wav"), heard(folder, "wet.wav")
    # The first echo comes 20 ms and 1215 frames after the first sound.
    assert np.array_equal(wet[: 500 * 48 + 999], dry[: 500 * 48 + 999])
    assert not dry[1000 * 48 :].any()
    assert np.abs(wet[1300 * 48 :]).max() > 1e-3


def test_the_end_is_never_a_cut(folder):
    # Ended 100 ms after the last sound, it still rings: the last second is faded, from 1 to 0 in a straight line.
    options = ("-rvb", 100, "-mdb", -9999, "-volume", 0.4, "-overlap", 1000, "-overlapp", 1)
    for right, out in ((2000, "whole.wav"), (100, "cut.wav")):
        assert run(folder, *options, "-right", right, out=out) == 0
    whole, cut = heard(folder, "whole.wav"), heard(folder, "cut.wav")
    frames = len(cut)
    assert frames == 2200 * 48
    assert np.abs(whole[frames - 500 : frames]).max() > 10 ** (-60 / 20)
    ramp = np.arange(48_000)[::-1, None] / 48_000
    assert np.abs(cut[-48_000:] - whole[frames - 48_000 : frames] * ramp).max() < 1e-3
    assert np.abs(cut[-48:]).max() < 2e-3


def test_over_the_limit_the_best_are_played(folder, capsys):
    flags = ("-rvb", 0, "-overlap", 10_000, "-overlapp", 1.25)
    assert run(folder, "-lim", 2, *flags) == 0  # by power (no clarity here): 880 and 550 Hz
    assert capsys.readouterr().out.endswith("s (0:00:04), samples: 2, 2 left out by -lim 2\n")
    out = heard(folder)
    assert [round(pitch(out[b * 48 : (b + 150) * 48]), -1) for b in (550, 1050)] == [550, 880]
    assert run(folder, "-lim", 2, "-lsort", "hz=asc", *flags) == 0
    out = heard(folder)
    assert [round(pitch(out[b * 48 : (b + 150) * 48]), -1) for b in (550, 1050)] == [220, 330]


def test_sort_queries(folder):
    assert run(folder, "-sort", "power=desc=0.5&hz=asc", "-rvb", 0, "-overlap", 10_000, "-overlapp", 1.25) == 0
    out = heard(folder)
    assert len(out) == (500 + 2 * 500 + 2000) * 48
    assert [round(pitch(out[b * 48 : (b + 150) * 48]), -1) for b in (550, 1050)] == [550, 880]


def test_not_levelled(folder):
    write_wav(folder / "media/low.wav", tones(220, amplitude=0.02))
    (folder / "samples.csv").write_text("filename,start,dur,hz\nlow.wav,0,400,1\n")
    assert run(folder, "-mdb", -9999, "-volume", 1, "-rvb", 0, "-left", 0) == 0
    assert np.abs(heard(folder)).max() == pytest.approx(0.02, rel=0.01)


def test_many_loud_clips_never_clip(folder):
    (folder / "samples.csv").write_text("filename,start,dur,hz\n" + "low.wav,0,1000,1\n" * 300)
    assert run(folder, "-overlap", 2, "-volume", 2, "-mdb", 0, out="out.mp3") == 0
    assert 0.8 < np.abs(heard(folder, "out.mp3")).max() < 1
    assert run(folder, "-overlap", 2, "-volume", 2, "-mdb", 0) == 0
    assert np.abs(heard(folder)).max() == pytest.approx(10 ** (-1 / 20), abs=1e-4)


def test_past_the_end_of_the_file(folder, capsys):
    rows = "low.wav,1900,400,1\nlow.wav,1234567,400,2\nlow.wav,9,0,3\nlow.wav,9,0.01,3\n"
    (folder / "samples.csv").write_text(f"filename,start,dur,hz\n{rows}")
    assert run(folder) == 0
    out, err = capsys.readouterr()
    assert "after the end of their file, and are silent: 1, the first" in err
    assert err.endswith("media/low.wav at 1234567 ms\n")
    assert out.endswith(", samples: 4, 2 of length 0\n")
    assert len(heard(folder)) == (500 + 2 * 128 + 2000) * 48  # (0.005 ms are less than a frame)


@pytest.mark.parametrize("strict", [False, True])
def test_bad_files_are_listed_and_the_others_played(folder, capsys, strict):
    (folder / "media/text.mp3").write_text("no sound")
    (folder / "samples.csv").write_text(
        "filename,start,dur,hz\ngone.wav,0,400,1\ntext.mp3,0,400,2\nlow.wav,100,400,3\n"
    )
    assert run(folder, "-rvb", 0, *(["-strict"] if strict else [])) == int(strict)
    out, err = capsys.readouterr()
    assert out.endswith(", samples: 3, 2 of files that could not be used\n")
    assert "2 files could not be used" in err
    assert "gone.wav: no such file" in err
    assert "text.mp3: is not media" in err
    assert pitch(heard(folder)[800 * 48 : 1000 * 48]) == pytest.approx(220, abs=3)


def test_all_files_bad(folder, capsys):
    (folder / "samples.csv").write_text("filename,start,dur,hz\ngone.wav,0,400,1\n")
    assert run(folder) == 1
    assert "there is no file gone.wav: check -dir" in capsys.readouterr().err
    (folder / "media/gone.wav").write_text("no sound")
    assert run(folder) == 1
    assert "none of its samples can be read" in capsys.readouterr().err
    assert not (folder / "out.wav").exists()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("filename,start,dur,hz\n", "the table has no rows"),
        ("", "empty"),
        ("filename,start,hz\nlow.wav,0,1\n", "no column 'dur'; its columns are: filename, start, hz"),
        ("filename,start,dur\nlow.wav,0,100\n", "no column 'hz'"),
        ("filename,start,dur,hz\nlow.wav,0,100,1\nlow.wav,soon,100,1\n", "line 3: start is 'soon', not a number"),
        ("filename,start,dur,hz\nlow.wav,0,,1\n", "line 2: dur is '', not a number"),
        ("filename,start,dur,hz\nlow.wav,0,-5,1\n", "line 2: dur is -5"),
        ("filename,start,dur,hz\n/etc/passwd,0,5,1\n", "outside the media folder"),
        ("filename,start,dur,hz\n../samples.csv,0,5,1\n", "outside the media folder"),
    ],
)
def test_bad_tables(folder, capsys, table, message):
    (folder / "samples.csv").write_text(table)
    assert run(folder) == 1
    assert message in only_error(capsys)
    assert not (folder / "out.wav").exists()


@pytest.mark.parametrize(
    ("flags", "message", "status"),
    [
        (("-sort", "loudness=asc"), "no column 'loudness'; its columns are: filename, start, dur, hz, power", 1),
        (("-sort", "hz=up"), "cannot read the part", 2),
        (("-lim", 2, "-lsort", "shine"), "no column 'shine'", 1),
        (("-lsort", "shine"), "no column 'shine'", 1),
        (("-in", "nowhere.csv"), "no such table", 1),
        (("-out", "out.xyz"), "end in .mp3, .wav, .flac, .ogg, .m4a", 2),
        (("-out", "/dev/null/below/out.mp3"), "the folder cannot be created", 1),
        (("-out", "."), "audio files end in", 2),
        (("-overlap", 0, "-left", 0, "-right", 0), "there is nothing to write", 1),
    ],
)
def test_bad_settings(folder, capsys, flags, message, status):
    assert status_of(run, folder, *flags) == status
    assert message in only_error(capsys)


@pytest.mark.parametrize(
    "flags",
    [
        ("-rvb", 101),
        ("-lim", 0),
        ("-overlap", -1),
        ("-overlapp", "nan"),
        ("-volume", -1),
        ("-left", "x"),
        ("-nonsense",),
    ],
)
def test_wrong_usage(folder, flags):
    with pytest.raises(SystemExit) as stopped:
        run(folder, *flags)
    assert stopped.value.code == 2


def test_a_recording_is_never_replaced_by_the_mix_of_it(folder, capsys):
    before = (folder / "media/low.wav").read_bytes()
    assert run(folder, out="media/low.wav") == 1
    assert "media/low.wav: is an input, which would be replaced" in only_error(capsys)
    assert (folder / "media/low.wav").read_bytes() == before


@pytest.mark.parametrize("where", ["lib.audio.mixer.read_ranges", "lib.audio.writer._encode"])
def test_interrupted_the_old_file_stays(folder, capsys, monkeypatch, where):
    (folder / "out.mp3").write_bytes(b"the old one")

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupt)
    assert run(folder, out="out.mp3") == 130
    assert "interrupted" in only_error(capsys)
    assert (folder / "out.mp3").read_bytes() == b"the old one"
    assert sorted(os.listdir(folder)) == ["elsewhere", "media", "out.mp3", "samples.csv"]


def written(folder, rows, header="filename,start,dur,at"):
    (folder / "timed.csv").write_text("\n".join([header, *rows]) + "\n")


DRY = ("-rvb", 0, "-mdb", -9999, "-volume", 1, "-left", 200, "-right", 100)


def loud_from(sound):
    """The first moment, in ms, that is above a tenth of the loudest."""
    level = np.abs(sound[:, 0])
    return 1000 * np.argmax(level > 0.1 * level.max()) / RATE


def test_a_table_plays_at_its_own_times(folder, capsys):
    written(folder, ["low.wav,100,400,1500", "disc 1/high.wav,100,400,0"])
    assert run(folder, *DRY, "-order", "at", table="timed.csv") == 0
    sound = heard(folder)
    # Before the first: -left; after the latest end: -right.
    assert len(sound) == round((0.2 + 1.5 + 0.4 + 0.1) * RATE)
    assert 200 <= loud_from(sound) < 215
    assert pitch(sound[: RATE // 2]) == pytest.approx(880, abs=4)
    assert not sound[round(0.62 * RATE) : round(1.7 * RATE)].any()
    assert 1700 <= 1000 + loud_from(sound[RATE:]) < 1715
    assert pitch(sound[round(1.7 * RATE) :]) == pytest.approx(220, abs=4)


def test_the_column_of_times_may_have_any_name_and_samples_may_sound_together(folder):
    written(folder, ["low.wav,100,400,0", "low.wav,100,400,0"], "filename,start,dur,when")
    assert run(folder, *DRY, "-order", "when", table="timed.csv") == 0
    both = heard(folder)
    written(folder, ["low.wav,100,400,0"], "filename,start,dur,when")
    assert run(folder, *DRY, "-order", "when", table="timed.csv", out="one.wav") == 0
    # (0.5 + 0.5 is over the peak that a mix may have, and comes down to it)
    assert np.abs(both).max() == pytest.approx(10 ** (-1 / 20), abs=1e-3)
    assert np.corrcoef(both[:, 0], heard(folder, "one.wav")[:, 0])[0, 1] > 0.9999


def test_volumes_of_a_table_multiply_that_of_the_flag(folder):
    written(folder, ["low.wav,100,400,0,0.5", "low.wav,100,400,1000,", "low.wav,100,400,2000,0"],
            "filename,start,dur,at,volume")  # fmt: skip
    assert run(folder, *DRY, "-order", "at", table="timed.csv") == 0
    sound = heard(folder)
    first, second, third = (np.abs(sound[s * RATE + RATE // 5 : (s + 1) * RATE]).max() for s in range(3))
    assert first / second == pytest.approx(10 ** math.log(0.5), rel=0.01)
    assert third == 0


def test_a_sample_ends_where_its_table_says_with_short_fades(folder):
    written(folder, ["low.wav,100,400,0,100,", "low.wav,100,400,1000,,", "low.wav,100,400,2000,2050,12",
                     "low.wav,100,400,3000,2000,"], "filename,start,dur,at,until,shift")  # fmt: skip
    assert run(folder, *DRY, "-order", "at", table="timed.csv") == 0
    sound = np.abs(heard(folder)[:, 0])
    ends = [
        np.flatnonzero(sound[round((0.2 + n) * RATE) : round((1.1 + n) * RATE)] > 2e-3)[-1] / RATE for n in range(3)
    ]
    assert ends == pytest.approx([0.1, 0.4, 0.05], abs=0.008)
    # It is at its full level until 85 % of its length.
    assert sound[round(0.27 * RATE) : round(0.284 * RATE)].max() == pytest.approx(0.5, rel=0.02)
    assert not sound[round(3.2 * RATE) :].any()


def test_a_table_with_volumes_keeps_levels_unless_a_level_is_given(folder):
    written(folder, ["low.wav,100,400,0,0.5"], "filename,start,dur,at,volume")
    dry = [word for n, word in enumerate(DRY) if n not in (2, 3)]
    assert run(folder, *DRY, "-order", "at", table="timed.csv", out="a.wav") == 0
    assert run(folder, *dry, "-order", "at", table="timed.csv", out="b.wav") == 0
    assert run(folder, *dry, "-order", "at", "-mdb", -16, table="timed.csv", out="c.wav") == 0
    assert np.array_equal(heard(folder, "a.wav"), heard(folder, "b.wav"))
    assert not np.array_equal(heard(folder, "a.wav"), heard(folder, "c.wav"))


@pytest.mark.parametrize(("shift", "hz", "ms"), [(12, 440, 200), (-12, 110, 800), (7, 220 * 2 ** (7 / 12), 267)])
def test_a_shift_raises_the_pitch_as_a_tape_does(folder, shift, hz, ms):
    written(folder, [f"low.wav,100,400,0,{shift}"], "filename,start,dur,at,shift")
    assert run(folder, *DRY, "-order", "at", table="timed.csv") == 0
    sound = heard(folder)
    assert len(sound) == pytest.approx((0.3 + ms / 1000) * RATE, abs=30)
    assert pitch(sound) == pytest.approx(hz, abs=5)
    ends = np.flatnonzero(np.abs(sound[:, 0]) > 1e-3)[-1] / RATE
    assert ends == pytest.approx(0.2 + ms / 1000, abs=0.02)


def test_with_a_limit_the_best_are_played_at_their_times(folder, capsys):
    written(folder, ["low.wav,100,400,900,1", "low.wav,1100,400,0,2"], "filename,start,dur,at,power")
    assert run(folder, *DRY, "-order", "at", "-lim", 1, "-lsort", "power=desc", table="timed.csv") == 0
    assert "samples: 1" in capsys.readouterr().out
    assert pitch(heard(folder)) == pytest.approx(330, abs=4)


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (["low.wav,0,100,-1"], "filename,start,dur,at", "line 2: at is -1"),
        (["low.wav,0,100,soon"], "filename,start,dur,at", "at is 'soon'"),
        (["low.wav,0,100"], "filename,start,dur", "has no column 'at'"),
        (["low.wav,0,100,0,-1"], "filename,start,dur,at,volume", "line 2: volume is '-1': it must be 0 or more"),
        (["low.wav,0,100,0,loud"], "filename,start,dur,at,volume", "volume is 'loud'"),
        (["low.wav,0,100,0,soon"], "filename,start,dur,at,until", "line 2: until is 'soon'"),
        (["low.wav,0,100,0,-3 soft"], "filename,start,dur,at,curve", "line 2: curve is '-3 soft'"),
        (["low.wav,0,100,0,0 99"], "filename,start,dur,at,curve", "line 2: curve is '0 99'"),
        (["low.wav,0,100,9,1", "low.wav,0,100,0,40"], "filename,start,dur,at,shift", "line 3: shift is '40'"),
    ],
)
def test_bad_times_volumes_and_shifts(folder, capsys, rows, header, message):
    written(folder, rows, header)
    assert run(folder, "-order", "at", table="timed.csv") == 1
    assert message in only_error(capsys)
    assert not (folder / "out.wav").exists()


@pytest.mark.parametrize("flag", ["-sort", "-overlap", "-overlapp"])
def test_what_has_no_effect_with_an_order_is_wrong_usage(folder, capsys, flag):
    written(folder, ["low.wav,0,100,0"])
    value = "hz" if flag == "-sort" else "1"
    assert status_of(run, folder, "-order", "at", flag, value, "-probe") == 2
    assert f"argument {flag}" in capsys.readouterr().err
