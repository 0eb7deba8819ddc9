"""The command line: how words are read, what the help shows, and how a stage ends."""

import ast
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

import lib
from lib import cli
from lib.cli import main
from lib.errors import (
    MediaError,
    MissingError,
    NoAudioError,
    NoFolderError,
    NoTableError,
    OccupiedError,
    PlaceError,
    one_line,
)
from tests.support.each import each
from tests.support.media_factory import ROOT

SCRIPTS = sorted(path.name for path in ROOT.glob("*.py"))


def make_parser():
    parser = cli.Parser("Do something.")
    parser.flag("in", "a.mp3", "what to read, 100 % of it")
    parser.flag("out", "", "where to write")
    parser.flag("count", -1, "how many", kind=cli.limit)
    parser.flag("share", 0.5, "how much", kind=float)
    parser.flag("min", 80, "shortest", kind=cli.not_negative)
    parser.switch("fast", "at 2 % of the time")
    cli.add_threads(parser, 1)
    cli.add_strict(parser)
    cli.add_cluster(parser)
    return parser


# Words


@each("dash", ["-", "--"])
@each("joined", [False, True])
@each(
    "value",
    ["b.mp3", "-b.mp3", "--b.mp3", "-1", "", " ", "a=b", "-x=y", "a b", "%s", "line\nbreak", "\N{BIRD}", "-", "@file"],
)
def test_a_value_may_be_anything_in_each_spelling(dash, joined, value):
    words = [f"{dash}in={value}"] if joined else [f"{dash}in", value]
    args = make_parser().parse_args([*words, "-fast", "-out", "o"])
    assert (args.input, args.fast, args.out) == (value, True, "o")


def test_values_get_their_types_and_defaults():
    args = make_parser().parse_args(["-count", "-1", "--share", "-0.25", "-threads", "-1"])
    assert (args.count, args.share, args.threads, args.min, args.fast) == (-1, -0.25, -1, 80, False)
    assert (args.input, args.out, args.strict, args.cluster) == ("a.mp3", "", False, "")


@each(
    ("words", "said"),
    [
        (["-nosuch", "1"], "unknown flag -nosuch (-h lists"),
        (["stray"], "unexpected argument stray: did you mean -in stray?"),
        (["-in", "a.mp3", "test_cli.py"], "unexpected argument test_cli.py: -in takes one name; is it a pattern "),
        (["-in", "a", "b.mp3"], 'unexpected argument b.mp3: a value with spaces needs quotes, as in -in "a b.mp3"'),
        (["-out", "my", "own", "song.mp3", "-fast"], 'a value with spaces needs quotes, as in -out "my own song.mp3"'),
        (["-in", "a", "-fast", "song.mp3"], "unexpected argument song.mp3 (-h lists"),
        (["-treads", "2"], "unknown flag -treads: did you mean -threads?"),
        (["--treads=2"], "unknown flag --treads: did you mean -threads?"),
        (["–in", "a.mp3"], "unknown flag –in: did you mean -in? Its dash is '–' (-h lists"),
        (["−−threads=2"], ": did you mean -threads? Its dash is '−'"),
        (["—nosuch"], "unknown flag —nosuch (-h lists"),
        (["-In", "a"], "unknown flag -In: did you mean -in?"),
        (["in", "a.mp3"], "unknown flag in: did you mean -in?"),
        (["/out", "a.mp3"], "unknown flag /out: did you mean -out?"),
        (["-in:a.mp3"], "unknown flag -in:a.mp3: did you mean -in?"),
        (["-ina.mp3"], "unknown flag -ina.mp3: did you mean -in?"),
        (["--input", "a"], "unknown flag --input: did you mean -in?"),
        (["help"], "unknown flag help: did you mean -h?"),
        (["/?"], "unknown flag /?: did you mean -h?"),
        (["-fast", "yes"], "unexpected argument yes: did you mean -in yes?"),
        (["-nosuch", "1", "-fast"], "unknown flag -nosuch (-h lists"),
        (["-thre", "2"], "unknown flag -thre"),
        (["-out"], "argument -out: its value is missing"),
        (["-out", "-fast"], "argument -out: its value is missing"),
        (["-fast=yes"], "argument -fast: takes no value, such as 'yes'"),
        (["-count", "x"], "argument -count: 'x' is not an integer: give 1 or more, or -1 for no limit"),
        (["-count", "1.5"], "argument -count: '1.5' is not an integer"),
        (["-count", "80ms"], "argument -count: '80ms' is not an integer: did you mean 80?"),
        (["-count", "−16"], "argument -count: '−16' is not an integer: did you mean -16?"),
        (["-count", "10%"], "argument -count: '10%' is not an integer: give 1 or more, or -1 for no limit (-h"),
        (["-count", "0"], "argument -count: 0 is not a limit: give 1 or more, or -1 for no limit"),
        (["-count", "-2"], "argument -count: -2 is not a limit: give 1 or more, or -1 for no limit"),
        (["-threads", "0"], "argument -threads: 0 is not a number of workers"),
        (["-threads", "many"], "argument -threads: 'many' is not an integer: give 1 or more, or -1 for all cores"),
        (["-min", "-1"], "argument -min: -1 is negative: give 0 or more"),
        (["-share", "half"], "argument -share: invalid float value: 'half'"),
    ],
)
def test_wrong_usage_is_reported_and_ends_with_2(capsys, monkeypatch, words, said):
    monkeypatch.chdir(Path(__file__).parent)
    with pytest.raises(SystemExit) as ended:
        make_parser().parse_args(words)
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.endswith(" (-h lists the flags)\n")
    assert line.count("\n") == 1


