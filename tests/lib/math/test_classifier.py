"""The classifier: its formula by loops, the condition of its optimum, and what a file may and may not hold."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lib.math import classifier
from lib.math.classifier import ARRAYS, Classifier, cross_validate, model_of, save, train
from tests.support.each import each


def a_model(count=3, points=4, features=2, seed=1):
    rng = np.random.default_rng(seed)
    return Classifier(
        rng.normal(size=features), rng.uniform(0.5, 2, features), rng.normal(size=(points, features)),
        rng.normal(size=(points, points)), np.array(0.7), rng.normal(size=(count, points)), rng.normal(size=count),
        np.array([f"kind {n}" for n in range(count)]), np.array("words"),
    )  # fmt: skip


def one_by_one(model, vector):
    """Return the probabilities of the classes by the definition."""
    scaled = [(v - m) / s for v, m, s in zip(vector, model.mean, model.scale)]
    kernel = [math.exp(-float(model.gamma) * math.dist(scaled, point) ** 2) for point in model.points]
    mixed = [sum(m * k for m, k in zip(row, kernel)) for row in model.mixing]
    scores = [sum(w * x for w, x in zip(row, mixed)) + b for row, b in zip(model.weights, model.offsets)]
    whole = sum(math.exp(score) for score in scores)
    return [math.exp(score) / whole for score in scores]


@pytest.mark.parametrize(("count", "points", "features"), [(3, 4, 2), (2, 1, 5), (4, 7, 1)])
def test_probabilities_are_those_of_the_formula(count, points, features):
    model = a_model(count, points, features)
    vectors = np.random.default_rng(2).normal(0, 2, (6, features))
    vectors[0] = model.mean + model.scale * model.points[0]  # a point of the kernel itself: at no distance
    found = model.probabilities(vectors)
    assert found.shape == (6, count)
    assert found == pytest.approx(np.array([one_by_one(model, vector) for vector in vectors]))
    # Large scores do not overflow.
    assert replace(model, offsets=model.offsets * 1e4).probabilities(vectors).sum(axis=1) == pytest.approx(np.ones(6))


def far_apart(sizes, features=3):
    rng = np.random.default_rng(3)
    kinds = np.repeat(np.arange(len(sizes)), sizes)
    centres = 4 * rng.normal(size=(len(sizes), features))
    return centres[kinds] + rng.normal(size=(len(kinds), features)), np.array([f"k{n}" for n in kinds])


@pytest.mark.parametrize("sizes", [(12, 9), (10, 7, 8)])
def test_a_trained_model_is_at_the_optimum_of_its_errors(sizes):
    vectors, labels = far_apart(sizes)
    model = train(vectors, labels, "words")
    assert model.classes.tolist() == [f"k{n}" for n in range(len(sizes))]
    assert str(model.features) == "words"
    assert float(model.gamma) == 0.25 / 3
    assert model.mean == pytest.approx(vectors.mean(axis=0))
    assert model.scale == pytest.approx(vectors.std(axis=0))
    assert model.points.shape == (sum(sizes), 3)  # all of few
    found = model.probabilities(vectors)
    assert (model.classes[found.argmax(axis=1)] == labels).mean() > 0.9
    # The sum of 100 times the errors and of half the squares of the weights is lowest where its gradient is 0.
    scaled = (vectors - model.mean) / model.scale
    apart = ((scaled[:, None] - model.points) ** 2).sum(axis=2)
    mixed = np.exp(-0.25 / 3 * apart) @ model.mixing.T
    wrong = (labels[:, None] == model.classes) - found
    first = 1 if len(sizes) == 2 else 0  # of two classes the first has no weights
    assert (model.weights[:first] == 0).all()
    assert (model.offsets[:first] == 0).all()
    wanted = 100 * (wrong.T @ mixed)[first:]
    assert np.linalg.norm(model.weights[first:] - wanted) < 0.1 * np.linalg.norm(wanted)


def test_of_many_samples_500_are_points_of_the_kernel():
    rng = np.random.default_rng(4)
    vectors, labels = rng.normal(size=(501, 1)), np.array(["a", "b"])[np.arange(501) % 2]
    assert classifier._pipeline(501, 1).steps[1][1].n_components == 500
    assert train(vectors[:20], labels[:20], "x").points.shape == (20, 1)


@each(("sizes", "parts"), [((12, 9), 5), ((5, 30), 5), ((4, 7, 5), 4), ((2, 2), 2)])
def test_each_sample_is_tried_once_by_models_that_did_not_see_it(monkeypatch, sizes, parts):
    vectors, labels = far_apart(sizes)
    trained = []

    def counted(count, features):
        trained.append(count)
        return of(count, features)

    of = classifier._pipeline
    monkeypatch.setattr(classifier, "_pipeline", counted)
    trial = cross_validate(vectors, labels)
    assert len(trained) == parts
    assert sum(trained) == sum(sizes) * (parts - 1)
    assert trial.confusion.sum(axis=1).tolist() == list(sizes)
    assert trial.accuracy == sum(trial.confusion[n, n] for n in range(len(sizes))) / sum(sizes)
    assert (trial.confusion >= 0).all()
    if min(sizes) > 4:
        assert trial.accuracy > 0.8


def test_rows_of_the_confusion_are_the_true_classes():
    # One sample of `b` lies among those of `a`: it is taken for one.
    vectors = np.array([[0.0], [0.1], [0.2], [0.3], [0.15], [9.0], [9.1], [9.2], [9.3]])
    trial = cross_validate(vectors, np.array(["a"] * 4 + ["b"] * 5))
    assert trial.confusion.tolist() == [[4, 0], [1, 4]]
    assert trial.accuracy == 8 / 9


def test_a_class_of_one_sample_cannot_be_tried():
    vectors, labels = far_apart((6, 1))
    assert cross_validate(vectors, labels) is None


def arrays_of(model):
    return {"version": np.array(1)} | {name: getattr(model, name) for name in ARRAYS if name != "version"}


def test_a_model_comes_back_from_its_file(tmp_path):
    model = a_model()
    save(model, tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert sorted(file) == sorted(ARRAYS)
        arrays = dict(file)
    assert arrays["version"] == 1
    vectors = np.ones((2, 2))
    assert (model_of(arrays).probabilities(vectors) == model.probabilities(vectors)).all()


WRONG = {
    "another version": {"version": np.array(2)},
    "an older one": {"version": np.array(0)},
    "several versions": {"version": np.array([1])},
    "a version of text": {"version": np.array("1")},
    "a version with a fraction": {"version": np.array(1.0)},
    "numbers for classes": {"classes": np.arange(3)},
    "a number for the features": {"features": np.array(1)},
    "points in a row": {"points": np.ones(4)},
    "one class more": {"classes": np.array(["a", "b", "c", "d"])},
    "classes that are equal": {"classes": np.array(["a", "b", "a"])},
    "classes in a table": {"classes": np.array([["a"], ["b"], ["c"]])},
    "a scale of 0": {"scale": np.array([1.0, 0.0])},
    "a scale below 0": {"scale": np.array([1.0, -1.0])},
    "a gamma of 0": {"gamma": np.array(0.0)},
    "a gamma below 0": {"gamma": np.array(-0.5)},
    "several gammas": {"gamma": np.array([0.5])},
    "a mean of text": {"mean": np.array(["1", "2"])},
    "a mean that is not a number": {"mean": np.array([1.0, np.nan])},
    "offsets without an end": {"offsets": np.array([1.0, np.inf, 2.0])},
    "a long mean": {"mean": np.ones(3)},
    "a short mean": {"mean": np.ones(1)},
    "a long scale": {"scale": np.ones(3)},
    "a mixing that is not square": {"mixing": np.ones((4, 3))},
    "weights of two classes": {"weights": np.ones((2, 4))},
    "weights of other points": {"weights": np.ones((3, 5))},
    "two offsets": {"offsets": np.ones(2)},
    "several features": {"features": np.array(["a", "b"])},
    "complex numbers": {"mean": np.ones(2) + 1j},
}


@each("what", WRONG)
def test_arrays_that_are_no_model_are_known(what):
    arrays = arrays_of(a_model())
    assert model_of(arrays) is not None
    assert model_of(arrays | WRONG[what]) is None


def test_a_model_of_integers_is_one():
    arrays = arrays_of(a_model())
    more = {"mean": np.array([1, 2]), "scale": np.array([1, 1], np.uint8), "version": np.array(1, np.uint8)}
    assert model_of(arrays | more) is not None
    # A model without points, or without classes, is none.
    nothing = {"points": np.ones((0, 2)), "mixing": np.ones((0, 0)), "weights": np.ones((3, 0))}
    assert model_of(arrays | nothing) is None
    assert model_of(arrays | {"classes": np.array([], "U1"), "weights": np.ones((0, 4)), "offsets": np.ones(0)}) is None
