"""The stage from its command line: what it writes, what it says, and what it does with bad input."""

import json
import os
import re

import pytest
from PIL import Image

import samples_to_explorer
from lib.explorer import material
from tests.support.explorer_page import one_colour
from tests.support.media_factory import run_script, silent_film, tone, write_wav
from tests.support.scripts import status_of

SAMPLES = (
    "filename,start,dur,gridX,gridY,tsne,tsne2\n"
    "a.wav,0,300,0,0,1.5,2\n"
    "a.wav,300,300,1,0,2.5,2\n"
    "sub folder/b.mp4,0,300,0,1,0,0\n"
    "a.wav,600,300,1,1,,\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A recording, a silent film and a table of their samples; the working directory is theirs."""
    write_wav(tmp_path / "media/a.wav", tone(440, 1.0))
    (tmp_path / "media/sub folder").mkdir()
    silent_film(tmp_path / "media/sub folder/b.mp4")
    (tmp_path / "samples.csv").write_text(SAMPLES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*flags, table="samples.csv", out="out"):
    return samples_to_explorer.main(["-in", table, "-dir", "media", "-out", out, *map(str, flags)])


def only_error(capsys):
    """The one line on stderr."""
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return err.strip()


@pytest.mark.slow
def test_a_page_is_there(folder, capsys):
    assert run() == 0
    said = capsys.readouterr()
    assert said.err == ""
    silent = "4 samples, 1 without sound (the first: sub folder/b.mp4 at 0 ms)"
    assert f"{silent}; 0.9 s of sound at 64 kbit/s, loops of 288x216\n" in said.out
    assert re.search(r"^out/index\.html: \d\.\d MB; open it in a browser$", said.out, re.M)
    there = {str(p.relative_to(folder / "out")) for p in (folder / "out").rglob("*") if p.is_file()}
    page = (folder / "out/index.html").read_text("utf-8")
    for needed in re.findall(r'(?:src|href)="([^"#]+)"', page):
        assert needed in there
    assert {"data/pictures_0000.webp", "data/small_0000.webp", "data/sound_0000_00.js", "data/table.js"} <= there
    assert '"title":"samples"' in (folder / "out/data/table.js").read_text("ascii")


@pytest.mark.slow
def test_the_page_allows_nothing_but_its_own_files(folder):
    assert run() == 0
    page = (folder / "out/index.html").read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert set(re.findall(r"'[^']+'|\w+:", policy)) == {"'none'", "'self'"}
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    scripts = "".join(p.read_text("utf-8") for p in (folder / "out").glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", scripts)
    # The one address is a name: that of SVG.
    assert not re.search(r"https?://", (page + scripts).replace("http://www.w3.org/2000/svg", ""))


@pytest.mark.slow
def test_the_same_command_again_changes_nothing(folder, capsys):
    assert run() == 0
    first = capsys.readouterr().out
    before = {p: p.stat().st_mtime_ns for p in (folder / "out").rglob("*") if p.is_file()}
    assert run() == 0
    assert capsys.readouterr().out == first
    assert {p: p.stat().st_mtime_ns for p in (folder / "out").rglob("*") if p.is_file()} == before


@pytest.mark.slow
def test_clouds(folder, capsys):
    assert run("-props", "tsne,tsne2", "-title", "Notes & bells") == 0
    assert capsys.readouterr().out.startswith("4 samples, 1 without a place, 1 without sound (the first: ")
    script = (folder / "out/data/table.js").read_text("ascii")
    assert '"ways":[{"x":"tsne","y":"tsne2","grid":false},{"x":"gridX","y":"gridY","grid":true}]' in script
    assert '"title":"Notes & bells"' in script


@pytest.mark.slow
def test_a_bad_file_is_reported_and_the_others_are_done(folder, capsys):
    with open("samples.csv", "a", encoding="utf-8") as file:
        file.write("gone.wav,0,100,2,0,1,1\n")
    assert run() == 0
    said = capsys.readouterr()
    assert "could not be used: gone.wav: no such file" in said.err
    assert "5 samples, 1 of files that could not be used, 1 without sound (the first: " in said.out
    assert run("-strict") == 1
    assert "gone.wav" in only_error(capsys)


def test_when_no_file_can_be_read(folder, capsys):
    assert run("-dir", "elsewhere") == 1
    err = capsys.readouterr().err
    assert "elsewhere: there is no such folder: check -dir" in err
    assert not os.path.exists("out/index.html")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "reason", "status"),
    [
        (("-props", "gridX"), "give two columns", 2),
        (("-props", "gridX,nothing"), "no column 'nothing'", 1),
        (("-in", "none.csv"), "there is no such table", 1),
        (("-out", "samples.csv"), "is a file, and the page needs a folder: choose another -out", 1),
    ],
)
def test_bad_flags(folder, capsys, flags, reason, status):
    assert status_of(run, *flags) == status
    assert reason in only_error(capsys)


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags", [("-cell", 97), ("-quality", 0), ("-kbps", 5), ("-mb", 0), ("-longest", 1), ("-threads", 0)]
)
def test_values_that_are_refused(folder, capsys, flags):
    with pytest.raises(SystemExit) as ended:
        run(*flags)
    assert ended.value.code == 2
    assert flags[0] in capsys.readouterr().err