def test_a_required_flag_is_asked_for(capsys):
    parser = cli.Parser("x")
    parser.flag("query", None, "what to look for", required=True)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args([])
    assert ended.value.code == 2
    assert "the following arguments are required: -query" in capsys.readouterr().err
    assert "(required)" in parser.format_help()


def test_the_help_shows_the_defaults():
    text = " ".join(make_parser().format_help().split())
    for shown in ("(default: a.mp3)", "(default: -1)", "(default: 0.5)", "100 % of it", "at 2 % of the time"):
        assert shown in text
    assert "(default: )" not in text
    assert "(default: None)" not in text


def test_the_help_lists_each_flag_once_and_ends_with_the_example():
    parser = make_parser()
    text = cli.Parser("Do it.", 'python do.py -out "a%s.wav"').format_help()
    assert text.endswith('\nexample:\n  python do.py -out "a%s.wav"\n')
    listed = [line.split()[0] for line in parser.format_help().splitlines() if line.startswith("  -")]
    assert listed == ["-h,", "-version", "-in", "-out", "-count", "-share", "-min", "-fast", "-threads", "-strict",
                      "-cluster"]  # fmt: skip
    assert parser.format_help().count("-threads") == 1


@each("word", ["-h", "--h", "-help", "--help", "-version", "--version"])
def test_help_and_version_in_each_spelling(capsys, word):
    with pytest.raises(SystemExit) as ended:
        make_parser().parse_args([word])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert (out == f"Media tools {lib.__version__}\n") == ("version" in word)
    assert out.startswith("usage: ") == ("h" in word[:3])


