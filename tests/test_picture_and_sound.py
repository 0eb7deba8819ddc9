"""From a film in any container to a cell of a composition: its picture and its sound are together, and cropped."""

from pathlib import Path

import numpy as np
import pytest

from compositions import proliferation
from lib.audio.ranges import read_audio
from lib.composing.composition import Composition
from lib.tables.table import write_table
from lib.video.reader import VideoReader
from tests.support import film_lab as lab
from tests.support.compositions import flags_of, kind_of
from tests.support.grids import grid_table

pytestmark = pytest.mark.slow

GRID = ("-grid", "2x2", "-grid0", "2x2", "-grid1", "2x2", "-margin", "0", "-brightr", "1,1", "-kfd", "tsne")
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-bf", "2", "-pix_fmt", "yuv420p"]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "12"]
# What ffmpeg makes of each: words for picture and sound, and by how many ms its picture is later than its sound there.
CONTAINERS = {
    "a.mp4": (X264, "aac", 0),
    "b.ts": (X264, "aac", 0),
    "c.mpg": (MPEG2, "mp2", 0),
    "d.avi": (["-c:v", "mpeg4", "-q:v", "2", "-bf", "2"], "libmp3lame", 17),
    "e.mkv": (X264, "libopus", 0),
    "f.mp4": ([*X264, "-movflags", "frag_keyframe+empty_moov"], "aac", 0),
    "g.mov": (["-c:v", "prores_ks"], "pcm_s16le", 0),
    "h.webm": (["-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime", "-threads", "1"], "libopus", 0),
}
# Samples begin before the sound of a whole second, in ms.
BEFORE, LENGTH = 100, 240


def composition_of(words) -> Composition:
    """Return the composition that these words make."""
    from compositions._settings import run_settings
    from lib.composing.plan import composed

    args = proliferation.parser().parse_args(words)
    return composed(run_settings(args), kind_of(proliferation), flags_of(proliferation, args))


@pytest.mark.parametrize("names", [list(CONTAINERS)[:4], pytest.param(list(CONTAINERS)[4:], marks=pytest.mark.slow)])
def test_the_frame_at_the_sound_of_a_second_is_that_of_the_second(workplace, names):
    second = 1
    pictures = [lab.picture(n) for n in range(45)]
    for name in names:
        words, codec, _ = CONTAINERS[name]
        lab.make(Path(name), pictures, [*words, "-c:a", codec], heard=lab.sound(45 / lab.FPS))
    # Codecs begin with silence of their own, and films without an edit list later by the reordering of their frames.
    own = [lab.beeps(read_audio(name, lab.RATE))[second] - 1000 * second for name in names]
    assert np.abs(own).max() < 100
    start = 1000 * second - BEFORE
    more = {"vstart": lambda n: start, "vdur": lambda n: 400}
    table = grid_table(2, 2, start=lambda n: start, dur=lambda n: LENGTH, **more).with_columns({"filename": names})
    write_table(table, "grid.csv")
    words = ["-in", "grid.csv", "-dir", ".", *GRID, "-width", str(2 * lab.WIDTH), "-height", str(2 * lab.HEIGHT),
             "-fps", str(lab.FPS), "-bstep", "300", "-mci", "1", "-mcd", "0", "-pad0", "200", "-pad1", "100",
             "-rvb", "0", "-out", "all.mp4", "-outframe", ""]  # fmt: skip
    composition = composition_of(words)
    assert proliferation.main(words) == 0
    with VideoReader("all.mp4") as film:
        frames = [frame.picture(film.width, film.height) for frame in film.frames()]
    heard = read_audio("all.mp4", lab.RATE)
    beeps = lab.beeps(heard / np.abs(heard).max())
    plays = sorted(zip(composition.score.ms.tolist(), composition.score.clip.tolist(), strict=True))
    assert beeps == pytest.approx([ms + BEFORE + own[clip] for ms, clip in plays], abs=6)
    assert sorted(clip for _, clip in plays) == [0, 1, 2, 3]
    for beep, (_, clip) in zip(beeps, plays, strict=True):
        top, left = int(composition.clips.row[clip]) * lab.HEIGHT, int(composition.clips.column[clip]) * lab.WIDTH
        seen = frames[int(beep * lab.FPS / 1000)][top : top + lab.HEIGHT, left : left + lab.WIDTH]
        late = CONTAINERS[names[clip]][2] * lab.FPS / 1000
        assert abs(lab.number_of(seen) - second * lab.FPS + late) <= 1, names[clip]


def test_bars_are_cropped_in_compositions_unless_they_are_kept(workplace):
    from PIL import Image

    pictures = [np.pad(lab.picture(n), ((24, 24), (0, 0), (0, 0))) for n in range(40)]
    lab.make(Path("bars.mp4"), pictures, X264)
    write_table(grid_table(2, 2, filename="bars.mp4", dur=lambda n: 400), "grid.csv")
    corners = {}
    for crop in ("auto", "none"):
        words = ["-in", "grid.csv", "-dir", ".", *GRID, "-width", "384", "-height", "288", "-rmode", "contain", "-vo",
                 "-out", f"{crop}.mp4", "-outframe", f"{crop}/%s.png", "-frame", "0", "-crop", crop]  # fmt: skip
        assert proliferation.main(words) == 0
        picture = np.asarray(Image.open(next(Path(crop).glob("*.png"))).convert("RGB"))
        corners[crop] = picture[4:14, 4:14].reshape(-1, 3).mean(axis=0)
    assert np.abs(corners["auto"] - lab.CORNERS["top left"]).max() < 20
    assert corners["none"].max() < 20
