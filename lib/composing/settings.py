"""Settings of a composition as plain values, read and checked by the caller. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

Size = tuple[int, int]
Range = tuple[float, float]


@dataclass(frozen=True)
class Views:
    """Sizes in (columns, rows): the table's `grid`, and the middle parts that fill the picture `first` and `last`."""

    grid: Size
    first: Size
    last: Size

    @property
    def fit(self) -> bool:
        """Whether both views are within the grid."""
        return all(side <= whole for view in (self.first, self.last) for side, whole in zip(view, self.grid))


@dataclass(frozen=True)
class CompositionSettings:
    """The settings that every composition has besides its own flags.

    width, height: of the picture, in pixels; margin: between cells, in cell widths; brightness: of a clip at rest, and
    while it plays, 0 to 1; least_ms: the shortest time for which a clip visibly plays; level_db: loudness of all
    samples, most_db: upper limit of loudness (dBFS RMS; None: unchanged), reverb: 0 to 100; most_heard: number of
    different audible clips (below 0: the composition's own number), always_heard: of those, the number of innermost
    ones; before_ms, after_ms: before the first play and after the last; seed: of random numbers.
    """

    width: int
    height: int
    margin: float = 0.0
    brightness: Range = (0.33, 1.0)
    least_ms: float = 1200.0
    level_db: float | None = -16.0
    most_db: float | None = -16.0
    reverb: float = 80.0
    most_heard: int = -1
    always_heard: int = -1
    before_ms: float = 1000.0
    after_ms: float = 3000.0
    seed: int = 1


@dataclass(frozen=True)
class RenderSettings:
    """The common settings of all pictures.

    width, height: in pixels; fps: pictures per second; noise: jitter of positions in pixels; fa: below 1, the previous
    picture, times 1 - fa, lies beneath each picture; io: offset of all clips in their videos, in ms; rand: the seed;
    blur: the number of pictures that each one is the mean of; rough: for a quick look, clips are drawn by their nearest
    pixels.
    """

    width: int
    height: int
    fps: Fraction
    noise: float = 0.0
    fa: float = 1.0
    io: float = 0.0
    rand: int = 1
    blur: int = 1
    rough: bool = False


@dataclass(frozen=True)
class SoundSettings:
    """gain_db: of the whole mix; outer: clips near the edge, not those near the middle, are heard more often; lufs:
    loudness of the whole (None: as it is mixed); quick: encoders take less time, for a quick look."""

    gain_db: float = 0.0
    outer: bool = False
    lufs: float | None = None
    quick: bool = False


@dataclass(frozen=True)
class StoreSettings:
    """The store of the clips' pictures.

    folder: its place; key: the name under which the pictures are stored there ("": they are removed at the end); fit:
    how pictures fill cells (fill, contain, warp); boxes: coloured boxes in place of pictures; verify: check for damage;
    resize: compute the largest size of every clip again; crop_bars: crop black bars that stay through a film.
    step_ms: for a quick look, the time between two stored pictures of a film (0: all are stored).
    """

    folder: str = "tmp/cache/"
    key: str = ""
    fit: str = "fill"
    boxes: bool = False
    verify: bool = False
    resize: bool = False
    crop_bars: bool = True
    step_ms: float = 0.0


@dataclass(frozen=True)
class OutputSettings:
    """The outputs.

    film: its file; frames: the pictures' files, with %s for the number ("": none); quality: low, medium or high;
    begin_s, length_s: the excerpt (0 or less: from the beginning, to the end); wanted: only these pictures, first and
    last, 1, 2, ... (0: the last; None: all, as a film); sound, pictures: whether these are made; codec: one of
    `lib.video.writer.CODECS`; chapters: whether parts of the composition are chapters of the film.
    """

    film: str
    frames: str = ""
    quality: str = "high"
    begin_s: float = 0.0
    length_s: float = 0.0
    wanted: tuple[int, int] | None = None
    sound: bool = True
    pictures: bool = True
    codec: str = "h264"
    chapters: bool = False


@dataclass(frozen=True)
class RunSettings:
    """All settings of a run: a table and the folder of its media, the outputs, and how they are made.

    probe: only print the length; overwrite: make everything again; threads: -1 for one per core; cluster: address of a
    Dask cluster ("": this machine).
    """

    table: str
    folder: str
    views: Views
    composition: CompositionSettings
    render: RenderSettings
    output: OutputSettings
    sound: SoundSettings = field(default_factory=SoundSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    probe: bool = False
    overwrite: bool = False
    threads: int = 1
    cluster: str = ""