def test_one_version_everywhere():

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version", "dependencies"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "lib.__version__"}
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)
    assert newest is not None
    assert newest[1] == lib.__version__


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_answers_h_without_any_package_installed(script, tmp_path):
    """-S: no site-packages; -E and -s: nothing from the environment or the user either."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-X", "importtime", str(ROOT / script), "-h"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: {script} ")
    assert "-in IN" in done.stdout
    assert "(default: " in done.stdout
    imported = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "argparse" in imported  # the list is the one that it should be
    assert not imported & {"numpy", "scipy", "polars", "av", "numba", "tqdm", "multiprocessing", "asyncio", "requests"}


# Endings


def end_with(capsys, action):
    """Return the exit status and what was said when a stage does this."""

    def run(args):
        if isinstance(action, BaseException):
            raise action
        return action

    status = cli.run_main(make_parser(), run, [])
    said = capsys.readouterr()
    assert said.out == ""
    return status, said.err.removeprefix(f"{cli.program_name()}: ")


def test_a_stage_that_is_done_ends_quietly(capsys):
    assert end_with(capsys, None) == (0, "")
    assert end_with(capsys, 0) == (0, "")
    assert end_with(capsys, 1) == (1, "")


@each(
    ("error", "line"),
    [
        (MediaError("a.mp3: is broken"), "a.mp3: is broken\n"),
        (NoAudioError("has no audio track"), "has no audio track\n"),
        (MediaError("two\nlines\r\x1b[31m \udcff\N{BIRD}.mp3: x"), "two\\nlines\\r\\x1b[31m \\udcff\N{BIRD}.mp3: x\n"),
        (FileNotFoundError(2, "No such file or directory", "x.csv"), "No such file or directory: x.csv\n"),
        (OSError("plain"), "plain\n"),
        (MemoryError(), "not enough memory: close other programs, or try fewer files or -threads 1\n"),
    ],
)
def test_expected_errors_are_one_line_and_status_1(capsys, error, line):
    assert end_with(capsys, error) == (1, line)


def test_an_unexpected_error_is_one_line_too_and_names_its_kind(capsys, monkeypatch):
    monkeypatch.delenv("MEDIA_TOOLS_DEBUG", raising=False)
    status, line = end_with(capsys, ZeroDivisionError("division by zero"))
    assert status == 1
    assert line.startswith("unexpected ZeroDivisionError: division by zero (this is a bug; please report it")
    assert line.count("\n") == 1
    monkeypatch.setenv("MEDIA_TOOLS_DEBUG", "1")
    assert "Traceback" in end_with(capsys, ZeroDivisionError("division by zero"))[1]


def test_ctrl_c_ends_with_130_and_says_how_to_continue(capsys):
    status, line = end_with(capsys, KeyboardInterrupt())
    assert status == 130
    assert line == "interrupted; nothing is lost: the same command continues from here\n"


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (signal.SIGINT, 130, "interrupted; nothing is lost: the same command continues from here"),
        (signal.SIGTERM, 143, ""),
    ],
)
def test_a_signal_counts_that_a_library_has_made_an_error_of_its_own_of(number, status, said, capsys):
    """NumPy does, while it is loaded."""

    def run(args):
        try:
            signal.raise_signal(number)
        except BaseException:
            raise ImportError("PyCapsule_Import could not import module") from None

    before = signal.getsignal(number)
    assert cli.run_main(cli.Parser("Works."), run, []) == status
    assert capsys.readouterr().err.partition(": ")[2].rstrip("\n") == said
    assert signal.getsignal(number) == before
    assert end_with(capsys, ImportError("another"))[0] == 1


@pytest.mark.parametrize(("is_script", "status"), [(True, 0), (False, 0), (True, 1)])
def test_signals_after_a_script_has_done_its_work_are_no_failures(is_script, status, monkeypatch):
    numbers = signal.SIGINT, signal.SIGTERM
    before = {number: signal.getsignal(number) for number in numbers}
    monkeypatch.setattr(main, "is_script", lambda: is_script)
    try:
        assert cli.run_main(cli.Parser("Works."), lambda args: status, []) == status
        after = {number: signal.getsignal(number) for number in numbers}
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert after == (dict.fromkeys(numbers, signal.SIG_IGN) if is_script else before)


def test_a_second_interrupt_for_one_ctrl_c_does_not_break_into_what_is_reported(capsys, monkeypatch):
    """Polars raises one of its own, and Python's comes at the next step, wherever that is."""
    before = signal.getsignal(signal.SIGINT)
    real, pending = signal.signal, [KeyboardInterrupt()]

    def late(number, handler):
        if handler is main._nothing and pending:
            raise pending.pop()
        return real(number, handler)

    monkeypatch.setattr(signal, "signal", late)
    status, line = end_with(capsys, KeyboardInterrupt())
    assert (status, line) == (130, "interrupted; nothing is lost: the same command continues from here\n")
    assert pending == []
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        ("KeyboardInterrupt", 130, b"stage.py: interrupted; nothing is lost: the same command continues from here\n"),
        ("ZeroDivisionError", 1, b"ZeroDivisionError\n"),
    ],
)
@pytest.mark.parametrize("folder", ["", "compositions", "scrapers/internet_archive"])
def test_ctrl_c_while_a_script_is_loaded_ends_the_same_way(tmp_path, folder, error, status, said):
    """Between the first import, that of the command line, and `run_main`."""
    script = a_script(tmp_path, folder, f"from lib import cli\nraise {error}")
    ended = subprocess.run([sys.executable, script], capture_output=True, timeout=60)
    assert ended.returncode == status
    assert ended.stderr.endswith(said)
    assert (b"Traceback" in ended.stderr) == (status == 1)


