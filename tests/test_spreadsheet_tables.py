"""Tables from spreadsheets through the scripts, and queries that nobody meant."""

import io
import zipfile
from pathlib import Path

import pytest

import audio_to_samples
import features_to_audio
import get_file_features
import get_sample_features
import make_credits
import samples_subset
import samples_to_explorer
import samples_to_grid
import samples_to_tsne
import samples_to_vsamples
import sort_audio
import stats_histogram
import stats_plot
import stats_totals
from compositions import proliferation
from lib.audio.samples import BASE_COLUMNS, FEATURE_COLUMNS, SPECIMEN
from scrapers.internet_archive import download_media
from tests.support.media_factory import tone, write_wav
from tests.support.scripts import status_of

GERMAN = '\ufeffsep=;\r\nfilename;Titel;Größe;\r\neins.wav;Rock & Roll;007;\r\nzwei, b.wav;"a;b\nc";1e5;\r\n'
SAMPLES = (
    "filename;start;dur;power;hz;note\r\neins.wav;0;200;0,4;99,08;Bb\r\neins.wav;200;200;0,6;-1;-\r\n"
    "zwei, b.wav;0;300;1,5;440,00;A\r\nzwei, b.wav;300;100;NaN;880,5;A#\r\n"
)


@pytest.fixture
def folder(workplace):
    (workplace / "m").mkdir()
    write_wav("m/eins.wav", tone(440, 1.25, 8000), 8000)
    write_wav("m/zwei, b.wav", tone(220, 0.5, 8000), 8000)
    Path("filme.csv").write_bytes(GERMAN.encode())
    Path("s.csv").write_bytes(SAMPLES.encode())
    return workplace


def text(path):
    return Path(path).read_bytes().decode()


@pytest.mark.slow
def test_a_manifest_of_a_spreadsheet_through_the_first_stages(folder):
    assert get_file_features.main(["-in", "filme.csv", "-dir", "m"]) == 0
    assert text("filme.csv") == (
        "\ufeffsep=;\r\nfilename;Titel;Größe;duration;hasAudio;hasVideo;\r\n"
        'eins.wav;Rock & Roll;007;1,2500;1;0;\r\nzwei, b.wav;"a;b\nc";1e5;0,5000;1;0;\r\n'
    ).replace("1,2500", "1,250").replace("0,5000", "0,500")
    assert audio_to_samples.main(["-in", "filme.csv", "-dir", "m", "-features", "-out", "tables/%s.csv"]) == 0
    assert text("tables/eins.wav.csv").startswith("filename,start,dur,power")
    assert get_sample_features.main(["-in", "filme.csv", "-dir", "tables"]) == 0
    header, first, *_ = text("filme.csv").removeprefix("\ufeffsep=;\r\n").split("\r\n")
    cells = dict(zip(header.split(";"), first.split(";"), strict=True))
    assert cells["Größe"] == "007"
    assert abs(float(cells["medianHz"].replace(",", ".")) - 440) < 5
    assert (
        samples_subset.main(
            ["-in", "filme.csv", "-dir", "tables", "-filter", 'duration>0.6&Titel="Rock & Roll"', "-out", "out.csv"]
        )
        == 0
    )
    assert "zwei" not in text("out.csv")


def test_samples_of_a_spreadsheet_are_chosen_and_stay_as_they_were(folder):
    lines = SAMPLES.splitlines(keepends=True)
    assert samples_subset.main(["-in", "s.csv", "-ffilter", "hz>100&power>0.3", "-out", "out.csv"]) == 0
    assert text("out.csv") == lines[0] + lines[3]
    assert samples_subset.main(["-in", "s.csv", "-fsort", "note=desc", "-flim", "9", "-out", "out.csv"]) == 0
    assert text("out.csv") == "".join(lines[n] for n in (0, 1, 2, 4, 3))
    words = ["-dir", "m", "-sort", "hz=desc", "-out", "out.wav"]
    assert features_to_audio.main(["-in", "s.csv", *words]) == 0


