"""Which files are meant, and writes that leave the old file or the new one."""

import errno
import itertools
import linecache
import os
import re
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lib.errors import MediaError
from lib.io.files import atomic_path, check_outputs, find_media, is_manifest, make_folder, media_path, scratch_folder
from lib.io.states import file_state
from tests.support.each import each
from tests.support.media_factory import ROOT

AWKWARD = (
    "two words.wav",
    "quo\"te's.wav",
    "100%s %d.wav",
    "line\nbreak.wav",
    "tab\t.wav",
    "emoji \N{BIRD}.wav",
    "-in.wav",
    "--.wav",
    "[brackets] {a,b} *.wav",
    "semi;colon & $HOME `x`.wav",
    'comma, quote".wav',
    " leading space.wav",
    "dots...wav",
    "back\\slash.wav",
)


@pytest.fixture
def tree(workplace):
    """A folder with media at three depths, things that are not media, and hidden things."""
    names = (
        "m/b.mp3", "m/a.wav", "m/notes.txt", "m/.hidden.wav", "m/.git/x.wav", "m/disc1/track 01.mp3",
        "m/disc1/deep/c.FLAC", "m/disc2/track 01.mp3", "m/table.csv", "other.wav",
    )  # fmt: skip
    for name in names:
        path = workplace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return workplace


# Which files


@each("spec", ["m", "m/", "./m", "m/disc1/.."])
def test_a_folder_means_its_media_files_at_every_depth_in_order(tree, spec):
    found = find_media(spec)
    assert found.filenames == ("a.wav", "b.mp3", "disc1/track 01.mp3", "disc1/deep/c.FLAC", "disc2/track 01.mp3")
    assert os.path.samefile(found.folder, "m")


@each(
    ("spec", "folder", "names"),
    [
        ("m/*.mp3", "m", ("b.mp3",)),
        ("m/**/*.mp3", "m", ("b.mp3", "disc1/track 01.mp3", "disc2/track 01.mp3")),
        ("m/**/**/*.mp3", "m", ("b.mp3", "disc1/track 01.mp3", "disc2/track 01.mp3")),
        ("m/disc?/*", "m", ("disc1/track 01.mp3", "disc2/track 01.mp3")),
        ("m/disc1/track*", "m/disc1", ("track 01.mp3",)),
        ("m/*.txt", "m", ("notes.txt",)),
        ("*/[ab].*", "", ("m/a.wav", "m/b.mp3")),
        ("**/track 01.mp3", "", ("m/disc1/track 01.mp3", "m/disc2/track 01.mp3")),
    ],
)
def test_a_pattern_is_relative_to_the_part_before_its_first_wildcard(tree, spec, folder, names):
    assert (find_media(spec).folder, find_media(spec).filenames) == (folder, names)


def test_an_absolute_pattern_and_a_file_beside_the_working_directory(tree):
    found = find_media(str(tree / "m/**/*.FLAC"))
    assert (found.folder, found.filenames) == (str(tree / "m"), ("disc1/deep/c.FLAC",))
    assert find_media("other.wav").filenames == ("other.wav",)
    (tree / "..dots.wav").touch()
    assert find_media("..dots.wav").filenames == ("..dots.wav",)
    assert find_media("m/disc1/track 01.mp3").filenames == ("track 01.mp3",)
    assert find_media("m/disc1/track 01.mp3").folder == "m/disc1"


@each("folder", ["m", "m/", "./m"])
@each("spec", ["m/disc1/track 01.mp3", "m/disc1", "m/disc1/*.mp3"])
def test_names_are_relative_to_dir(tree, spec, folder):
    names = find_media(spec, folder).filenames
    assert names[0] == "disc1/track 01.mp3"
    assert all(os.path.isfile(media_path(folder, name)) for name in names)


@each("name", AWKWARD)
def test_awkward_names_are_found_each_way(workplace, name):
    (workplace / "in").mkdir()
    (workplace / "in" / name).touch()
    assert find_media("in").filenames == (name,)
    assert find_media("in/*").filenames == (name,)
    assert find_media(f"in/{name}").filenames == (name,)
    assert os.path.isfile(media_path("in", name))
    os.chdir("in")
    assert find_media(name).filenames == (name,)
    assert find_media("*.wav").filenames == (name,)


def test_a_name_that_is_not_utf8_is_found(workplace):
    (workplace / "in").mkdir()
    open(b"in/bad \xff.wav", "wb").close()
    assert [os.fsencode(name) for name in find_media("in").filenames] == [b"bad \xff.wav"]