PROCESS = """import os, signal, sys
def process():
    handlers = [signal.getsignal(n) for n in signal.valid_signals() if n not in (signal.SIGKILL, signal.SIGSTOP)]
    return sys.excepthook is sys.__excepthook__, handlers, dict(os.environ), os.getcwd()
before = process()
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["elsewhere.py", "tests/test_x.py"])
def test_importing_the_library_does_nothing_to_the_process(tmp_path, where):
    """Where neither the project nor the home can be written to, too: the folder for kernels is run_main's to make."""
    modules = "lib, lib.cli, lib.errors, lib.tables.table, lib.parallel.run, lib.math.grid_kernels"
    body = f"sys.path.insert(0, {str(ROOT)!r})\nos.access = lambda *_: False\nimport {modules}\n"
    script = tmp_path / where
    script.parent.mkdir(exist_ok=True)
    # Polars has a handler of its own: it is there before.
    script.write_text("import polars\n" + PROCESS + body + "assert process() == before\nprint('the same')")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("the same\n", "")


@pytest.mark.parametrize("folder", ["", "compositions"])
def test_a_file_among_the_scripts_that_imports_other_rooms_is_no_script(tmp_path, folder):
    modules = "lib, lib.errors, lib.io.files, lib.io.names, lib.math.easing, lib.composing.score"
    script = a_script(tmp_path, folder, f"{PROCESS}\nimport {modules}\nassert process() == before\nimport lib.cli\n"
                      "print(sys.excepthook is sys.__excepthook__)")  # fmt: skip
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("False\n", "")


def a_script(project, folder, body):
    """Return a script of a project that has our library, in one of its folders."""
    (project / "lib").symlink_to(ROOT / "lib")
    script = project / folder / "stage.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"import sys; sys.path.insert(0, {str(project)!r})\n{body}\n")
    return script


def test_a_python_that_is_too_old_is_reported_in_one_line(tmp_path):
    script = a_script(tmp_path, "", "sys.version_info = (3, 9, 2)\nfrom lib import cli")
    done = subprocess.run([sys.executable, script, "-h"], capture_output=True, text=True, timeout=60)
    said = f"stage.py: needs Python 3.11 or newer, and this is 3.9: run it as python3.11 {script}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@each("path", [ROOT / "lib/__init__.py", *(ROOT / name for name in SCRIPTS)], ids=lambda p: p.name)
