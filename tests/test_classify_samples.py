"""The stage from its command line: classes from a table or a folder, models, labels of one's own that stay."""

import csv
from pathlib import Path

import numpy as np
import pytest

import classify_samples
from lib.audio.fingerprints import KINDS
from lib.audio.training import load_model, training_table
from lib.errors import MediaError
from lib.math.classifier import cross_validate, save, train
from tests.support.media_factory import struck, write_wav

RATE = 22050


def rows(path="s.csv"):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run(*words):
    return classify_samples.main(["-in", "s.csv", "-dir", "media", "-threads", "1", *words])


def noise(seed):
    return 0.1 * np.random.default_rng(seed).standard_normal(6615) * np.exp(-np.arange(6615) / 900)


@pytest.fixture
def folder(workplace):
    """Eight notes and eight bursts of noise, the first four of each with a class."""
    write_wav(workplace / "media/a.wav", np.concatenate([struck(440 * 2 ** (n / 24)) for n in range(8)]), RATE)
    write_wav(workplace / "media/b.wav", np.concatenate([noise(n) for n in range(8)]), RATE)
    lines = [f"{name},{300 * n},300,{kind * (n < 4)}" for name, kind in (("a.wav", "note"), ("b.wav", "snare"))
             for n in range(8)]  # fmt: skip
    Path("s.csv").write_text("\n".join(["filename,start,dur,class", *lines]) + "\n")
    return workplace


@pytest.mark.slow
def test_classes_of_some_rows_are_learnt_for_the_others(folder, capsys):
    assert run("-train", "s.csv") == 0
    said = capsys.readouterr().out
    assert "8 samples of 2 classes: 100.0 % right in cross-validation" in said
    assert "16 samples, 8 keep the class that they were given -> s.csv: class, classProb" in said
    assert Path("output/class_confusion.png").stat().st_size > 1000
    assert [row["class"] for row in rows()] == ["note"] * 8 + ["snare"] * 8
    assert [bool(row["classProb"]) for row in rows()] == ([False] * 4 + [True] * 4) * 2
    assert all(float(row["classProb"]) > 0.5 for row in rows() if row["classProb"])
    made = Path("s.csv").read_bytes()
    assert run("-train", "s.csv") == 0
    assert "already" in capsys.readouterr().out
    # What was told is not learnt from: the same again.
    assert run("-train", "s.csv", "-overwrite") == 0
    assert "8 samples of 2 classes" in capsys.readouterr().out
    assert Path("s.csv").read_bytes() == made


@pytest.mark.slow
def test_a_folder_of_classes_and_a_model(folder, capsys):
    for n in range(3):
        write_wav(folder / f"known/tone/{n}.wav", struck(300 + 50 * n), RATE)
        write_wav(folder / f"known/drum/{n}.wav", noise(90 + n), RATE)
    assert run("-train", "known", "-model", "m.npz", "-prop", "kind", "-out", "t.csv") == 0
    told = [row["kind"] for row in rows("t.csv")]
    assert told == ["tone"] * 8 + ["drum"] * 8
    assert run("-model", "m.npz", "-prop", "kind", "-out", "u.csv") == 0
    assert Path("u.csv").read_bytes() == Path("t.csv").read_bytes()
    assert run("-train", "known", "-model", "m.npz", "-prop", "kind", "-out", "v.csv") == 1
    assert "overwrite" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_that_ends_before_its_table_is_written_is_done_again_by_the_same_command(folder, capsys, monkeypatch):
    words = ("-train", "s.csv", "-model", "m.npz", "-out", "t.csv")

    def ends(*_):
        raise MediaError("ends here")

    with monkeypatch.context() as patch:
        patch.setattr(classify_samples, "with_classes", ends)
        assert run(*words) == 1
    assert not Path("m.npz").exists()
    assert run(*words) == 0
    assert Path("m.npz").exists()
    assert len(rows("t.csv")) == 16


