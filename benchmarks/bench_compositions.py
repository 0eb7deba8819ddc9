"""The engine of the compositions, part by part, and each composition as a whole from the sample films.

    python benchmarks/bench_compositions.py

Baselines: Pillow, which resizes and pastes clip after clip; PyAV, which seeks to each clip and decodes from there;
ffmpeg, which scales as many inputs as there are clips and stacks them (`xstack`).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import av
import numpy as np
from PIL import Image

from benchmarks.bench_supercut import film as write_film
from benchmarks.harness import ROOT, SAMPLE_MEDIA, Row, processor_time, run_script, show, timed
from compositions._flags import composition_names, ending_of
from compositions.proliferation import Proliferation
from lib.composing.clip_ranges import ClipRange
from lib.composing.frame_store import FilmJob, fill_store, store_name
from lib.composing.rasterizer import DrawList, Rasterizer
from lib.composing.screen import largest_sizes
from lib.composing.settings import RenderSettings
from lib.io.ffmpeg import ffmpeg_exe

WIDTH, HEIGHT = 1920, 1080
THREADS = 2
SIDES = (8, 32, 128)
SIZES_SAMPLE, SIZES_ALL = 100, 2000
# The shortest, one of the longer ones and the longest by their usual lengths.
PREVIEWED = ("orbits", "waves", "falling")


def scene(side: int, everything: bool) -> tuple[np.ndarray, DrawList]:
    """Return (pixels, draws) of side x side clips that fill the screen, a little smaller than they are kept."""
    n = side * side
    across, down = WIDTH / side, HEIGHT / side
    columns, rows = int(across * 1.3) + 1, int(down * 1.3) + 1
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, n * columns * rows * 3, dtype=np.uint8)
    every: Any = np.arange(n)
    one: Any = np.ones(n)
    alpha = random.uniform(0.3, 1.0, n) if everything else one
    turned = np.where(random.uniform(size=n) < 0.05, 12.0, 0.0) if everything else one * 0
    x, y = every % side * across + 0.3, every // side * down + 0.2
    width, height = one * across * 0.93, one * (down - 0.07 * across)
    brightness = random.uniform(0.3, 1.0, n)
    sources = (every * columns * rows * 3, every * 0 + columns, every * 0 + rows)
    return pixels, DrawList(*sources, x, y, width, height, alpha, brightness, turned, one * 0)


def ours(side: int, everything: bool = False) -> float:
    """Return the seconds for one picture."""
    pixels, draws = scene(side, everything)
    with Rasterizer(WIDTH, HEIGHT, THREADS) as rasterizer:
        return timed(lambda: rasterizer.draw(pixels, draws), 9)


def pillow(side: int) -> float:
    """Return the seconds for one picture with Pillow: resize and paste, without brightness."""
    pixels, draws = scene(side, False)
    columns, rows = int(draws.columns[0]), int(draws.rows[0])
    clips = [Image.fromarray(c) for c in pixels.reshape(-1, rows, columns, 3)]
    size = max(round(draws.width[0]), 1), max(round(draws.height[0]), 1)

    def once() -> None:
        picture = Image.new("RGB", (WIDTH, HEIGHT))
        for n, clip in enumerate(clips):
            small = clip.resize(size, Image.Resampling.BILINEAR)
            picture.paste(small, (round(draws.x[n]), round(draws.y[n])))

    return timed(once)


def drawing() -> Iterator[Row]:
    """Yield the rows about pictures of 1920 x 1080."""
    for side in SIDES:
        yield Row("draw a picture", f"{side * side} clips, 1920x1080", ours(side), pillow(side), notes="plain: Pillow")
    growth = tuple(ours(side, everything=True) for side in SIDES)
    yield Row("draw, everything", "16384 clips: alpha, 5 % turned", growth[-1], growth=growth, notes="64, 1024, 16384")


def storing(folder: str) -> Iterator[Row]:
    """Yield the rows about the frames of 43 clips of each of the six films: 0.7 s every 0.7 s."""
    films = sorted(SAMPLE_MEDIA.glob("film_*.mp4"))
    clips = tuple(ClipRange(700.0 * n, 700.0, 120, 68) for n in range(43))

    def store() -> None:
        jobs = [FilmJob(str(film), store_name(folder, film.name), clips, "fill") for film in films]
        assert not any(outcome.error for outcome in fill_store(jobs, 1, overwrite=True))

    def seek() -> None:
        for film in films:
            with av.open(str(film)) as container:
                stream = container.streams.video[0]
                for clip in clips:
                    end = (clip.start_ms + clip.dur_ms) / 1000
                    container.seek(int(clip.start_ms / 1000 / float(stream.time_base or 1)), stream=stream)
                    for frame in container.decode(stream):
                        assert frame.time is not None
                        if frame.time >= end:
                            break
                        if frame.time >= clip.start_ms / 1000:
                            frame.to_image().resize((120, 90))

    yield Row(
        "frame store", "258 clips, all frames of 6 films", timed(store), timed(seek), notes="plain: PyAV, seeking"
    )


def sizing(folder: str) -> Iterator[Row]:
    """Yield the rows about the largest size of 16,384 clips over 2,000 pictures, from a hundred of them."""
    from tests.support.grids import composition_of, grid_table

    own = {"bstep": 4096, "kfd": ("tsne", "tsne2"), "mci": 16, "rw": 1, "volr": (0.25, 1.0)}
    size = {"width": WIDTH, "height": HEIGHT, "fps": 24}
    table = grid_table(128, 128)
    composition = composition_of(Proliferation, Path(folder), table, "128x128", "16x16", **own, **size)
    settings = RenderSettings(WIDTH, HEIGHT, Fraction(24))
    took = timed(lambda: largest_sizes(composition, settings, SIZES_SAMPLE)) * SIZES_ALL / SIZES_SAMPLE
    yield Row("largest sizes", "16384 clips, 2000 pictures", took, notes=f"{SIZES_SAMPLE} pictures measured")


def composing(folder: str) -> Iterator[Row]:
    """Each composition of the sample films, 16 x 16 clips at 640 x 360, from nothing to the film."""
    table, media = f"{folder}/clips.csv", f"{SAMPLE_MEDIA}/"
    run_script("audio_to_samples.py", "-in", f"{SAMPLE_MEDIA}/film_*.mp4", "-features", "-out", table)
    run_script("samples_to_vsamples.py", "-in", table, "-dir", media)
    run_script("samples_to_tsne.py", "-in", table, "-dir", media, "-components", "2")
    run_script("samples_to_tsne.py", "-in", table, "-dir", media, "-prefix", "stsne")
    run_script("samples_to_grid.py", "-in", table, "-grid", "16x16")
    common = ["-in", table, "-dir", media, "-grid", "16x16", "-width", "640", "-height", "360"]
    common += ["-threads", str(THREADS), "-cd", f"{folder}/cache", "-outframe", f"{folder}/frames/%s.png", "-overwrite"]
    for composition in composition_names():
        script, own = f"compositions/{composition}.py", import_module(f"compositions.{composition}").EXAMPLE.split()
        took, memory = run_script(script, *common, *own, "-out", f"{folder}/film{ending_of(composition)}")
        pictures = max(len(list(Path(folder, "frames").glob("[0-9]*.png"))), 1)
        for path in Path(folder, "frames").iterdir():
            path.unlink()
        yield Row(
            composition, f"16x16, 640x360, {pictures} pictures", took, notes=f"-threads {THREADS}", memory_mb=memory
        )


def previewing(folder: str) -> Iterator[Row]:
    """Yield the rows about previews of the table that `composing` leaves, in their usual lengths."""
    for composition in PREVIEWED:
        words = ["-in", f"{folder}/clips.csv", "-dir", f"{SAMPLE_MEDIA}/", "-grid", "16x16", "-preview", "-overwrite"]
        words += ["-threads", str(THREADS), "-cd", f"{folder}/cache", "-out", f"{folder}/preview.mp4"]
        took, memory = run_script(f"compositions/{composition}.py", *words)
        yield Row(f"{composition} -preview", "16x16", took, notes=f"-threads {THREADS}", memory_mb=memory)


def stacking(folder: str) -> Iterator[Row]:
    """Yield the row about ten seconds of 64 clips of four films in 1280x720: processor time.

    The clips are the seconds of the films; the baseline plays 64 files, which were cut before, again and again.
    """
    side, seconds = 8, 10
    lines, inputs, places = ["filename,start,dur,vstart,vdur,gridX,gridY"], [], []
    for n in range(4):
        write_film(f"{folder}/{n}.mp4", side * side // 4, n)
    for n in range(side * side):
        begin, cut = n // 4, f"{folder}/cut{n}.mp4"
        lines.append(f"{n % 4}.mp4,{1000 * begin},400,{1000 * begin},1000,{n % side},{n // side}")
        words = ["-nostdin", "-v", "error", "-y", "-ss", str(begin), "-t", "1", "-i", f"{folder}/{n % 4}.mp4", cut]
        subprocess.run([ffmpeg_exe(), *words], check=True)
        inputs += ["-stream_loop", "-1", "-t", str(seconds), "-i", cut]
        places.append(f"{160 * (n % side)}_{90 * (n // side)}")
    Path(folder, "stack.csv").write_text("\n".join(lines) + "\n")
    words = ["-in", f"{folder}/stack.csv", "-dir", folder, "-grid", "8x8", "-width", "1280", "-height", "720"]
    words += ["-sd", str(seconds), "-outframe", "", "-out", f"{folder}/waves.mp4", "-threads", str(THREADS)]
    ours = processor_time([sys.executable, str(ROOT / "compositions" / "waves.py"), *words, "-overwrite"])
    scaled = "".join(f"[{n}:v]scale=160:90[v{n}];" for n in range(side * side))
    stack = "".join(f"[v{n}]" for n in range(side * side)) + f"xstack=inputs={side * side}:layout={'|'.join(places)}"
    coded = ["-t", str(seconds), "-c:v", "libx264", "-crf", "16", "-preset", "veryfast", f"{folder}/stacked.mp4"]
    plain = [ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *inputs, "-filter_complex", scaled + stack, *coded]
    yield Row(
        "waves, processor time", "64 clips of 4 films, 1280x720, 10 s", ours, processor_time(plain),
        notes=f"-threads {THREADS}; plain: ffmpeg's xstack, without sound",
    )  # fmt: skip


def rows() -> Iterator[Row]:
    """Measure all."""
    yield from drawing()
    with tempfile.TemporaryDirectory() as folder:
        yield from storing(folder)
        yield from sizing(folder)
        yield from composing(folder)
        yield from previewing(folder)
        yield from stacking(folder)


if __name__ == "__main__":
    show(rows())