def test_a_grid_and_totals_of_decimal_commas(folder, capsys):
    rows = "".join(f"a.wav;{n};9;{n % 3},5;{n // 3},25\n" for n in range(6))
    Path("map.csv").write_text("filename;start;dur;tsne;tsne2\n" + rows)
    assert samples_to_grid.main(["-in", "map.csv", "-grid", "3x2"]) == 0
    assert text("map.csv").splitlines()[:2] == ["filename;start;dur;tsne;tsne2;gridX;gridY", "a.wav;0;9;0,5;0,25;0;0"]
    capsys.readouterr()
    assert stats_totals.main(["-in", "map.csv", "-props", "tsne", "-filter", "tsne2<1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["tsne", "3", "4.50", "1.50"]


TABLES = [
    (get_file_features, ["-dir", "m"]), (audio_to_samples, ["-dir", "m"]), (get_sample_features, ["-dir", "m"]),
    (stats_histogram, []), (stats_plot, []), (stats_totals, []), (samples_subset, ["-dir", "m"]),
    (samples_to_tsne, ["-dir", "m"]), (samples_to_grid, []), (samples_to_vsamples, ["-dir", "m"]),
    (features_to_audio, ["-dir", "m"]), (samples_to_explorer, ["-dir", "m"]), (proliferation, ["-dir", "m"]),
    (download_media, ["-out", "downloads"]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("script", "words"), TABLES, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("name", ["filme.csv", "filme.xlsx"])
def test_a_workbook_is_reported_in_every_stage(folder, capsys, script, words, name):
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/workbook.xml", "")
    Path(name).write_bytes(book.getvalue())
    assert status_of(script.main, ["-in", name, *words]) == 1
    err = capsys.readouterr().err
    assert f"{name}: is an Excel workbook (.xlsx), not CSV: open it in the spreadsheet, save it as CSV" in err
    assert err.count("\n") == 1
    assert Path(name).read_bytes() == book.getvalue()


def test_a_workbook_is_not_a_recording(folder, capsys):
    Path("a.xlsx").write_bytes(b"PK\x03\x04")
    assert status_of(sort_audio.main, ["-in", "a.xlsx"]) == 1
    assert "a.xlsx: is a table" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("script", "words", "said"),
    [
        (stats_totals, ["-in", "s.csv", "-props", "dur", "-filter", "power>0,5"], "did you mean power>0.5?"),
        (samples_subset, ["-in", "s.csv", "-out", "o.csv", "-ffilter", "dur>100ms"], "did you mean dur>100?"),
        (samples_subset, ["-in", "filme.csv", "-dir", "m", "-filter", "Titel=a|b"], 'there is no "or"'),
        (samples_subset, ["-in", "t.csv", "-dir", "m", "-filter", "duration>1,5"], "did you mean duration>1.5?"),
        (audio_to_samples, ["-in", "m/eins.wav", "-features", "-filter", "power>0,5"], "did you mean power>0.5?"),
        (audio_to_samples, ["-in", "m/eins.wav", "-features", "-filter", "note=H"], "'H' is not a note"),
        (audio_to_samples, ["-in", "m/eins.wav", "-filter", "dur=>9"], "Did you mean dur>=9?"),
    ],
)
def test_a_query_that_nobody_meant_is_wrong_usage(folder, capsys, script, words, said):
    Path("t.csv").write_text("filename,duration\neins.wav,2.5\n")
    before = sorted(path.name for path in folder.rglob("*"))
    assert status_of(script.main, words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_queries_are_checked_against_all_columns_of_samples():
    assert set(SPECIMEN) == {*BASE_COLUMNS, *FEATURE_COLUMNS}


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Filename,title", "'filename' (it has 'Filename': the names must be the same)"),
        ("title, File Name", "'filename' (it has ' File Name': the names must be the same)"),
        ("filename|title", "'filename' (are the cells separated by '|'? save the table with commas)"),
        ("filename:title", "'filename' (are the cells separated by ':'? save the table with commas)"),
        ("name,title", "'filename'; its columns are: name, title"),
    ],
)
def test_a_column_that_is_called_in_another_way_is_named(folder, capsys, header, meant):
    Path("t.csv").write_text(f"{header}\n" + header.replace("e", "x") + "\n")
    assert get_file_features.main(["-in", "t.csv", "-dir", "m"]) == 1
    assert f"t.csv: has no column {meant}" in capsys.readouterr().err


def test_no_stage_is_to_make_a_column_that_is_there(folder, capsys):
    Path("t.csv").write_text("filename,Start,dur\neins.wav,0,100\n")
    assert features_to_audio.main(["-in", "t.csv", "-dir", "m", "-out", "o.wav"]) == 1
    said = capsys.readouterr().err
    assert "has no column 'start' (it has 'Start': the names must be the same)" in said
    assert "to add it" not in said


@pytest.mark.parametrize("blank", [",,", '"","",""', ",,,,"])
def test_rows_of_empty_cells_are_no_rows(folder, capsys, blank):
    extra = "," * (len(blank) - 2) if '"' not in blank else ""
    lines = [f"filename,title,note{extra}", f"eins.wav,A,{extra}", blank, f"zwei.wav,B,{extra}", blank, blank]
    Path("t.csv").write_text("\n".join(lines) + "\n")
    Path("m/zwei.wav").write_bytes(Path("m/eins.wav").read_bytes())
    assert get_file_features.main(["-in", "t.csv", "-dir", "m", "-strict"]) == 0
    assert "2 files measured" in capsys.readouterr().out
    assert [line.split(",")[0] for line in text("t.csv").splitlines()] == ["filename", "eins.wav", "zwei.wav"]
    Path("t.csv").write_text("\n".join([*lines, f"drei.wav,C,{extra}"]) + "\n")
    assert audio_to_samples.main(["-in", "t.csv", "-dir", "m", "-out", "each/%s.csv"]) == 0
    assert "of 2 files" in capsys.readouterr().out
    assert get_sample_features.main(["-in", "t.csv", "-dir", "each"]) == 0
    assert text("t.csv").splitlines()[-1].startswith("drei.wav,C,,-1")


def test_rows_of_empty_cells_are_no_samples_sources_or_numbers(folder, capsys):
    Path("t.csv").write_text("filename,title,power\neins.wav,A,1\n,,\nzwei.wav,B,3\n,,\n")
    assert stats_totals.main(["-in", "t.csv", "-props", "power"]) == 0
    assert capsys.readouterr().out.startswith("2 rows\n")
    assert make_credits.main(["-in", "t.csv", "-out", "c.md"]) == 0
    assert capsys.readouterr().out == "c.md: sources: 2\n"
    Path("m/eins.wav.csv").write_text("filename,start,dur\neins.wav,0,100\n,,\neins.wav,100,300\n,,\n")
    Path("one.csv").write_text("filename\neins.wav\n\n")
    assert get_sample_features.main(["-in", "one.csv", "-dir", "m"]) == 0
    assert text("one.csv") == (
        "filename,samples,medianPower,medianHz,medianClarity,medianDur\neins.wav,2,-1,-1,-1,200.00\n"
    )


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xls", "<html><table><tr><td>filename</td></tr></table>", "is a web page, not CSV"),
        ("a.csv", "\ufeff\n<!DOCTYPE HTML>\n<p>log in</p>", "is a web page, not CSV"),
        ("a.fods", '<?xml version="1.0"?><office/>', "is an XML file, not CSV"),
        ("a.csv", "%PDF-1.4\nx", "is a PDF, not CSV"),
    ],
)
def test_a_document_is_no_table(folder, capsys, name, data, said):
    Path(name).write_text(data)
    for main, words in ((get_file_features.main, ["-dir", "m"]), (audio_to_samples.main, ["-dir", "m"])):
        assert main(["-in", name, *words]) == 1
        assert f"{name}: {said}: open it in the spreadsheet, save it as CSV" in capsys.readouterr().err
