"""Subsets, against a model in plain Python that was written from what the flags are said to mean."""

import csv
import io
import math
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.errors import MediaError
from lib.tables import sample_tables, subset
from lib.tables.choice import Choice, even_shares
from lib.tables.queries import NO_FILTER
from lib.tables.query_language import parse_filter, parse_sort
from lib.tables.subset import pick_samples, union_of_columns
from tests.support.each import each

HEADER = ["filename", "start", "dur", "power", "note"]
FILTERS = ["", "power>5", "power>5&note=C", "note~=#", "power!=5", "filename!~=b"]
SORTS = ["", "power=desc", "power=asc=0.5", "note&power=desc", "power=desc=0.7&dur=asc=0.5&start=desc"]


def meets(row, query):
    """Only what FILTERS use."""
    conditions = {
        "power>5": lambda r: r["power"] != "" and float(r["power"]) > 5,
        "note=C": lambda r: r["note"] == "C",
        "note~=#": lambda r: "#" in r["note"],
        "power!=5": lambda r: r["power"] == "" or float(r["power"]) != 5,
        "filename!~=b": lambda r: "b" not in r["filename"],
    }
    return all(conditions[part](row) for part in query.split("&") if part)


def sort_key(cell):
    number = cell.replace(".", "", 1).replace("-", "", 1).isdigit()
    return (0, float(cell), "") if number else (1, 0.0, cell)


def in_order(rows, query, at_least):
    """Sort and cut, step by step; ties stay as they are, empty cells come last."""
    for part in query.split("&") if query else []:
        key, *rest = part.split("=")
        direction, keep = (*rest, *("asc", "1")[len(rest) :])
        last = ("", "-") if key == "note" else ("",)  # no pitch is behind all notes
        filled = sorted(
            (r for r in rows if r[key] not in last), key=lambda r: sort_key(r[key]), reverse=direction == "desc"
        )
        rows = filled + [r for r in rows if r[key] and r[key] in last] + [r for r in rows if not r[key]]
        rows = rows[: max(math.ceil(len(rows) * float(keep) - 1e-9), at_least)]
    return rows


def model(tables, choice):
    """What is kept of tables (lists of dicts), for each limit as it is said."""
    files = [[row for row in rows if meets(row, choice.filter.text)] for rows in tables]
    shares = [choice.per_file] * len(files)
    if choice.most > 0 and choice.per_file < 0:
        shares = even_shares([len(rows) for rows in files], choice.most, exact=not choice.sort)
    kept = []
    for rows, share in zip(files, shares):
        chosen = in_order(rows, choice.sort.text, max(share, 0))
        kept += chosen if share < 0 else chosen[:share]
    if choice.most > 0:
        kept = in_order(kept, choice.sort.text, choice.most)[: choice.most]
    return kept


NUMBERS = st.one_of(st.integers(-2, 9).map(str), st.floats(0, 9).map(lambda v: f"{v:.1f}"))
ROWS = st.tuples(
    NUMBERS,
    st.one_of(NUMBERS, st.just("")),
    st.one_of(NUMBERS, NUMBERS, st.just("")),
    st.sampled_from(["C", "C#", "D", "-"]),
)


@pytest.mark.slow
@given(
    tables=st.lists(st.lists(ROWS, max_size=7), min_size=1, max_size=4),
    query=st.sampled_from(FILTERS),
    sort=st.sampled_from(SORTS),
    per_file=st.sampled_from([-1, -1, 1, 2, 5]),
    most=st.sampled_from([-1, -1, 1, 3, 8]),
    batch=st.sampled_from([1, 1 << 20]),
    threads=st.sampled_from([1, 2]),
)
@example(
    tables=[[], [("0", "0.0", "", "C")], [("1", "", "", "C")]],
    query="", sort="", per_file=-1, most=-1, batch=1 << 20, threads=1,
)  # fmt: skip
def test_what_is_kept_is_what_the_flags_say(tables, query, sort, per_file, most, batch, threads):
    names = ["a.mp4", "b, 2.mp4", "c.mp4", "d.mp4"]
    rows = [
        [dict(zip(HEADER, (name, *row), strict=True)) for row in table]
        for name, table in zip(names[: len(tables)], tables, strict=True)
    ]
    choice = Choice(parse_filter(query), parse_sort(sort), per_file, most)
    expected = model(rows, choice)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_tables, "BATCH_BYTES", batch)  # one table at a time, or all
        patch.setattr(subset, "HELD_BYTES", batch)
        paths = [write(folder, f"{n}.csv", table) for n, table in enumerate(rows)]
        out = Path(folder) / "out.csv"
        if not expected:
            with pytest.raises(MediaError, match="no sample is left"):
                pick_samples(paths, choice, threads, str(out))
            assert not out.exists()
            return
        done = pick_samples(paths, choice, threads, str(out))
        assert read(out) == expected
        probed = pick_samples(paths, choice, threads)
    assert done == probed
    assert done.kept == len(expected)
    assert done.samples == sum(map(len, rows))
    assert done.met == sum(meets(row, query) for table in rows for row in table)