@each(
    ("spec", "folder", "said"),
    [
        ("missing.wav", "", "missing.wav: there is no such file or folder"),
        ("m/*.ogg", "", "m/*.ogg: no file matches this pattern"),
        ("m/.git", "", "m/.git: no media files in this folder"),
        ("other.wav", "m", "other.wav: is not inside the media folder m"),
        ("m/disc1", "m/disc2", "is not inside the media folder m/disc2"),
    ],
)
def test_what_is_missing_is_reported(tree, spec, folder, said):
    if spec == "m/.git":
        os.remove("m/.git/x.wav")
    with pytest.raises(MediaError) as failure:
        find_media(spec, folder)
    assert said in str(failure.value)


def test_a_manifest_is_a_csv_file_and_not_a_pattern_or_a_folder(workplace):
    (workplace / "folder.csv").mkdir()
    (workplace / "odd[1].csv").touch()
    assert is_manifest("media.csv")
    assert is_manifest("MEDIA.CSV")
    assert is_manifest("odd[1].csv")
    assert is_manifest("films.tsv")
    assert is_manifest("Films.XLSX")
    assert not is_manifest("tmp/*.csv")
    assert not is_manifest("folder.csv")
    assert not is_manifest("csv")


@each("name", ["../x.wav", "a/../../x.wav", "..", "/etc/passwd", "a/b/../../../x", "//x.wav"])
def test_names_that_leave_the_folder_are_refused(name):
    with pytest.raises(MediaError, match="refused: outside the media folder"):
        media_path("media", name)


@pytest.mark.parametrize("name", ["", "  ", "a\0b.wav"])
def test_names_that_are_none_are_refused(name):
    with pytest.raises(MediaError, match="no filename"):
        media_path("media", name)


@each("name", ["x.wav", "a/../x.wav", "..x.wav", "a/..b/x.wav", "-x.wav", "%s.wav", "~/x.wav"])
def test_names_inside_the_folder_are_joined_to_it(name):
    assert media_path("media", name) == f"media/{name}"
    assert media_path("media/", name) == f"media/{name}"
    assert media_path("", name) == name


# Writes


def left_in(folder):
    return sorted(os.listdir(folder))


@each("name", [*AWKWARD, "song.part1.csv", "x.part", ".part", ".hidden", "no ending", "x" * 255])
def test_a_write_replaces_the_file_in_one_step(tmp_path, name):
    target = tmp_path / name
    for text in ("first", "second"):
        with atomic_path(target) as temporary:
            assert os.path.dirname(temporary) == str(tmp_path)
            assert os.path.splitext(temporary)[1] == target.suffix[:8] or not target.suffix
            with open(temporary, "w") as out:
                out.write(text)
            assert target.exists() == (text == "second")
            assert text == "first" or target.read_text() == "first"
        assert target.read_text() == text
    assert left_in(tmp_path) == [name]


@each("error", [KeyboardInterrupt, SystemExit, MediaError("bad"), ValueError, MemoryError])
@each("old", [None, b"old"])
def test_a_write_that_is_interrupted_leaves_the_old_file(tmp_path, old, error):
    target = tmp_path / "t.csv"
    if old is not None:
        target.write_bytes(old)
    kind = error if isinstance(error, type) else type(error)

    def write_half():
        with atomic_path(target) as temporary:
            with open(temporary, "w") as out:
                out.write("half")
            raise error

    with pytest.raises(kind):
        write_half()
    assert left_in(tmp_path) == ([] if old is None else ["t.csv"])
    assert old is None or target.read_bytes() == old


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_is_reported(tmp_path, monkeypatch, call):
    target = tmp_path / "t.csv"
    target.write_text("old")

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(MediaError) as failure, atomic_path(target) as temporary, open(temporary, "w") as out:
            out.write("new")
    assert str(failure.value) == f"{target}: cannot be written (No space left on device)"
    assert target.read_text() == "old"
    assert left_in(tmp_path) == ["t.csv"]


def test_a_limit_on_file_sizes_is_met_like_a_full_disk(tmp_path):
    """The kernel itself stops the write in the middle, in a process of its own."""
    (tmp_path / "t.csv").write_text("old")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from lib.tables.table import Table, write_table\n"
        "from lib.errors import MediaError\n"
        "try: write_table(Table.of({'a': ['x' * 1000] * 100}), 't.csv')\n"
        "except MediaError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.stdout == "t.csv: cannot be written (File too large)\n"
    assert (tmp_path / "t.csv").read_text() == "old"
    assert left_in(tmp_path) == ["t.csv"]


