"""An evening: films, titles and compositions of a list, one after the other, as one film."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from lib.audio.effects import MIX_RATE, Audio
from lib.audio.limiter import HIGHEST_PEAK_DB, gain_before_limiting, limited
from lib.audio.loudness import SILENT_LUFS
from lib.audio.programme import measure
from lib.audio.reader import AudioReader
from lib.errors import MediaError
from lib.io.files import check_outputs, scratch_folder
from lib.io.formats import hours
from lib.io.owners import claim_folder, hold_folder
from lib.io.progress import bar
from lib.io.results import check_ours, is_made, put_made
from lib.io.states import digest, file_state
from lib.tables.table import read_table
from lib.text.missing import without_font
from lib.text.title_style import title_style
from lib.text.titles import read_titles
from lib.video.chapters import Chapter, within
from lib.video.cue_sheet import Cue, beside, check_cue_files, write_cues
from lib.video.film_sound import write_film_sound
from lib.video.planes import RGB
from lib.video.probe import probe
from lib.video.reader import VideoReader
from lib.video.roll import Roll, card
from lib.video.sequence_list import FILM, SCRIPT, TEXT, Row, length_of, picture_seconds, read_rows, render
from lib.video.sequence_streams import Part, begins_of, joined_pictures, joined_sound, sound_frames
from lib.video.writer import VideoWriter, check_film

Notify = Callable[[str], None]

# For a sequence without a film.
USUAL_SIZE, USUAL_FPS = (1920, 1080), Fraction(24)
HOLDS: Final = "the pieces of a sequence"
# Rates are multiples of 1/1001, whatever the container's clock makes of them.
LARGEST_DENOMINATOR: Final = 1001


@dataclass(frozen=True)
class SequenceSettings:
    """How parts become one film.

    crossfade_ms: between two parts; lufs: loudness of each (None: their mean); credits: a Markdown file that rolls at
    the end ("": none); folder: for compositions that are rendered; to_measure, to_render: the flags that make a
    composition print its length, and render to {film}, {ms} into the films of its clips; codec:
    one of `lib.video.writer.CODECS`.
    """

    crossfade_ms: float = 0.0
    lufs: float | None = None
    credits: str = ""
    folder: str = "tmp/sequence/"
    to_measure: tuple[str, ...] = ()
    to_render: tuple[str, ...] = ()
    codec: str = "h264"


def make_sequence(
    listed: str, out: str, settings: SequenceSettings, probe_only: bool, overwrite: bool, notify: Notify
) -> None:
    """Make one film of the parts in the table `listed`; notify: takes lines for the user.

    probe_only: only print when each part begins; overwrite: render all again. Raises MediaError if a part cannot
    be read or rendered, a crossfade is longer than what it joins, or what is in the place of `out` is not ours.
    """
    check_film(out)
    rows = read_rows(listed)
    sources = [listed, *(row.path for row in rows), *([settings.credits] if settings.credits else [])]
    check_outputs([out], sources)
    for row in rows:
        if row.note:
            notify(f"{listed}: {row.note}")
    if probe_only:
        _tell(_lengths(rows, settings), rows, settings, notify)
        return
    texts = [read_titles(row.path) for row in rows if row.kind == TEXT]
    credits_text = read_titles(settings.credits, most=None) if settings.credits else ""
    if note := without_font([*texts, credits_text]):
        notify(note)
    check_cue_files(out, sources, overwrite)
    if not overwrite:
        check_ours(out)
    folder = os.path.join(settings.folder, Path(out).stem)
    rendered = any(row.kind == SCRIPT for row in rows)
    if rendered:
        claim_folder(folder, HOLDS)
    with hold_folder(folder) if rendered else nullcontext():
        films = _rendered(rows, folder, settings, overwrite, notify)
        states = [file_state(path) for path in [*films, *filter(None, [settings.credits])]]
        made_from = digest([states, [repr(row) for row in rows], repr(settings)])
        if not overwrite and is_made(out, made_from):
            notify(f"{out}: already exists")
            return
        size, fps = _shape(rows, films)
        parts = _parts(rows, films, settings, size, fps)
        parts = _evened(parts, rows, settings.lufs, notify)
        roll = Roll(credits_text, title_style(), *size, fps) if settings.credits else None
        _write(parts, rows, out, settings, size, fps, roll, notify)
        put_made(out, made_from)


def _fade_of(row: Row, n: int, settings: SequenceSettings) -> float:
    """Return the ms by which a part overlaps the previous one."""
    if n == 0:
        return 0.0
    return settings.crossfade_ms if row.crossfade_ms is None else row.crossfade_ms


def _lengths(rows: Sequence[Row], settings: SequenceSettings) -> list[float]:
    """Return the length of each part, in seconds, without rendering anything."""
    lengths = []
    for row in rows:
        if row.kind == SCRIPT:
            lengths.append(length_of(row, settings.to_measure))
        else:
            lengths.append(row.seconds if row.kind == TEXT else picture_seconds(row.path))
    return lengths


def _begins(lengths: Sequence[float], rows: Sequence[Row], settings: SequenceSettings) -> list[float]:
    """Return the start of each part, in ms: how far the clips of a composition have run by then; and the end."""
    begins, now = [], 0.0
    for n, (row, seconds) in enumerate(zip(rows, lengths)):
        now -= _fade_of(row, n, settings)
        begins.append(now)
        now += 1000 * seconds
    return [*begins, now]


def _tell(lengths: Sequence[float], rows: Sequence[Row], settings: SequenceSettings, notify: Notify) -> None:
    begins = _begins(lengths, rows, settings)
    for row, seconds, ms in zip(rows, lengths, begins):
        notify(f"{hours(ms / 1000)}  {seconds:9.3f} s  {round(ms):9d} ms  {row.title} ({Path(row.path).name})")
    more = " and the credits" if settings.credits else ""
    notify(f"{begins[-1] / 1000:.3f} s ({hours(begins[-1] / 1000)}){more}, pieces: {len(rows)}")


def _rendered(
    rows: Sequence[Row], folder: str, settings: SequenceSettings, overwrite: bool, notify: Notify
) -> list[str]:
    """Return each part's file, after rendering the compositions into a folder, one running on from the other."""
    films: list[str] = []
    lengths: list[float] = []
    for n, row in enumerate(rows):
        film = row.path
        if row.kind == SCRIPT:
            film = os.path.join(folder, f"{n + 1:02}-{Path(row.path).stem}.mkv")
            ms = round(_begins([*lengths, 0.0], rows, settings)[n])
            words = [word.format(film=film, ms=ms) for word in settings.to_render]
            done = render(row, words, film, overwrite)
            notify(f"{film}: {'rendered' if done else 'already exists'}, clips begin {ms} ms into their films")
        films.append(film)
        lengths.append(row.seconds if row.kind == TEXT else picture_seconds(film))
    return films