def write(folder, name, rows, header=HEADER):
    path = Path(folder) / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def read(path):
    return list(csv.DictReader(io.StringIO(Path(path).read_bytes().decode(), newline="")))


def samples(name, count, **cells):
    return [dict(zip(HEADER, (name, str(n), "9", str(n % 7), "C"))) | cells for n in range(count)]


@pytest.mark.slow
@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 200))
def test_even_shares_are_even(counts, most):
    exact = even_shares(counts, most, exact=True)
    assert sum(exact) == min(most, sum(counts))
    assert all(share <= count for share, count in zip(exact, counts, strict=True))
    # Nobody has two more than one who could give more.
    short = [share for share, count in zip(exact, counts, strict=True) if share < count]
    assert max(exact, default=0) <= min(short, default=max(exact, default=0)) + 1
    rough = even_shares(counts, most, exact=False)
    assert sum(rough) >= sum(exact)
    assert all(0 <= r - e <= 1 for r, e in zip(rough, exact, strict=True))
    assert len({share for share, count in zip(rough, counts, strict=True) if share < count}) <= 1


def test_a_share_of_files_that_have_plenty_is_the_limit_divided(tmp_path):
    paths = [write(tmp_path, f"{n}.csv", samples(f"{n}.mp4", 50)) for n in range(4)]
    pick_samples(paths, Choice(most=22), 1, str(tmp_path / "out.csv"))
    names = [row["filename"] for row in read(tmp_path / "out.csv")]
    assert sorted(names.count(f"{n}.mp4") for n in range(4)) == [5, 5, 6, 6]


def test_files_that_have_few_are_made_up_for(tmp_path):
    counts = [2, 50, 50]
    paths = [write(tmp_path, f"{n}.csv", samples(f"{n}.mp4", count)) for n, count in enumerate(counts)]
    pick_samples(paths, Choice(most=22, sort=parse_sort("power=desc")), 1, str(tmp_path / "out.csv"))
    names = [row["filename"] for row in read(tmp_path / "out.csv")]
    assert [names.count(f"{n}.mp4") for n in range(3)] == [2, 10, 10]


@pytest.mark.parametrize("choice", [Choice(per_file=5, shuffle=True), Choice(most=13, shuffle=True)])
def test_a_random_choice_is_the_same_in_every_run_and_differs_by_file(tmp_path, choice):
    paths = [write(tmp_path, f"{n}.csv", samples(f"{n}.mp4", 100)) for n in range(3)]
    results = []
    for threads, order in ((1, paths), (2, paths), (1, paths[::-1])):
        pick_samples(order, choice, threads, str(tmp_path / "out.csv"))
        results.append(read(tmp_path / "out.csv"))
    assert results[0] == results[1]
    by_file = [[r["start"] for r in results[0] if r["filename"] == f"{n}.mp4"] for n in range(3)]
    assert len({tuple(starts) for starts in by_file}) == 3
    for starts in by_file:
        assert 4 <= len(starts) <= 5
        assert starts == sorted(starts, key=int)  # in the order of the table
        assert len(set(starts)) == len(starts)
        assert starts != [str(n) for n in range(len(starts))]
    if choice.per_file > 0:  # the other files have no say in it
        again = [[r["start"] for r in results[2] if r["filename"] == f"{n}.mp4"] for n in range(3)]
        assert again == by_file


def test_a_random_choice_reaches_all_samples(tmp_path):
    paths = [write(tmp_path, f"{n}.csv", samples(f"{n}.mp4", 20)) for n in range(200)]
    pick_samples(paths, Choice(per_file=5, shuffle=True), 1, str(tmp_path / "out.csv"))
    starts = [int(row["start"]) for row in read(tmp_path / "out.csv")]
    counts = [starts.count(n) for n in range(20)]
    # 200 x 5 choices over 20 places: 50 each on average, with a standard deviation of about 6.
    assert min(counts) > 25
    assert max(counts) < 75


def test_a_random_choice_in_all_and_the_best_of_the_random_ones(tmp_path):
    paths = [write(tmp_path, f"{n}.csv", samples(f"{n}.mp4", 50)) for n in range(3)]
    pick_samples(paths, Choice(per_file=20, most=9, shuffle=True), 1, str(tmp_path / "out.csv"))
    rows = read(tmp_path / "out.csv")
    assert len(rows) == 9
    assert len({row["filename"] for row in rows}) > 1
    pick_samples(paths, Choice(NO_FILTER, parse_sort("power=desc"), 20, 9, True), 1, str(tmp_path / "out.csv"))
    powers = [int(row["power"]) for row in read(tmp_path / "out.csv")]
    assert powers == sorted(powers, reverse=True)
    assert min(powers) >= 5  # 60 random rows hold more than nine of the best


