"""Every script of the project with a small job, for tests of what becomes of files that are someone's."""

import importlib
from dataclasses import dataclass
from pathlib import Path

from compositions._flags import composition_names, ending_of
from lib.tables.table import Table, write_table
from tests.support.media_factory import clicks, silent_film, write_wav

GRIDS = ("-grid", "2x2", "-grid0", "2x2", "-grid1", "2x2")
SMALL = ("-width", "32", "-height", "24", "-fps", "4", "-pad0", "100", "-pad1", "100", "-mcd", "100", "-quality", "low",
         "-rvb", "0", "-ss", "0", "-sd", "0.5")  # fmt: skip


@dataclass(frozen=True)
class Job:
    """A script and its words. written: what these name, which it may replace: files, or patterns of files."""

    script: str
    words: tuple[str, ...]
    written: tuple[str, ...] = ()

    def run(self):
        """Run the script in this process, in the working directory."""
        module = self.script.removesuffix(".py").replace("/", ".")
        return importlib.import_module(module).main(list(self.words))


def fill(folder):
    """Write the inputs of all jobs: a recording, a silent film, tables of their samples."""
    folder = Path(folder)
    (folder / "media").mkdir()
    write_wav(folder / "media" / "a.wav", clicks([0.1, 0.4, 0.7, 1.0], 1.3))
    write_wav(folder / "media" / "c.wav", clicks([0.2, 0.6], 0.9))
    silent_film(folder / "media" / "b.mp4")
    count = 4
    cells = {
        "filename": ["a.wav"] * count,
        "start": [str(300 * n) for n in range(count)],
        "dur": ["200"] * count,
        **{name: [str(n + 1) for n in range(count)] for name in ("power", "hz", "clarity", "tsne", "tsne2")},
        "gridX": [str(n % 2) for n in range(count)],
        "gridY": [str(n // 2) for n in range(count)],
    }
    write_table(Table.of(cells), folder / "s.csv")
    short = {name: cells[name] for name in ("filename", "start", "dur", "power", "hz", "clarity")}
    write_table(Table.of(short), folder / "plain.csv")
    write_table(Table.of({**short, "filename": ["b.mp4"] * count}), folder / "films_s.csv")
    (folder / "each").mkdir()
    write_table(Table.of(short), folder / "each" / "a.wav.csv")
    write_table(Table.of({"filename": ["a.wav"]}), folder / "films.csv")
    write_table(Table.of({**short, "class": ["one", "one", "two", "two"]}), folder / "taught.csv")
    write_table(Table.of({"piece": ["media/b.mp4"]}), folder / "list.csv")


def composition_job(name):
    """Return a short version of a composition, of coloured boxes, into its own folder of frames."""
    words = importlib.import_module(f"compositions.{name}").EXAMPLE.split()
    own = [word for pair in zip(words[::2], words[1::2]) if pair[0] not in ("-grid0", "-grid1") for word in pair]

    out = f"o/p{ending_of(name)}"
    words = ("-in", "s.csv", "-dir", "media", *own, *GRIDS, *SMALL, "-debug", "-cache", "-out", out)
    return Job(f"compositions/{name}.py", words, (out,))


def jobs(host):
    """Return the jobs of all scripts, by name. host: of an archive that holds an item "film" with "film.mp4"."""
    dirs, ia = ("-dir", "media"), "scrapers/internet_archive/"
    found = {
        "sort_audio": Job("sort_audio.py", ("-in", "media/a.wav", "-sort", "hz=asc")),
        "sort_audio_tsne": Job("sort_audio.py", ("-in", "media/a.wav", "-sort", "tsne=asc", "-out", "o.wav", "-plot"),
                               ("o.wav",)),
        "audio_to_samples": Job("audio_to_samples.py", ("-in", "media/*.wav", "-out", "t.csv", "-min", "90"),
                                ("t.csv",)),
        "audio_to_samples_each": Job("audio_to_samples.py", ("-in", "media/*.wav", "-out", "t/%s.csv")),
        "get_file_features": Job("get_file_features.py", ("-in", "films.csv", *dirs), ("films.csv",)),
        "get_sample_features": Job("get_sample_features.py", ("-in", "films.csv", "-dir", "each"), ("films.csv",)),
        "samples_subset": Job("samples_subset.py", ("-in", "each/*.csv", "-out", "o.csv", "-threads", "1"), ("o.csv",)),
        "samples_to_tsne": Job("samples_to_tsne.py", ("-in", "plain.csv", *dirs, "-plot", "-threads", "1"),
                               ("plain.csv",)),
        "samples_to_tsne_cache": Job("samples_to_tsne.py", ("-in", "plain.csv", *dirs, "-cache", "f.db", "-threads",
                                     "1"), ("plain.csv",)),
        "samples_to_clusters": Job("samples_to_clusters.py", ("-in", "plain.csv", *dirs, "-count", "2", "-threads",
                                   "1"), ("plain.csv",)),
        "classify_samples": Job("classify_samples.py", ("-in", "plain.csv", *dirs, "-train", "taught.csv", "-model",
                                "m.npz", "-threads", "1"), ("plain.csv", "m.npz")),
        "films_to_scenes": Job("films_to_scenes.py", ("-in", "media/*.mp4", "-out", "t.csv", "-plot"), ("t.csv",)),
        "films_to_scenes_each": Job("films_to_scenes.py", ("-in", "media/*.mp4", "-out", "t/%s.csv")),
        "samples_to_mosaic": Job("samples_to_mosaic.py", ("-in", "plain.csv", *dirs, "-target", "media/c.wav", "-out",
                                 "mosaic.csv", "-weights", "timbre=1&dur=1", "-overwrite", "-threads", "1"),
                                 ("mosaic.csv",)),
        "samples_to_grid": Job("samples_to_grid.py", ("-in", "s.csv", "-grid", "2x2", "-plot"), ("s.csv",)),
        "samples_to_vsamples": Job("samples_to_vsamples.py", ("-in", "films_s.csv", *dirs), ("films_s.csv",)),
        "features_to_audio": Job("features_to_audio.py", ("-in", "s.csv", *dirs, "-out", "o.wav"), ("o.wav",)),
        "features_to_video": Job("features_to_video.py", ("-in", "s.csv", *dirs, "-out", "v/o.mp4", "-width", "32",
                                 "-height", "24", "-fps", "4", "-rvb", "0"), ("v/o.mp4",)),
        "stats_histogram": Job("stats_histogram.py", ("-in", "s.csv", "-plot", "hz")),
        "stats_plot": Job("stats_plot.py", ("-in", "s.csv", "-props", "hz")),
        "stats_totals": Job("stats_totals.py", ("-in", "s.csv", "-props", "dur", "-filter", "")),
        "samples_to_explorer": Job("samples_to_explorer.py", ("-in", "s.csv", *dirs, "-out", "page", "-cell", "12")),
        "samples_to_files": Job("samples_to_files.py", ("-in", "s.csv", *dirs, "-out", "pack")),
        "make_credits": Job("make_credits.py", ("-in", "s.csv", "-meta", "films.csv", "-out", "c.md"), ("c.md",)),
        "make_sequence": Job("make_sequence.py", ("-in", "list.csv", "-out", "o/q.mkv", "-codec", "ffv1"),
                             ("o/q.mkv",)),
        "folder_to_metadata": Job("scrapers/local/folder_to_metadata.py", ("-in", "media", "-out", "f.csv"),
                                  ("f.csv",)),
        "download_metadata": Job(f"{ia}download_metadata.py",
                                 ("-host", host, "-query", "collection:(films)", "-out", "m.csv"), ("m.csv",)),
        "download_media": Job(f"{ia}download_media.py", ("-host", host, "-in", "items.csv", "-out", "down")),
    }  # fmt: skip
    pieces = {name: composition_job(name) for name in composition_names()}
    poster = pieces["poster"]
    # Of a film's name only the ending is replaced: nobody named the picture.
    named = tuple("o/p.mp4" if word == "o/p.png" else word for word in poster.words)
    return found | pieces | {"poster_as_film": Job(poster.script, named)}