def test_what_cannot_be_learnt_is_reported(folder, capsys):
    before = Path("s.csv").read_bytes()
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    for words, said in {("-train", "media"): "two classes", ("-model", "no.npz"): "no.npz"}.items():
        capsys.readouterr()
        assert run(*words) == 1
        assert said in capsys.readouterr().err
    Path("someones.npz").write_bytes(b"mine")
    assert run("-train", "s.csv", "-model", "someones.npz") == 1
    assert Path("someones.npz").read_bytes() == b"mine"
    assert Path("s.csv").read_bytes() == before


def test_of_a_file_in_a_folder_of_classes_the_first_second_is_learnt(workplace):
    for name in ("kick/a.wav", "hat/b/c.wav", "loose.wav"):
        write_wav(workplace / "known" / name, noise(1), RATE)
    table, folder = training_table("known", "", "class", "classProb")
    assert folder == "known"
    samples = {
        name.replace("\\", "/"): kind for name, kind in zip(table.text("filename"), table.text("class"), strict=True)
    }
    assert samples == {"kick/a.wav": "kick", "hat/b/c.wav": "hat"}
    assert (table.text("start"), table.text("dur")) == (["0", "0"], ["1000", "1000"])


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_a_model_is_what_scikit_learn_learnt_and_comes_back_from_its_file(tmp_path, count):
    rng = np.random.default_rng(1)
    labels = np.array([f"k{n}" for n in range(count)])[np.arange(80) % count]
    size = KINDS["timbre"].size
    vectors = rng.normal(0, 1, (80, size)) + 3 * np.eye(count, size)[np.arange(80) % count]
    model = train(vectors, labels, "timbre")
    save(model, tmp_path / "m.npz")
    again = load_model(str(tmp_path / "m.npz"), "timbre")
    from lib.math.classifier import _pipeline

    expected = _pipeline(80, size).fit(vectors, labels).predict_proba(vectors)
    assert again.probabilities(vectors) == pytest.approx(expected, abs=1e-6)
    trial = cross_validate(vectors, labels)
    assert trial.confusion.sum() == 80
    assert trial.accuracy == np.trace(trial.confusion) / 80 > 0.6
    assert cross_validate(vectors[:3], np.array(["a", "a", "b"])) is None


@pytest.fixture(scope="module")
def model():
    """A model of two classes of vectors as long as the fingerprint timbre."""
    size = KINDS["timbre"].size
    return train(np.eye(6, size), np.array(["a", "b"] * 3), "timbre")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("weights", lambda array: array * np.nan), ("points", lambda array: np.full(array.shape, np.inf)),
        ("scale", np.zeros_like), ("gamma", np.negative), ("weights", lambda array: array > 0),
        ("offsets", lambda array: array * 1j), ("classes", lambda array: array[[0, 0]]),
        ("classes", lambda array: np.array([1, 2])), ("classes", lambda array: array[:1]),
        ("mean", lambda array: array[1:]), ("points", lambda array: array[:0]), ("version", lambda array: array + 1),
        ("version", lambda array: array.astype(str)), ("version", lambda array: array.reshape(1)),
        ("features", lambda array: np.array("mfcc")),
    ],
)  # fmt: skip
def test_models_that_cannot_be_asked_are_reported(model, tmp_path, name, change):
    path = tmp_path / "m.npz"
    save(model, path)
    assert load_model(str(path), "timbre").classes.tolist() == ["a", "b"]
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, name: change(arrays[name])})
    with pytest.raises(MediaError, match="train it again"):
        load_model(str(path), "timbre")


def test_a_model_of_shorter_fingerprints_is_reported(tmp_path):
    save(train(np.eye(4), np.array(["a", "b"] * 2), "timbre"), tmp_path / "m.npz")
    with pytest.raises(MediaError, match="other features"):
        load_model(str(tmp_path / "m.npz"), "timbre")