def test_a_table_without_rows(folder, capsys):
    (folder / "empty.csv").write_text("filename,start,dur,gridX,gridY\n")
    assert run(table="empty.csv") == 1
    assert "there are no samples in this table" in only_error(capsys)


def test_somebody_elses_page_is_left_alone(folder, capsys):
    (folder / "out").mkdir()
    (folder / "out/index.html").write_text("<h1>Mine</h1>")
    for more in ((), ("-overwrite",)):
        assert run(*more) == 1
        assert "is a folder with files that this tool did not put there: choose another -out" in only_error(capsys)
    assert (folder / "out/index.html").read_text() == "<h1>Mine</h1>"
    assert os.listdir(folder / "out") == ["index.html"]


@pytest.mark.slow
def test_a_page_that_was_edited_is_not_replaced(folder, capsys):
    """Nor are files that someone has put beside what was built; unless it is asked for."""
    assert run() == 0
    style, mine = folder / "out/explorer.css", folder / "out/data/sound_0099.js"
    style.write_text(style.read_text() + "body { background: pink }")
    mine.write_text("mine")
    edited = style.read_text()
    capsys.readouterr()
    assert run() == 1
    said = only_error(capsys)
    assert "explorer.css: was changed since this tool made it" in said
    assert "give -overwrite to replace it" in said
    assert style.read_text() == edited
    assert run("-overwrite") == 0
    assert "pink" not in style.read_text()
    assert mine.read_text() == "mine"


@pytest.mark.slow
def test_a_size_that_cannot_be_kept_is_reported(folder, capsys, monkeypatch):
    monkeypatch.setattr(material, "spectrogram", one_colour)
    # 100 x 0.4 s at 256 kbit/s are 1.3 MB.
    for rows, name in ((100, "some.csv"), (300, "many.csv")):
        lines = "".join(f"a.wav,0,400,{n},0\n" for n in range(rows))
        (folder / name).write_text(f"filename,start,dur,gridX,gridY\n{lines}sub folder/b.mp4,0,80,0,1\n")
    assert run("-mb", 1, "-kbps", 256, table="some.csv") == 0
    said = capsys.readouterr()
    assert "larger than -mb 1: give fewer samples" in said.err
    assert said.err.count("\n") == 1
    assert "; films do not move: no room for loops in -mb 1\n" in said.out
    # Without a bit rate of one's own it is the best one that fits beside page and pictures: 120 s are 18 kB a kbit/s.
    for megabytes, kbps in ((2, 64), (1, 32)):
        assert run("-mb", megabytes, "-cell", 12, table="many.csv") == 0
        said = capsys.readouterr()
        assert said.err == ""
        assert f"120.0 s of sound at {kbps} kbit/s" in said.out


@pytest.mark.slow
def test_help_needs_no_package(folder):
    done = run_script("samples_to_explorer.py", "-h", folder=folder)
    assert done.returncode == 0
    assert "-props" in done.stdout


@pytest.mark.slow
def test_the_map_is_saved_as_a_picture(folder, capsys):
    assert run("-picture", "map.png", "-pwidth", 64) == 0
    assert "map.png: 64x48\n" in capsys.readouterr().out
    assert Image.open("map.png").size == (64, 48)
    assert status_of(run, "-picture", "map.gif") == 2


@pytest.mark.slow
def test_what_a_manifest_says_goes_to_the_page(folder):
    head = "filename,title,creator,date,licenseurl,identifier\n"
    (folder / "films.csv").write_text(f"{head}b.mp4,</script>,Somebody,1968-04-02,,an_item\n", "utf-8")
    assert run("-meta", "films.csv") == 0
    script = (folder / "out/data/table.js").read_text("ascii")
    told = json.loads(script[len("explorerTable(") : -3])["sources"]
    assert told["columns"] == ["title", "creator", "date", "licence", "address"]
    item = "https://archive.org/details/an_item"
    assert told["files"] == {"sub folder/b.mp4": ["</script>", "Somebody", "1968-04-02", "", item]}
    assert "<" not in script


@pytest.mark.slow
def test_a_table_opens_with_the_places_that_it_has(folder):
    def ways():
        script = (folder / "out/data/table.js").read_text("ascii")
        about = json.loads(script[len("explorerTable(") : -3])
        return about["columns"], [(way["x"], way["grid"]) for way in about["ways"]]

    (folder / "map.csv").write_text("filename,start,dur,tsne,tsne2\na.wav,0,300,1.5,2\na.wav,300,300,2,0\n")
    assert run(table="map.csv") == 0
    assert ways()[1] == [("tsne", False)]
    # A piece has times: its samples lie in their order, row by row.
    (folder / "piece.csv").write_text("at,filename,start,dur\n900,a.wav,0,300\n0,a.wav,300,300\n500,a.wav,600,90\n")
    assert run(table="piece.csv", out="piece") == 0
    script = (folder / "piece/data/table.js").read_text("ascii")
    about = json.loads(script[len("explorerTable(") : -3])
    assert about["columns"] == ["at", "filename", "start", "dur", "gridX", "gridY"]
    cells = [column.get("all") or [column["values"][n] for n in column["index"]] for column in about["cells"]]
    assert cells[4:] == [["0", "0", "1"], ["1", "0", "0"]]