def _shape(rows: Sequence[Row], films: Sequence[str]) -> tuple[tuple[int, int], Fraction]:
    """Return the size and the rate of the first film, which apply to all."""
    for row, film in zip(rows, films):
        if row.kind != TEXT:
            with VideoReader(film, fields=False) as reader:
                rate = Fraction(reader.rate).limit_denominator(LARGEST_DENOMINATOR)
                return (reader.width, reader.height), rate or USUAL_FPS
    return USUAL_SIZE, USUAL_FPS


def _parts(
    rows: Sequence[Row], films: Sequence[str], settings: SequenceSettings, size: tuple[int, int], fps: Fraction
) -> list[Part]:
    parts: list[Part] = []
    for n, (row, film) in enumerate(zip(rows, films)):
        fade = round(_fade_of(row, n, settings) * fps / 1000)
        if row.kind == TEXT:
            frames = max(round(row.seconds * fps), 1)
            parts.append(Part("", frames, fade, card(read_titles(film), title_style(), *size)))
        else:
            frames = max(round(picture_seconds(film) * fps), 1)
            parts.append(Part(film, frames, fade, heard=probe(film).has_audio))
    for n, part in enumerate(parts):
        after = parts[n + 1].fade if n + 1 < len(parts) else 0
        if part.fade + after > part.frames:
            raise MediaError(
                f"is {float(part.frames / fps):.3f} s long: too short for its crossfades "
                f"({float((part.fade + after) / fps):.3f} s)",
                rows[n].path,
            )
    return parts