def test_a_random_choice_is_of_all_rows_however_few_are_held(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_tables, "BATCH_BYTES", 1)
    monkeypatch.setattr(subset, "HELD_BYTES", 1)
    paths = [write(tmp_path, f"{n}.csv", samples(f"{n}.mp4", 20)) for n in range(5)]
    pick_samples(paths, Choice(most=15, shuffle=True), 1, str(tmp_path / "out.csv"))
    names = [row["filename"] for row in read(tmp_path / "out.csv")]
    assert len(names) == 15
    assert len(set(names)) >= 4  # (fewer than 1 in 10,000 choices of 15 of 100 leave out two of five files)


def test_the_sort_drops_its_fraction_before_a_random_choice(tmp_path):
    path = write(tmp_path, "a.csv", [row | {"power": str(n)} for n, row in enumerate(samples("a.mp4", 100))])
    pick_samples([path], Choice(NO_FILTER, parse_sort("power=desc=0.1"), 5, -1, True), 1, str(tmp_path / "out.csv"))
    powers = [int(row["power"]) for row in read(tmp_path / "out.csv")]
    assert len(powers) == 5
    assert min(powers) >= 90


def test_the_columns_are_those_of_all_tables(tmp_path):
    one = write(tmp_path, "1.csv", [{"filename": "1", "start": "0", "dur": "5"}], ["filename", "start", "dur"])
    two = write(
        tmp_path,
        "2.csv",
        [{"dur": "6", "start": "1", "hz": "440", "filename": "2"}],
        ["dur", "start", "hz", "filename"],
    )
    three = write(
        tmp_path,
        "3.csv",
        [{"filename": "3, x", "start": "2", "dur": "7", "a": 'q"'}],
        ["filename", "start", "dur", "a"],
    )
    bad = write(tmp_path, "4.csv", [{"name": "x", "other": "y"}], ["name", "other"])
    paths = [one, two, three, bad]
    assert union_of_columns(paths) == ["filename", "start", "dur", "hz", "a"]
    done = pick_samples(paths, Choice(), 1, str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text() == 'filename,start,dur,hz,a\n1,0,5,,\n2,1,6,440,\n"3, x",2,7,,"q"""\n'
    assert list(done.problems) == [3]
    assert "has no column 'filename'; its columns are: name, other" in done.problems[3]


def test_tables_of_other_columns_keep_their_place(tmp_path):
    plain, more = ["filename", "start", "dur"], ["filename", "start", "dur", "hz"]
    paths = [
        write(
            tmp_path, f"{n}.csv", [dict(zip(header, [f"{n}.mp4", "0", "5", "9"][: len(header)], strict=True))], header
        )
        for n, header in enumerate([plain, more, plain, more, plain])
    ]
    for choice in (Choice(), Choice(per_file=1), Choice(per_file=1, most=9), Choice(most=5)):
        pick_samples(paths, choice, 1, str(tmp_path / "out.csv"))
        assert [row["filename"] for row in read(tmp_path / "out.csv")] == [f"{n}.mp4" for n in range(5)]


def test_a_fraction_of_all_is_taken_of_all(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_tables, "BATCH_BYTES", 1)
    monkeypatch.setattr(subset, "HELD_BYTES", 1)
    rows = [row | {"power": str(n), "dur": str(n)} for n, row in enumerate(samples("a.mp4", 40))]
    paths = [write(tmp_path, f"{n}.csv", rows[n::4]) for n in range(4)]
    pick_samples(paths, Choice(NO_FILTER, parse_sort("power=asc=0.5&dur=desc"), 10, 2), 1, str(tmp_path / "out.csv"))
    # The limit of ten leaves each file its ten. Of all 40 the lower half by power, and of these the last two: not of
    # what had been read at some time.
    assert [row["power"] for row in read(tmp_path / "out.csv")] == ["19", "18"]


@each(
    ("sort", "shuffle", "most_held"),
    [
        ("power=desc", False, 8),  # the three best so far and the five that are more than allowed
        ("power=desc=1&dur=asc=1", False, 8),
        ("", False, 8),
        ("power=desc=0.5", False, 20),  # a fraction of all: all are held
        ("power=desc=1&dur=asc=0.5", False, 20),
        ("power=desc=0.5&dur=asc", True, 20),
        ("power=desc", True, 8),
        ("", True, 20),  # at random: of all
    ],
)
def test_no_more_lines_are_held_than_the_best_and_those_that_are_new(monkeypatch, sort, shuffle, most_held):
    lines = [f"a.mp4,{n:02},5,{n % 7},C\n".encode() for n in range(20)]
    monkeypatch.setattr(subset, "HELD_BYTES", sum(map(len, lines[:4])))
    held, parse = [], subset.parse_lines

    def noted(header, now, *columns):
        held.append(b"".join(now).count(b"\n"))
        return parse(header, now, *columns)

    monkeypatch.setattr(subset, "parse_lines", noted)
    choice = Choice(NO_FILTER, parse_sort(sort), -1, 3, shuffle)
    kept = list(subset._best(iter(lines), subset.SubsetReport(), choice, b",".join(c.encode() for c in HEADER) + b"\n"))
    assert b"".join(kept).count(b"\n") == 3
    assert max(held) == most_held


def test_a_table_of_several_files_is_cut_file_by_file(tmp_path):
    rows = samples("a.mp4", 10) + samples("b.mp4", 3) + samples("a.mp4", 4, start="99")
    path = write(tmp_path, "all.csv", rows)
    for choice, wanted in ((Choice(per_file=4, by_name=True), [4, 3]), (Choice(most=11, by_name=True), [8, 3])):
        done = pick_samples([path], choice, 1, str(tmp_path / "out.csv"))
        names = [row["filename"] for row in read(tmp_path / "out.csv")]
        assert [names.count("a.mp4"), names.count("b.mp4")] == wanted
        assert done.files == 2
    pick_samples([path], Choice(per_file=4), 1, str(tmp_path / "out.csv"))
    assert len(read(tmp_path / "out.csv")) == 4


def test_cells_come_out_as_they_went_in(tmp_path):
    content = "filename,start,dur,x\na.mp4,007, 1e2 ,+5\na.mp4,1e5,0x1,\N{BIRD}\na.mp4,8,9,\n"
    (tmp_path / "a.csv").write_text(content)
    pick_samples([str(tmp_path / "a.csv")], Choice(), 1, str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text() == content
    pick_samples([str(tmp_path / "a.csv")], Choice(sort=parse_sort("start"), per_file=1), 1, str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text() == "filename,start,dur,x\na.mp4,007, 1e2 ,+5\n"


@pytest.mark.parametrize("seed", range(4))
def test_samples_of_several_tables_are_taken_once_and_within_the_limits_of_their_file(tmp_path, seed):
    """Worked out with dictionaries: a row of a sample is the n-th in its table; cells are the first that is filled."""
    rng = random.Random(seed)
    samples, paths = {}, []
    for number in range(rng.randint(2, 4)):
        # Tables in other orders of columns, and some with semicolons and decimal commas.
        names = ["filename", "start", "dur", *rng.sample(["power", rng.choice("xy")], 2)]
        mark = rng.choice(",;")
        lines, times = [mark.join(names)], {}
        for _ in range(rng.randint(1, 12)):
            row = {"filename": rng.choice("abc") + ".wav", "start": rng.choice(["5", "5.0", "70"]), "dur": "80"}
            row |= {name: rng.choice(["", f"{rng.random():.2f}"]) for name in names[3:]}
            cells = [row[name].replace(".", ",") if mark == ";" and name in names[3:] else row[name] for name in names]
            lines.append(mark.join(cells))
            key = row["filename"], float(row["start"])
            times[key] = times.get(key, 0) + 1
            known = samples.setdefault((*key, times[key]), {"table": number, "power": "", "x": "", "y": ""})
            known |= {name: known[name] or row[name] for name in names[3:]}
        paths.append(str(tmp_path / f"{number}.csv"))
        Path(paths[-1]).write_text("\n".join(lines) + "\n")
    out = str(tmp_path / "out.csv")
    done = pick_samples(paths, Choice(by_name=True), 1, out)
    found = [(r["filename"], float(r["start"]), *(r.get(n, "") for n in ("power", "x", "y"))) for r in rows_of(out)]
    wanted = [(key[0], key[1], row["power"], row["x"], row["y"]) for key, row in samples.items()]
    assert sorted(found) == sorted(wanted)
    assert (done.samples, done.samples + done.twice) == (len(samples), sum(len(rows_of(p)) for p in paths))
    best = pick_samples(paths, Choice(sort=parse_sort("power=desc"), per_file=2, by_name=True), 1, out)
    assert best.kept == sum(min(2, sum(key[0] == name for key in samples)) for name in ("a.wav", "b.wav", "c.wav"))
    for name in {key[0] for key in samples}:
        powers = sorted((float(row["power"]) for key, row in samples.items() if key[0] == name and row["power"]))
        kept = [float(row["power"]) for row in rows_of(out) if row["filename"] == name and row.get("power")]
        assert kept == powers[::-1][:2]


def rows_of(path):
    """The rows of a table with commas or semicolons, as dictionaries."""
    with open(path, newline="") as file:
        mark = ";" if ";" in file.readline() else ","
        file.seek(0)
        return list(csv.DictReader(file, delimiter=mark))