def test_folders_are_made(tmp_path):
    with atomic_path(tmp_path / "new/folder 2/t.csv") as temporary, open(temporary, "w") as out:
        out.write("x")
    assert (tmp_path / "new/folder 2/t.csv").read_text() == "x"


@each(
    ("target", "said"),
    [
        ("file.txt/t.csv", "the folder cannot be created"),
        ("folder", "folder: is a folder, and a file is needed"),
        ("new/", "new/: is a folder, and a file is needed"),
        ("", "is a folder, and a file is needed"),
        ("x" * 256, "cannot be written (File name too long)"),
        ("/proc/nowhere/t.csv", "/proc/nowhere: the folder cannot be created"),
        ("/proc/t.csv", "/proc/t.csv: cannot be written"),
    ],
)
def test_a_target_that_cannot_be_written_is_reported(workplace, target, said):
    (workplace / "file.txt").write_text("old")
    (workplace / "folder").mkdir()
    with pytest.raises(MediaError) as failure, atomic_path(target) as temporary, open(temporary, "w") as out:
        out.write("x")
    assert said in str(failure.value)
    assert left_in(workplace) == ["file.txt", "folder"]


def test_a_block_that_writes_nothing_is_reported(tmp_path):
    with pytest.raises(MediaError, match="cannot be written"), atomic_path(tmp_path / "t.csv"):
        pass
    assert left_in(tmp_path) == []


def dead_process():
    done = subprocess.Popen([sys.executable, "-S", "-c", ""])
    done.wait()
    return done.pid


def test_what_killed_runs_left_is_removed_and_what_others_write_is_kept(tmp_path):
    written = []
    for name in ("t.csv", "song.part1.mp3"):  # what this process would write under tells how such names look
        with atomic_path(tmp_path / "model" / name) as temporary:
            open(temporary, "w").close()
            written.append(os.path.basename(temporary))
    mine = str(os.getpid())
    assert all(f"-{mine}." in name for name in written)
    abandoned = [name.replace(f"-{mine}.", f"-{dead_process()}.") for name in written]
    host = socket.gethostname().split(".")[0]
    alive = written[0].replace(f"-{mine}.", f"-{os.getppid()}.")
    elsewhere = abandoned[0].replace(f".{host}-", f".{host}2-")
    (tmp_path / "out").mkdir()
    for name in [*abandoned, alive, elsewhere, ".t.part.csv", "t.part"]:
        (tmp_path / "out" / name).touch()
    with atomic_path(tmp_path / "out" / "new.csv") as temporary:
        open(temporary, "w").close()
    assert left_in(tmp_path / "out") == sorted([alive, elsewhere, ".t.part.csv", "t.part", "new.csv"])


def interrupted_at(line, work):
    """Do `work`, with Ctrl-C before the `line`-th line of the modules of files; return whether it came to that line.

    Lines that remove what is left are not counted: two interruptions are another thing.
    """
    left = line
    before = sys.gettrace()  # of a measurement of coverage

    def trace(frame, event, argument):
        nonlocal left
        if Path(frame.f_code.co_filename).name not in ("files.py", "temporary.py"):
            return None
        if event == "line" and not re.search("finally|if ours|unlink|rmtree", getline(frame)):
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return trace

    def getline(frame):
        return linecache.getline(frame.f_code.co_filename, frame.f_lineno)

    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return left <= 0


def test_ctrl_c_at_any_line_leaves_the_old_file_or_the_new_one_and_nothing_else(tmp_path):
    def work():
        with atomic_path(tmp_path / "t.csv") as temporary:
            Path(temporary).write_text("new")
        with scratch_folder(tmp_path) as folder:
            (Path(folder) / "x").touch()

    found = set()
    for line in itertools.count(1):
        (tmp_path / "t.csv").write_text("old")
        if not interrupted_at(line, work):
            break
        assert left_in(tmp_path) == ["t.csv"], line
        found.add((tmp_path / "t.csv").read_text())
    assert line > 30
    assert found == {"old", "new"}