def test_an_old_python_can_read_what_tells_it_so(path):
    ast.parse(path.read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.slow
@pytest.mark.parametrize("script", ["stats_totals.py", "compositions/waves.py"])
def test_a_package_that_is_missing_is_not_a_bug(tmp_path, script):
    """As with a Python outside of the environment: told by `run_main`, or while a composition is still being loaded."""
    (tmp_path / "t.csv").write_text("filename,start,dur\n")
    command = [sys.executable, "-S", "-E", "-s", ROOT / script, "-in", "t.csv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"(stats_totals|waves)\.py: the package \w+ is not installed here: (install the packages: .* -m pip install -r "
        r'".*requirements\.txt"|run it with the Python that has the packages: ".*" ".*(stats_totals|waves)\.py")\n',
        done.stderr,
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_python_ends_does_not_turn_success_into_failure(tmp_path, number):
    """All is written and said; what is left is Python's own end, in which it would be killed."""
    lines = (
        "import atexit, os, sys; sys.path.insert(0, sys.argv.pop(1))",
        f"atexit.register(os.kill, os.getpid(), {int(number)})",  # called after what run_main registers
        "from lib import cli",
        "sys.exit(cli.run_main(cli.Parser('x'), lambda args: print('done') or 0))",
    )
    ended = subprocess.run([sys.executable, "-c", "\n".join(lines), str(ROOT)], capture_output=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")


def test_sigterm_ends_the_tidy_way_and_the_old_handler_comes_back():
    tidied = []

    def run(args):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        finally:
            tidied.append(True)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        cli.run_main(make_parser(), run, [])
    assert ended.value.code == 128 + signal.SIGTERM
    assert tidied == [True]
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_stage_runs_in_a_thread_too():
    statuses = []
    thread = threading.Thread(target=lambda: statuses.append(cli.run_main(make_parser(), lambda args: 0, [])))
    thread.start()
    thread.join()
    assert statuses == [0]


PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
    "from lib import cli\n"
    "parser = cli.Parser('Do something.')\n"
    "parser.flag('out', '', 'where to write')\n"
    "def run(args):\n"
    "    print('12 samples -> ' + args.out)\n"
    "sys.exit(cli.run_main(parser, run))\n"
)


def program(*words, **how):
    """Run it with a stdout that is buffered, as it is for users, and written to at the end."""
    command = [sys.executable, "-c", PROGRAM, str(ROOT), *words]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    return subprocess.run(command, stderr=subprocess.PIPE, timeout=60, **{"env": environment} | how)


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_not_an_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = program("-out", "x" * 100_000, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.slow
def test_a_full_disk_under_stdout_is_reported():
    with open("/dev/full", "w") as full:
        done = program("-out", "x", stdout=full)
    assert (done.returncode, done.stderr) == (1, b"-c: No space left on device\n")


@pytest.mark.slow
def test_a_closed_stdout_is_not_an_error():
    done = program("-out", "x", preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_name_with_line_breaks_and_control_characters_stays_one_line(capsys):
    cli.say("a\nb\x1b[2J \u202e é 楽.csv: 1 row", "next")
    assert capsys.readouterr().out == "a\\nb\\x1b[2J \\u202e é 楽.csv: 1 row\nnext\n"


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1"])
def test_names_that_stdout_cannot_take_are_escaped(encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = program("-out", b"\xc3\xa9\xf0\x9f\x90\xa6\xff", stdout=subprocess.PIPE, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    shown = {"ascii": "\\xe9\\U0001f426", "latin-1": "\xe9\\U0001f426", "utf-8": "\xe9\U0001f426"}[encoding]
    assert done.stdout == f"12 samples -> {shown}\\udcff\n".encode(encoding)


@each(
    ("error", "words", "line"),
    [
        (MissingError("there is no such table", "a.csv"), ["-in", "a.csv"], "a.csv: there is no such table: check -in"),
        (MissingError("there is no such folder", "m"), ["-dir", "m/"], "m: there is no such folder: check -dir"),
        (MissingError("none of the 3 is there"), [], "none of the 3 is there: check -dir"),
        (MissingError("there is no such font", "x.ttf"), [], "x.ttf: there is no such font"),
        (
            MissingError("no such table", "~/a.csv"),
            ["-in", "~/a.csv"],
            "~/a.csv: no such table: check -in (~ is your own folder only outside quotes: write its whole name)",
        ),
        (
            MissingError("there is no such file", "https://x.org/a.mp3"),
            ["-in", "https://x.org/a.mp3"],
            "https://x.org/a.mp3: there is no such file: check -in (addresses are not read: download the file first)",
        ),
        (PlaceError("no", "/proc/nope"), ["-cache", "/proc/nope/c.db"], "/proc/nope: no: choose another -cache"),
        (PlaceError("no", "deep"), ["-cache", "c.db", "-out", "deep/er/%s.csv"], "deep: no: choose another -out"),
        (PlaceError("no", "deep/er/a.csv"), ["-out", "deep/%s.csv"], "deep/er/a.csv: no: choose another -out"),
        (PlaceError("no", "tmp"), ["-out", "output/a.mp3"], "tmp: no"),
        (PlaceError("no", "output/a.json"), ["-out", "output/a.mp3"], "output/a.json: no: choose another -out"),
        (PlaceError("no", "t"), ["-in", "t/a.csv", "-out", ""], "t: no: give another -out"),
        (
            OccupiedError("is mine", "o"),
            ["-out", "o"],
            "o: is mine: choose another -out, or give -overwrite to replace it",
        ),
    ],
)
def test_the_command_line_says_which_flag_to_change(capsys, monkeypatch, tmp_path, error, words, line):
    monkeypatch.chdir(tmp_path)
    parser = cli.Parser("Do something.")
    for name in ("in", "dir", "out", "cache"):
        parser.flag(name, "", "a file or a folder")
    cli.add_overwrite(parser, "do it again")

    def run(args):
        raise error

    assert cli.run_main(parser, run, words) == 1
    assert capsys.readouterr().err == f"{cli.program_name()}: {line}\n"


@each(
    ("script", "given", "command"),
    [
        ("get_file_features.py", "m", 'scrapers/local/folder_to_metadata.py -in "m" -out "tmp/own.csv"'),
        ("get_file_features.py", "m/a.mp4", 'scrapers/local/folder_to_metadata.py -in "m" -out "tmp/own.csv"'),
        ("get_sample_features.py", "a.mp4", 'scrapers/local/folder_to_metadata.py -in "." -out "tmp/own.csv"'),
        ("samples_to_grid.py", "a b.mp4", 'audio_to_samples.py -in "a b.mp4" -features -out "tmp/samples.csv"'),
    ],
)
def test_media_in_place_of_a_table_are_reported_what_makes_one(capsys, monkeypatch, tmp_path, script, given, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [script])
    Path("m").mkdir()
    parser = cli.Parser("Do something.")
    parser.flag("in", "", "a table")
    assert cli.run_main(parser, fails_with(NoTableError("is media, not a table", given)), ["-in", given]) == 1
    said, _, advice = capsys.readouterr().err.partition("; to make one: python ")
    assert said == f"{script}: {given}: is media, not a table"
    path, *words = shlex.split(advice)
    maker, *wanted = shlex.split(command)
    assert (Path(path).resolve(), words) == (ROOT / maker, wanted)


def test_media_in_place_of_another_table_name_its_flag(capsys):
    parser = cli.Parser("Do something.")
    for flag in ("in", "meta", "io"):
        parser.flag(flag, "", "a file")
    words = ["-in", "t.csv", "-meta", "media", "-io", "nix*"]
    assert cli.run_main(parser, fails_with(NoTableError("is a folder, not a table", "media")), words) == 1
    assert capsys.readouterr().err.endswith("media: is a folder, not a table: check -meta\n")
    assert cli.run_main(parser, fails_with(MissingError("no file matches this pattern", "nix*")), words) == 1
    assert capsys.readouterr().err.endswith("nix*: no file matches this pattern: check -io\n")


def test_a_folder_that_no_flag_names_is_in_the_working_directory(capsys):
    line = "x: the folder cannot be created (no room)"
    for place, advice in (("x", ": change to a folder that can be written to"), ("/x", "")):
        error = NoFolderError("the folder cannot be created (no room)", place)
        assert end_with(capsys, error) == (1, f"{line if place == 'x' else '/' + line}{advice}\n")


def test_a_working_directory_that_was_removed_is_named(workplace, capsys):
    (workplace / "gone").mkdir()
    os.chdir("gone")
    os.rmdir(workplace / "gone")
    assert cli.run_main(make_parser(), lambda args: 0, []) == 1
    said = "the current folder no longer exists: change to another one (cd), and run it again"
    assert capsys.readouterr().err == f"{cli.program_name()}: {said}\n"


@each(
    ("backend", "kept"),
    [
        ("module://matplotlib_inline.backend_inline", False),
        ("nbagg", False),
        ("TkAgg", True),
        ("agg", True),
        ("x", False),
    ],
)
def test_a_backend_that_cannot_be_used_is_forgotten(monkeypatch, backend, kept):
    monkeypatch.setenv("MPLBACKEND", backend)
    assert cli.run_main(make_parser(), lambda args: int(("MPLBACKEND" in os.environ) != kept), []) == 0


@each("date", ["", "abc", "-5", "1.5", "²", "253402300800", "9" * 5000])
def test_a_date_that_libraries_refuse_is_reported(monkeypatch, capsys, date):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", date)
    assert cli.run_main(make_parser(), lambda args: 0, []) == 1
    said = capsys.readouterr().err
    assert "SOURCE_DATE_EPOCH is" in said
    assert said.count("\n") == 1
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "253402300799")
    assert cli.run_main(make_parser(), lambda args: 0, []) == 0


def test_a_place_is_not_advised_on_where_there_is_no_flag_for_it(capsys):
    assert end_with(capsys, OccupiedError("is mine", "x")) == (1, "x: is mine\n")
    parser = cli.Parser("x")
    parser.flag("in", "t.csv", "a table that is written back")
    assert cli.run_main(parser, fails_with(PlaceError("cannot write to this folder", ".")), []) == 1
    assert capsys.readouterr().err.endswith(": .: cannot write to this folder\n")


def fails_with(error):
    def run(args):
        raise error

    return run


def test_a_value_that_turns_out_wrong_in_the_middle_is_wrong_usage_all_the_same(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.run_main(make_parser(), fails_with(cli.UsageError("min", "5 is above -count 3")), [])
    assert ended.value.code == 2
    assert "argument -min: 5 is above -count 3 (-h lists the flags)\n" in capsys.readouterr().err


@pytest.mark.parametrize(("strict", "status"), [(False, 0), (True, 1)])
def test_bad_files_are_listed_with_their_reasons(capsys, strict, status):
    bad = [("a.mp3", "no such file"), ("b\n.mp3", "is empty")]
    assert cli.report_bad("stage.py", bad, strict) == status
    assert capsys.readouterr().err == (
        "stage.py: 2 files could not be used:\n  a.mp3: no such file\n  b\\n.mp3: is empty\n"
    )
    assert cli.report_bad("stage.py", bad[:1], strict) == status
    assert capsys.readouterr().err == "stage.py: could not be used: a.mp3: no such file\n"
    assert cli.report_bad("stage.py", [], strict) == 0
    assert capsys.readouterr().err == ""


def test_one_line_of_an_error_without_words():
    assert one_line(ValueError()) == "ValueError"
    assert one_line(OSError(28, "No space left on device")) == "No space left on device"


@each(
    ("keeps", "known", "said"),
    [
        (None, {}, "interrupted; nothing is lost: the same command continues from here\n"),
        (None, {"overwrite": False}, "interrupted; nothing is lost: the same command continues from here\n"),
        (None, {"overwrite": True}, "interrupted: with -overwrite the same command starts from the beginning\n"),
        ("", {}, "interrupted: the same command starts from the beginning\n"),
        ("", {"overwrite": True}, "interrupted: the same command starts from the beginning\n"),
        (None, {"keeps": ""}, "interrupted: the same command starts from the beginning\n"),
        ("", {"keeps": "all is kept"}, "interrupted; all is kept\n"),
        (cli.WHOLE_FILES, {}, "interrupted; finished files are kept: the same command continues"),
    ],
)
def test_what_is_reported_after_ctrl_c_is_what_the_stage_keeps(capsys, keeps, known, said):
    flags = cli.Parser("Waits.", "python wait.py", **({} if keeps is None else {"keeps": keeps}))

    def run(args):
        vars(args).update(known)
        raise KeyboardInterrupt

    assert cli.run_main(flags, run, []) == 130
    assert said in capsys.readouterr().err


@each(
    ("words", "kept"),
    [
        (["-outframe", ""], ""),
        (["-preview"], ""),
        (["-outframe", "", "-cache"], "clips"),
        (["-preview", "-cache"], "clips"),
        (["-outframe", "f/%s.png"], "finished pictures"),
        (["-outframe", "f/%s.png", "-cache"], "finished files"),
    ],
)
def test_what_an_interrupted_film_keeps_depends_on_its_pictures_and_its_cache(words, kept):
    from compositions import _flags, _settings, waves

    args = waves.parser().parse_args(["-grid", "8x8", "-grid0", "8x8", "-grid1", "8x8", *words])
    own = _flags.own_flags(args)
    _settings.run_settings(args)
    assert args.keeps.startswith(kept if kept != "clips" else "the clips of finished films")
    assert bool(args.keeps) == bool(kept)
    assert _flags.own_flags(args) == own