def _evened(parts: Sequence[Part], rows: Sequence[Row], lufs: float | None, notify: Notify) -> list[Part]:
    """Return the parts with gains that bring all to one loudness."""
    loud: dict[int, float] = {}
    heard = [n for n, part in enumerate(parts) if part.heard]
    with bar(len(heard), "loudness", "film") as progress:
        for n in heard:
            loudness, _ = measure(_read(parts[n].film), MIX_RATE)
            if loudness > SILENT_LUFS:
                loud[n] = loudness
            progress.update()
    if not loud:
        return list(parts)
    wanted = float(np.mean(list(loud.values()))) if lufs is None else lufs
    gains = {}
    with bar(len(loud), "levelling", "film") as progress:
        for n, loudness in loud.items():
            gains[n] = gain_before_limiting(partial(_read, parts[n].film), MIX_RATE, wanted)
            notify(f"{rows[n].title}: {loudness:.1f} LUFS, {20 * np.log10(gains[n]):+.1f} dB")
            progress.update()
    return [replace(part, gain=gains.get(n, part.gain)) for n, part in enumerate(parts)]


def _read(film: str) -> Iterator[Audio]:
    with AudioReader(film, MIX_RATE, 2) as reader:
        yield from reader.blocks()


def _write(
    parts: list[Part], rows: Sequence[Row], out: str, settings: SequenceSettings, size: tuple[int, int], fps: Fraction,
    roll: Roll | None, notify: Notify,
) -> None:  # fmt: skip
    """Write the film, its cues and its subtitles."""
    begins = begins_of(parts)
    marks = [float(1000 * begin / fps) for begin in begins]
    frames = begins[-1] + (roll.frames if roll else 0)
    chapters = [Chapter(ms, row.title) for ms, row in zip(marks, rows)] + [Chapter(marks[-1], "Credits")] * bool(roll)
    with scratch_folder(Path(out).parent) as folder:
        sound = _write_sound(parts, folder, out, settings, fps, sound_frames(frames, fps))
        length_ms = float(1000 * frames / fps)
        with (
            VideoWriter(
                out, size, fps, frames, "high", RGB, sound, settings.codec, within(chapters, 0.0, length_ms)
            ) as film,
            bar(frames, "film", "picture") as progress,
        ):
            for picture in joined_pictures(parts, size, fps):
                film.write(picture.data)
                progress.update()
            for picture in roll.pictures() if roll else ():
                film.write(picture.data)
                progress.update()
    write_cues(out, _cues(parts, rows, marks), length_ms)
    seconds = length_ms / 1000
    notify(f"{out}: {seconds:.3f} s ({hours(seconds)}), pictures: {frames}, pieces: {len(rows)}")


def _write_sound(
    parts: Sequence[Part], folder: str, out: str, settings: SequenceSettings, fps: Fraction, frames: int
) -> str:
    """Write the sound of the parts for the film `out` to a file in `folder`, and return its name; "": it is silent.

    frames: of the whole film's sound, up to which it is continued with silence, as for closing credits.
    """
    if not any(part.heard for part in parts):
        return ""
    own = sound_frames(begins_of(parts)[-1], fps)
    return write_film_sound(
        folder, out, settings.codec, partial(_sound, parts, fps), MIX_RATE, own, HIGHEST_PEAK_DB, whole=frames
    )


def _sound(parts: Sequence[Part], fps: Fraction) -> Iterator[Audio]:
    return limited(joined_sound(parts, fps), MIX_RATE)


def _cues(parts: Sequence[Part], rows: Sequence[Row], marks: Sequence[float]) -> list[Cue]:
    """Return the cues of all parts: from a film's own cue sheet, else one for the whole film."""
    cues: list[Cue] = []
    for part, row, begin, end in zip(parts, rows, marks, marks[1:]):
        sheet = beside(part.film)[0] if part.film else ""
        if sheet and os.path.isfile(sheet):
            table = read_table(sheet)
            names = ("time", "length", "start", "volume")
            columns = [table.all_numbers(name).tolist() for name in names]
            cues += [
                Cue(begin + ms, length, name, start, volume)
                for name, ms, length, start, volume in zip(table.text("filename"), *columns)
            ]
        elif row.kind == FILM:
            cues.append(Cue(begin, end - begin, row.path, 0.0))
    return cues
