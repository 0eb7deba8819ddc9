"""The command line: how words are read, what the help shows, and how a stage ends."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from lib import cli
from lib.errors import MediaError, NoAudioError, one_line
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


@pytest.mark.parametrize("dash", ["-", "--"])
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-nosuch", "1"], "unrecognized arguments: -nosuch 1"),
        (["stray"], "unrecognized arguments: stray"),
        (["-thre", "2"], "unrecognized arguments: -thre 2"),
        (["-out"], "argument -out/--out: expected one argument"),
        (["-out", "-fast"], "argument -out/--out: expected one argument"),
        (["-fast=yes"], "ignored explicit argument 'yes'"),
        (["-count", "x"], "argument -count/--count: 'x' is no whole number"),
        (["-count", "1.5"], "argument -count/--count: '1.5' is no whole number"),
        (["-count", "0"], "argument -count/--count: 0 is no limit: give 1 or more, or -1 for no limit"),
        (["-count", "-2"], "argument -count/--count: -2 is no limit: give 1 or more, or -1 for no limit"),
        (["-threads", "0"], "argument -threads/--threads: 0 is no number of workers"),
        (["-threads", "many"], "argument -threads/--threads: 'many' is no whole number"),
        (["-min", "-1"], "argument -min/--min: -1 is negative: give 0 or more"),
        (["-share", "half"], "argument -share/--share: invalid float value: 'half'"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_2(capsys, words, said):
    with pytest.raises(SystemExit) as ended:
        make_parser().parse_args(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_required_flag_is_asked_for(capsys):
    parser = cli.Parser("x")
    parser.flag("query", None, "what to look for", required=True)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args([])
    assert ended.value.code == 2
    assert "the following arguments are required: -query/--query" in capsys.readouterr().err
    assert "(required)" in parser.format_help()


def test_the_help_shows_the_defaults():
    text = " ".join(make_parser().format_help().split())
    for shown in ("(default: a.mp3)", "(default: -1)", "(default: 0.5)", "100 % of it", "at 2 % of the time"):
        assert shown in text
    assert "(default: )" not in text
    assert "(default: None)" not in text


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
    assert "--in IN" in done.stdout
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


@pytest.mark.parametrize(
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
    assert line.startswith("unexpected ZeroDivisionError: division by zero (a fault of this tool: ")
    assert line.count("\n") == 1
    monkeypatch.setenv("MEDIA_TOOLS_DEBUG", "1")
    assert "Traceback" in end_with(capsys, ZeroDivisionError("division by zero"))[1]


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(capsys):
    status, line = end_with(capsys, KeyboardInterrupt())
    assert status == 130
    assert line == "interrupted; nothing is lost: the same command goes on from here\n"


def test_a_second_interrupt_for_one_ctrl_c_does_not_break_into_what_is_said(capsys, monkeypatch):
    """Polars raises one of its own, and Python's comes at the next step, wherever that is."""
    before = signal.getsignal(signal.SIGINT)
    real, pending = signal.signal, [KeyboardInterrupt()]

    def late(number, handler):
        if number == signal.SIGINT and pending:
            raise pending.pop()
        return real(number, handler)

    monkeypatch.setattr(signal, "signal", late)
    status, line = end_with(capsys, KeyboardInterrupt())
    assert (status, line) == (130, "interrupted; nothing is lost: the same command goes on from here\n")
    assert pending == []
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        ("KeyboardInterrupt", 130, b"-c: interrupted; nothing is lost: the same command goes on from here\n"),
        ("ZeroDivisionError", 1, b"ZeroDivisionError\n"),
    ],
)
def test_ctrl_c_while_a_script_is_loaded_ends_the_same_way(error, status, said):
    """Between the first import, that of the command line, and `run_main`."""
    lines = f"import sys; sys.path.insert(0, sys.argv[1])\nfrom lib.io import cli\nraise {error}"
    ended = subprocess.run([sys.executable, "-c", lines, str(ROOT)], capture_output=True, timeout=60)
    assert ended.returncode == status
    assert ended.stderr.endswith(said)
    assert (b"Traceback" in ended.stderr) == (status == 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_python_ends_does_not_turn_success_into_failure(tmp_path, number):
    """All is written and said; what is left is Python's own end, in which it would be killed."""
    lines = (
        "import atexit, os, sys; sys.path.insert(0, sys.argv.pop(1))",
        f"atexit.register(os.kill, os.getpid(), {int(number)})",  # called after what run_main registers
        "from lib.io import cli",
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
    "from lib.io import cli\n"
    "def run(args):\n"
    "    print('12 samples -> ' + args.out)\n"
    "sys.exit(cli.run_main(__import__('tests.lib.io.test_cli', fromlist=['x']).make_parser(), run))\n"
)


def program(*words, **how):
    """Run it with a stdout that is buffered, as it is for users, and written to at the end."""
    command = [sys.executable, "-c", PROGRAM, str(ROOT), *words]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    return subprocess.run(command, stderr=subprocess.PIPE, timeout=60, **{"env": environment} | how)


def test_a_reader_that_has_seen_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = program("-out", "x" * 100_000, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_full_disk_under_stdout_is_said():
    with open("/dev/full", "w") as full:
        done = program("-out", "x", stdout=full)
    assert (done.returncode, done.stderr) == (1, b"-c: No space left on device\n")


def test_a_closed_stdout_is_no_error():
    done = program("-out", "x", preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1"])
def test_names_that_stdout_cannot_take_are_escaped(encoding):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = program("-out", b"\xc3\xa9\xf0\x9f\x90\xa6\xff", stdout=subprocess.PIPE, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    shown = {"ascii": "\\xe9\\U0001f426", "latin-1": "\xe9\\U0001f426", "utf-8": "\xe9\U0001f426"}[encoding]
    assert done.stdout == f"12 samples -> {shown}\\udcff\n".encode(encoding)


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