def test_a_killed_run_leaves_the_old_file_and_the_next_one_tidies_up(tmp_path):
    (tmp_path / "t.csv").write_text("old")
    program = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "from lib.io.files import atomic_path\n"
        "with atomic_path('t.csv') as temporary:\n"
        "    open(temporary, 'w').write('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(ROOT)], cwd=tmp_path)
    assert done.returncode == -9
    assert (tmp_path / "t.csv").read_text() == "old"
    assert len(left_in(tmp_path)) == 2
    with atomic_path(tmp_path / "t.csv") as temporary, open(temporary, "w") as out:
        out.write("new")
    assert left_in(tmp_path) == ["t.csv"]
    assert (tmp_path / "t.csv").read_text() == "new"


def test_a_device_and_a_pipe_are_written_to_and_stay(tmp_path):
    with atomic_path("/dev/null") as path, open(path, "w") as out:
        out.write("x")
    assert path == "/dev/null"
    assert not os.path.isfile("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    end = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with atomic_path(tmp_path / "pipe") as path:
        assert path == str(tmp_path / "pipe")
    os.close(end)
    reader, writer = os.pipe()
    with atomic_path(f"/dev/fd/{writer}") as path, open(path, "w") as out:
        out.write("to the reader")
    os.close(writer)
    with os.fdopen(reader) as end:
        assert end.read() == "to the reader"


def test_a_link_stays_a_link_and_the_mode_stays_the_same(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/t.csv").write_text("old")
    os.chmod(tmp_path / "real/t.csv", 0o604)
    (tmp_path / "link.csv").symlink_to("real/t.csv")
    with atomic_path(tmp_path / "link.csv") as temporary, open(temporary, "w") as out:
        out.write("new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real/t.csv").read_text() == "new"
    assert os.stat(tmp_path / "real/t.csv").st_mode & 0o777 == 0o604
    assert left_in(tmp_path / "real") == ["t.csv"]


def test_a_new_file_has_the_usual_mode(tmp_path):
    old = os.umask(0o027)
    try:
        with atomic_path(tmp_path / "t.csv") as temporary:
            open(temporary, "w").close()
    finally:
        os.umask(old)
    assert os.stat(tmp_path / "t.csv").st_mode & 0o777 == 0o640


def test_make_folder_says_why_not(tmp_path):
    (tmp_path / "file").touch()
    make_folder(tmp_path / "a/b")
    make_folder("")
    assert (tmp_path / "a/b").is_dir()
    with pytest.raises(MediaError, match="the folder cannot be created"):
        make_folder(tmp_path / "file/b")


def test_a_fingerprint_tells_states_of_a_file_apart(tmp_path):
    path = tmp_path / "x"
    path.write_text("one")
    os.utime(path, ns=(0, 1_000_000_001))
    first = file_state(str(path))
    assert file_state(str(path)) == first
    os.utime(path, ns=(0, 1_000_000_002))
    later = file_state(str(path))
    path.write_text("longer")
    os.utime(path, ns=(0, 1_000_000_001))
    assert len({first, later, file_state(str(path))}) == 3


def test_outputs_that_are_inputs_or_folders_are_refused_before_the_work(workplace):
    (workplace / "in.csv").touch()
    (workplace / "link.csv").symlink_to("in.csv")
    check_outputs(["out.csv", "new/out.csv", "in.csv2"], ["in.csv", "missing.wav"])
    for output in ("in.csv", "./in.csv", "link.csv", str(workplace / "in.csv")):
        with pytest.raises(MediaError, match="is an input, which would be replaced"):
            check_outputs(["out.csv", output], ["other.csv", "in.csv"])
    for output in (".", "", "new/", str(workplace)):
        with pytest.raises(MediaError, match="is a folder, and a file is needed"):
            check_outputs([output], [])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.timeout(20)
def test_whoever_looks_into_a_file_does_not_wait_for_a_pipe(tmp_path):
    from lib.audio.parts import parts_of
    from lib.audio.reader import AudioReader
    from lib.audio.riff import read_header
    from lib.io.files import open_regular
    from lib.video.container_crop import container_crop
    from lib.video.probe import probe
    from lib.video.reader import VideoReader

    pipe = str(tmp_path / "pipe.wav")
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="is not a file"):
        open_regular(pipe)
    assert parts_of(pipe) == [None]
    assert read_header(pipe) is None
    assert container_crop(pipe, 64, 36) == (0, 0, 64, 36)
    for reads in (lambda: AudioReader(pipe, 22050), lambda: probe(pipe), lambda: VideoReader(pipe).__enter__()):
        with pytest.raises(MediaError, match="is not a file"):
            reads()
