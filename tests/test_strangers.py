"""Tables and media from strangers: nothing in them is run, and no file or address but those in -dir is opened."""

import ast
import http.server
import importlib
import os
import shutil
import threading
from pathlib import Path

import pytest

from tests.support.media_factory import ROOT, tone, write_wav

ROOMS = ("lib", "scrapers", "compositions", "titles")
OURS = [*ROOT.glob("*.py"), *(path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py"))]
FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml",
                     "code", "codeop", "runpy", "pty", "commands", "xml", "lxml"}  # fmt: skip
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "system", "popen", "mktemp", "execvp", "spawnl", "fromfile",
                   "literal_eval", "load_extension", "enable_load_extension", "read_pickle", "to_pickle"}  # fmt: skip
# What goes between our own workers is pickled (by concurrent.futures, by Dask); nothing that lies in a file is.
TO_OUR_WORKERS = "lib/parallel/dask_"
# A composition that was started is imported by the name of its own file, and for its example by a name in their folder;
# no other name reaches these calls.
STARTS_COMPOSITIONS = ("compositions/_flags.py", "import of what a variable names")


def called(node):
    """Return (what a call's name is on, the name): `np.load(...)` is ("np", "load")."""
    if isinstance(node.func, ast.Attribute):
        return node.func.value.id if isinstance(node.func.value, ast.Name) else "?", node.func.attr
    return "", node.func.id if isinstance(node.func, ast.Name) else "?"


