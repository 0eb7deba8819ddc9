"""Only the one local file is opened, whatever its name looks like and whatever stands in it."""

import os
import shutil
import subprocess

import av
import pytest

from lib.errors import MediaError
from lib.io import complaints, ffmpeg
from lib.io.ffmpeg import ffmpeg_exe, open_media, packets, reason_of
from tests.support.each import each
from tests.support.media_factory import clicks, encode, tone, write_wav

SECRET = "secret.aac"


def open_and_close(path):
    with open_media(str(path)) as container:
        return len(container.streams.audio)


@pytest.fixture
def secret(workplace):
    """A good file that nothing but its own name may open: of a kind that playlists are allowed to name."""
    encode(SECRET, tone(440, 0.2), options=("-c:a", "aac"))
    assert open_and_close(SECRET) == 1
    return os.path.abspath(SECRET)


@each(
    "text",
    [
        "ffconcat version 1.0\nfile '{}'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\nfile://{}\n",
        "[playlist]\nFile1={}\nNumberOfEntries=1\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation>'
        "<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "v=0\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\na={}\n",
        "<html>{}</html>",
        "the words of a song\n" * 50,
        "RIFF {}",
    ],
)
@each("ending", [".m3u8", ".mp3", ".wav", ".ffconcat", ".mpd", ".sdp", ".txt"])
def test_playlists_and_texts_open_nothing(secret, text, ending):
    for name in (secret, SECRET):
        with open(f"playlist{ending}", "w") as out:
            out.write(text.format(name))
        with pytest.raises(MediaError, match="is not media that can be read"):
            open_and_close(f"playlist{ending}")


def test_without_our_care_a_playlist_would_open_it(secret):
    """The two commonest kinds work in ffmpeg, so the test above could fail."""
    segments = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
    for name, text in (("a.ffconcat", "ffconcat version 1.0\nfile {}"), ("a.m3u8", segments)):
        with open(name, "w") as out:
            out.write(text.format(SECRET))
        with av.open(name) as container:
            assert len(container.streams.audio) == 1


@pytest.mark.parametrize(
    "name", ["concat:{}", "file:{}", "file://{}", "subfile,,start,0,end,0,,:{}", "async:{}", "cache:{}", "pipe:0",
             "http://127.0.0.1:9/x.wav", "data:audio/wav;base64,UklGRg==", "sine=440", "-i"]
)  # fmt: skip
def test_names_that_look_like_addresses_are_names_of_files(secret, name):
    with pytest.raises(MediaError, match="no such file"):
        open_and_close(name.format(secret))
    with pytest.raises(MediaError, match="no such file"):
        open_and_close(name.format(SECRET))


@each("name", ["concat:a.wav|b.wav", "-i.wav", "x%03d.wav", "pipe:0", "a?b#c.wav", "[0:a].wav", "\n"])
def test_files_with_such_names_can_be_opened(workplace, name):
    write_wav(name, tone(440, 0.1))
    assert open_and_close(name) == 1


@each(
    ("make", "said"),
    [
        (lambda: None, "no such file"),
        (lambda: open("x.mp3", "w").close(), "the file is empty (0 bytes)"),
        (lambda: os.mkdir("x.mp3"), "is not a file"),
        (lambda: os.mkfifo("x.mp3"), "is not a file"),
        (lambda: os.symlink("nowhere", "x.mp3"), "no such file (a link that leads nowhere)"),
    ],
)
def test_what_is_not_a_file_is_reported(workplace, make, said):
    make()
    with pytest.raises(MediaError) as failure:
        open_and_close("x.mp3")
    assert str(failure.value) == said


def test_noise_and_the_beginning_of_a_film_are_not_media(workplace):
    (workplace / "noise.mp3").write_bytes(bytes(range(256)) * 40)
    film = encode("film.mp4", clicks([0.1], 0.5))
    (workplace / "begun.mp4").write_bytes((workplace / film).read_bytes()[:400])
    for name in ("noise.mp3", "begun.mp4"):
        with pytest.raises(MediaError, match="is not media that can be read"):
            open_and_close(name)


def test_titles_that_are_not_utf8_do_not_matter(workplace):
    """The commonest of old mp3 files: Latin-1 where the tag says UTF-8."""
    encode("a.mp3", tone(440, 0.3), options=("-metadata", "title=AAAAAAAA", "-id3v2_version", "4"))
    data = (workplace / "a.mp3").read_bytes()
    assert data.count(b"AAAAAAAA") == 1
    (workplace / "a.mp3").write_bytes(data.replace(b"AAAAAAAA", b"caf\xe9 \xff\xfe\x80"))
    assert open_and_close("a.mp3") == 1


def test_ffmpeg_is_the_one_on_path_or_the_one_that_comes_with_the_packages(tmp_path, monkeypatch):
    ffmpeg_exe.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    shipped = ffmpeg_exe()
    assert "imageio_ffmpeg" in shipped
    version = subprocess.run([shipped, "-version"], capture_output=True, text=True).stdout
    assert version.startswith("ffmpeg version")
    ffmpeg_exe.cache_clear()
    shutil.copy("/bin/true", tmp_path / "ffmpeg")
    assert ffmpeg_exe() == str(tmp_path / "ffmpeg")
    ffmpeg_exe.cache_clear()


def test_a_missing_ffmpeg_is_reported(tmp_path, monkeypatch):
    import imageio_ffmpeg

    def missing():
        raise RuntimeError("No ffmpeg exe could be found")

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", missing)
    ffmpeg_exe.cache_clear()
    with pytest.raises(MediaError, match="ffmpeg is missing: run `pip install imageio-ffmpeg`"):
        ffmpeg_exe()
    ffmpeg_exe.cache_clear()


def test_no_format_that_opens_other_files_is_allowed():
    allowed = set(ffmpeg.FORMATS.split(","))
    assert not allowed & {"concat", "hls", "dash", "sdp", "rtsp", "rtp", "image2", "tty", "lavfi", "webm_dash_manifest",
                          "imf", "vapoursynth", "avisynth", "txt", "ffmetadata", "rawvideo", "s16le"}  # fmt: skip
    assert {"wav", "flac", "mp3", "ogg", "mov", "avi", "matroska"} <= allowed


def test_packets_end_where_pyav_stumbles_over_a_track_that_it_does_not_know():
    """What PyAV 18 does at the end of a transport stream in which damage looks like the beginning of another track."""

    class Container:
        size = 0

        def demux(self, streams):
            yield from streams
            raise IndexError("list index out of range")

    whole = [av.Packet(2), av.Packet(3)]
    assert list(packets(Container(), whole)) == whole


def test_all_packets_of_the_chosen_tracks_come_in_order(workplace):
    film = encode("film.mkv", tone(440, 0.5), options=("-c:v", "mpeg4", "-c:a", "pcm_s16le"))
    with open_media(film) as container:
        sound = container.streams.audio[0]
        found = [(packet.stream_index, packet.pts) for packet in packets(container, sound) if packet.size]
        stamps = [stamp for _, stamp in found]
        assert {index for index, _ in found} == {sound.index}
    assert stamps == sorted(stamps)
    assert len(stamps) > 3


def test_a_reason_holds_no_error_of_another_file(workplace):
    complaints.Complaints("gif")  # (From the first one on, errors are counted.)
    av.logging.log(av.logging.ERROR, "gif", "of another file")
    with pytest.raises(av.error.FFmpegError) as failure:
        av.open("missing.mp4")
    assert "of another file" in str(failure.value)
    assert reason_of(failure.value) == "No such file or directory"