def offences(source):
    """Yield (line, what) of all in a Python source that could run what stands in a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
                yield node.lineno, node.module
        elif isinstance(node, ast.Call):
            on, name = called(node)
            given = {k.arg: k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)}
            if name in FORBIDDEN_CALLS and (on, name) != ("re", "compile"):
                yield node.lineno, name
            if on in ("np", "numpy") and name in ("load", "save", "savez") and given.get("allow_pickle") is not False:
                yield node.lineno, f"{name} without allow_pickle=False"
            if name == "import_module" and not isinstance(node.args[0], ast.Constant):
                yield node.lineno, "import of what a variable names"
            if given.get("shell"):
                yield node.lineno, "shell=True"


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from yaml import load", "eval(x)", "exec(x)", "os.system(x)", "np.load(x)", "run(x, shell=True)",
     "import_module(x)", "np.load(x, allow_pickle=True)", "np.save(x, y)", "compile(x, '', 'exec')",
     "ast.literal_eval(x)"],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(line):
    assert len(list(offences(f"def f(x):\n    {line}\n"))) == 1


@pytest.mark.slow
def test_nothing_is_unpickled_or_evaluated():
    names = {path: path.relative_to(ROOT).as_posix() for path in OURS}
    found = [(names[p], *offence) for p in OURS for offence in offences(p.read_text("utf-8"))]
    assert len(OURS) > 80
    found = [f for f in found if not (f[0].startswith(TO_OUR_WORKERS) and f[2] == "cloudpickle")]
    assert [(file, what) for file, _, what in found] == [STARTS_COMPOSITIONS] * 2


ROW = "filename,start,dur,power,hz,tsne,tsne2,gridX,gridY\n"


def rows_of(name):
    """Return a table of four samples of one file, on a grid of 2x2; names here need no quotes but for commas."""
    cell = '"' + name.replace('"', '""') + '"'
    return ROW + "".join(f"{cell},{100 * n},90,1,440,{n},{n},{n % 2},{n // 2}\n" for n in range(4))


# Short, small, and without a reverberation that would have to be made.
QUICK = ("-width", "64", "-height", "36", "-fps", "4", "-rvb", "0")
GRIDS = ("-grid", "2x2", "-grid0", "2x2", "-grid1", "2x2", "-pad0", "100", "-pad1", "100", "-mcd", "100", *QUICK)
STAGES = {
    "get_file_features": ("-in", "t.csv", "-dir", "inside"),
    "get_file_features -fast": ("-in", "t.csv", "-dir", "inside", "-fast"),
    "audio_to_samples": ("-in", "t.csv", "-dir", "inside", "-features", "-out", "out/s.csv"),
    "audio_to_samples %s": ("-in", "t.csv", "-dir", "inside", "-out", "out/%s.csv"),
    "get_sample_features": ("-in", "t.csv", "-dir", "inside", "-out", "out/f.csv"),
    "samples_subset": ("-in", "m.csv", "-dir", "inside", "-out", "out/sub.csv"),
    "samples_to_tsne": ("-in", "t.csv", "-dir", "inside", "-out", "out/t.csv", "-prefix", "map", "-threads", "1"),
    "samples_to_clusters": ("-in", "t.csv", "-dir", "inside", "-out", "out/c.csv", "-threads", "1"),
    "classify_samples": ("-in", "t.csv", "-dir", "inside", "-train", "t.csv", "-prop", "gridX", "-out", "out/k.csv"),
    "films_to_scenes": ("-in", "t.csv", "-dir", "inside", "-out", "out/z.csv"),
    "samples_to_files": ("-in", "t.csv", "-dir", "inside", "-out", "out/pack"),
    "samples_to_vsamples": ("-in", "t.csv", "-dir", "inside", "-out", "out/v.csv"),
    "features_to_audio": ("-in", "t.csv", "-dir", "inside", "-out", "out/a.wav", "-rvb", "0"),
    "samples_to_mosaic": (
        "-in",
        "t.csv",
        "-dir",
        "inside",
        "-target",
        "inside/good.wav",
        "-weights",
        "timbre=1",
        "-out",
        "out/o.csv",
    ),
    "features_to_video": ("-in", "t.csv", "-dir", "inside", "-out", "out/v.mp4", *QUICK),
    "compositions.proliferation": ("-in", "t.csv", "-dir", "inside", *GRIDS, "-out", "out/p.mp4", "-outframe", ""),
    "compositions.proliferation -ao": ("-in", "t.csv", "-dir", "inside", *GRIDS, "-out", "out/p.mp4", "-ao"),
}


class Canary:
    """A good recording outside of -dir, its address on a web server, and how often that was asked."""

    def __init__(self):
        self.hits = []
        canary = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self):
                canary.hits.append(self.path)
                super().do_GET()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self.url = f"http://{self.address}/secret.wav"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def canary(workplace):
    """A folder `inside` with good.wav in it, and beside it what nobody may open."""
    write_wav("inside/good.wav", tone(440, 0.5))
    write_wav("secret.wav", tone(440, 0.5))
    Path("secret.wav.csv").write_text("filename,start,dur\nsecret.wav,0,100\n")
    os.mkdir("out")
    canary = Canary()
    yield canary
    canary.close()


NOT_THERE = ("no such file", "there is no sample table", "sample tables is there", "there is no file")


def run_stage(stage, name, capsys):
    """Run a stage on a table that names one file; return (status, what it said, what it complained of)."""
    Path("t.csv").write_text(rows_of(name), "utf-8")
    Path("m.csv").write_text("filename\n" + rows_of(name).splitlines()[1].rsplit(",", 8)[0] + "\n", "utf-8")
    capsys.readouterr()
    status = importlib.import_module(stage.split()[0]).main(list(STAGES[stage]))
    said = capsys.readouterr()
    return status, said.out, said.err


def written():
    """Return what stages have written under out, but for tables without rows, and notes of an empty pack."""
    found = [p for p in Path("out").rglob("*") if p.is_file() and not (p.suffix == ".csv" and is_empty(p))]
    return [p for p in found if p.name not in (".media-tools-folder", ".samples.jsonl")]


def is_empty(table):
    """Say whether the last column, which a stage has added, holds nothing (that was found)."""
    last = [line.rsplit(",", 1)[-1] for line in table.read_text("utf-8").splitlines()[1:]]
    return set(last) <= ({"-1"} if table.name == "f.csv" else {""})


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "name", ["../secret.wav", "sub/../../secret.wav", "{here}/secret.wav", "./../inside/../secret.wav"]
)
def test_names_that_leave_the_folder_are_refused_in_every_stage(canary, capsys, stage, name):
    status, said, complained = run_stage(stage, name.format(here=os.getcwd()), capsys)
    assert "refused: outside the media folder" in complained, (status, said, complained)
    assert "unexpected" not in complained
    assert written() == []


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_names_that_are_addresses_or_flags_reach_no_protocol(canary, capsys, stage):
    here = os.getcwd()
    names = [canary.url, f"concat:{here}/secret.wav", f"concat:{here}/secret.wav|{here}/secret.wav",
             f"file:{here}/secret.wav", f"file://{here}/secret.wav", "pipe:0", "pipe:", "-i", "--help", "-version",
             f"async:{canary.url}", f"cache:{canary.url}", f"tcp://{canary.address}", f"hls+{canary.url}",
             f"subfile,,start,0,end,0,,:{here}/secret.wav", f"crypto:{here}/secret.wav", f"data:audio/wav;{canary.url}",
             f"movie={here}/secret.wav", "sine=440", "lavfi:sine", "%s", "*.wav", "[a]", "~/x.wav",
             "$(id).wav"]  # fmt: skip
    # Where names are read is shared by all stages: each tries a third of them, every name is tried in five at least.
    for name in names[list(STAGES).index(stage) % 3 :: 3]:
        status, said, complained = run_stage(stage, name, capsys)
        assert "unexpected" not in complained, name
        assert any(words in complained for words in NOT_THERE), (name, status, said, complained)
        assert written() == [], name
    assert canary.hits == []


PLAYLISTS = {
    "concat": "ffconcat version 1.0\nfile '{path}'\nfile '{url}'\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{path}\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
    "hls key": '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF:1,\n{path}\n',
    "hls variants": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n",
    "m3u": "#EXTM3U\n{url}\n{path}\n",
    "pls": "[playlist]\nFile1={url}\nFile2={path}\nNumberOfEntries=2\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="audio/mp4"><Representation id="0" bandwidth="1">'
    "<BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "ram": "{url}\n",
    "rtsp": "RTSP/1.0 200 OK\r\nLocation: {url}\r\n\r\n",
    "smil": '<smil><body><audio src="{url}"/></body></smil>',
    "html": '<html><body><video src="{url}"></video></body></html>',
    "entity": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "{url}">]><MPD>&y;</MPD>',
}
ENDINGS = (".mp4", ".wav", ".m3u8")
MEDIA_STAGES = [stage for stage in STAGES if stage not in ("get_sample_features", "samples_subset")]


@pytest.mark.slow
@pytest.mark.parametrize("stage", MEDIA_STAGES)
def test_playlists_inside_media_open_nothing(canary, capsys, stage):
    port = canary.address.split(":")[1]
    # Each kind with one ending in each stage, and with all of them in any three stages that follow one another.
    for n, (what, text) in enumerate(PLAYLISTS.items(), MEDIA_STAGES.index(stage)):
        name = f"list{ENDINGS[n % len(ENDINGS)]}"
        Path("inside", name).write_text(text.format(path=os.path.abspath("secret.wav"), url=canary.url, port=port))
        status, said, complained = run_stage(stage, name, capsys)
        assert "is not media that can be read" in complained, (what, name, status, said, complained)
        assert written() == [], (what, name)
    assert canary.hits == []


def test_the_canary_sings(canary):
    """The tests above could fail: ffmpeg itself follows such names and lists."""
    import av

    for name in (canary.url, f"concat:{os.getcwd()}/secret.wav"):
        with av.open(name) as container:
            assert len(container.streams.audio) == 1
    assert canary.hits == ["/secret.wav"]


def test_a_sorted_recording_is_never_an_address(canary, capsys):
    import sort_audio

    for name in (canary.url, f"concat:{os.getcwd()}/secret.wav", "pipe:0", "-i"):
        assert sort_audio.main(["-in", name, "-out", "out/x.wav"]) == 1
        assert "there is no such file or folder" in capsys.readouterr().err
    assert canary.hits == []
    assert written() == []


@pytest.mark.slow
@pytest.mark.parametrize("stage", MEDIA_STAGES)
def test_files_whose_names_look_like_flags_or_addresses_are_read(canary, capsys, stage):
    """A name may be anything: it is that of a file."""
    names = ("-i.wav", "--help", "concat:a.wav|b.wav", "file:x.wav", "pipe:0", "a'b\"c, d%s.wav", "x\ny.wav")
    # (A whole composition takes long; its sound alone is made of all names.)
    for name in names[2:3] if stage == "compositions.proliferation" else names:
        write_wav(Path("inside", name), tone(440, 0.5))
        status, said, complained = run_stage(stage, name, capsys)
        heard = "picture" in complained or "video" in complained  # a recording is not a film
        assert "no such" not in complained, (name, status, said, complained)
        assert status == 0 or heard, (name, status, said, complained)
        shutil.rmtree("out")
        os.mkdir("out")
