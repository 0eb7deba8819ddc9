"""A classifier of vectors, saved as plain arrays: kernel logistic regression on standardised features."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

# The kernel's width (gamma times the number of features), the weight of errors, and the largest number of kernel
# points: they are drawn from more samples. Chosen by cross-validation on drum samples; the optimum is flat.
WIDTH, ERRORS, MOST_POINTS = 0.25, 100.0, 500
FOLDS, SEED, ITERATIONS = 5, 1, 2000
# Version of a model's file: raised when the meaning of the arrays changes.
VERSION = 1


@dataclass(frozen=True)
class Classifier:
    """A trained model: mean and scale of the features; points, mixing and gamma of the kernel's features (Nystroem);
    weights (classes, points) and offsets of the classes; their names. features: the kind of measurement (a word)."""

    mean: np.ndarray
    scale: np.ndarray
    points: np.ndarray
    mixing: np.ndarray
    gamma: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    classes: np.ndarray
    features: np.ndarray

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Return the probability of each class: float64, shape (n, classes). vectors: float, shape (n, features)."""
        scaled = (np.asarray(vectors, np.float64) - self.mean) / self.scale
        squares = np.square(scaled).sum(axis=1)[:, None] + np.square(self.points).sum(axis=1)
        kernel = np.exp(-self.gamma * np.maximum(squares - 2 * scaled @ self.points.T, 0))
        scores = kernel @ self.mixing.T @ self.weights.T + self.offsets
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)


# The arrays of a model's file.
ARRAYS = ("version", *(field.name for field in fields(Classifier)))


@dataclass(frozen=True)
class Trial:
    """Cross-validation: accuracy (0 to 1), and the confusion, int of shape (classes, classes): true by predicted."""

    accuracy: float
    confusion: np.ndarray


def _pipeline(count: int, features: int):  # type: ignore[no-untyped-def]
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    kernel = Nystroem(gamma=WIDTH / features, n_components=min(count, MOST_POINTS), random_state=SEED)
    return make_pipeline(StandardScaler(), kernel, LogisticRegression(C=ERRORS, max_iter=ITERATIONS))


def train(vectors: np.ndarray, labels: np.ndarray, features: str) -> Classifier:
    """Return a model trained on vectors (float, (n, features)) and their classes (text, (n,)): two classes or more."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        fitted = _pipeline(len(vectors), vectors.shape[1]).fit(np.asarray(vectors, np.float64), labels)
    scaler, kernel, model = (step for _, step in fitted.steps)
    weights, offsets = model.coef_, model.intercept_
    if len(weights) == 1:  # with two classes, of the second only
        weights, offsets = np.concatenate([0 * weights, weights]), np.concatenate([0 * offsets, offsets])
    arrays = (scaler.mean_, scaler.scale_, kernel.components_, kernel.normalization_, np.array(kernel.gamma))
    return Classifier(*arrays, weights, offsets, np.asarray(model.classes_, str), np.array(features))


def cross_validate(vectors: np.ndarray, labels: np.ndarray) -> Trial | None:
    """Return the accuracy on samples that were not trained on; None if a class has one sample.

    FOLDS parts with the same share of each class (fewer if a class has fewer samples), in a seeded order.
    """
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    names, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        return None
    confusion = np.zeros((len(names), len(names)), np.int64)
    folds = StratifiedKFold(min(FOLDS, int(counts.min())), shuffle=True, random_state=SEED)
    vectors = np.asarray(vectors, np.float64)
    for learnt, held in folds.split(vectors, labels):
        with threadpool_limits(1):
            predicted = (
                _pipeline(len(learnt), vectors.shape[1]).fit(vectors[learnt], numbers[learnt]).predict(vectors[held])
            )
        np.add.at(confusion, (numbers[held], predicted), 1)
    return Trial(float(np.trace(confusion) / confusion.sum()), confusion)


def save(model: Classifier, path: str | Path) -> None:
    """Write a model as an .npz of plain arrays."""
    arrays = {field.name: getattr(model, field.name) for field in fields(model)}
    with open(path, "wb") as file:
        np.savez(file, allow_pickle=False, version=VERSION, **arrays)


def model_of(arrays: dict[str, np.ndarray]) -> Classifier | None:
    """Return the model that these ARRAYS are, or None if they are of another version or do not fit together."""
    version = arrays["version"]
    if version.shape or version.dtype.kind not in "iu" or version != VERSION:
        return None
    own = {field.name: arrays[field.name] for field in fields(Classifier)}
    return Classifier(**own) if _fits(own) else None


def _fits(arrays: dict[str, np.ndarray]) -> bool:
    """Return whether the shapes and types of a model's arrays fit together."""
    texts = ("classes", "features")
    if any(arrays[name].dtype.kind != "U" for name in texts) or arrays["points"].ndim != 2:
        return False
    numbers = [array for name, array in arrays.items() if name not in texts]
    if not all(array.dtype.kind in "iuf" and array.size and np.isfinite(array).all() for array in numbers):
        return False
    if not (arrays["scale"] > 0).all() or not arrays["gamma"].min() > 0:
        return False
    if arrays["classes"].ndim != 1 or len(np.unique(arrays["classes"])) != len(arrays["classes"]):
        return False
    (points, features), count = arrays["points"].shape, len(arrays["classes"])
    wanted = {"mean": (features,), "scale": (features,), "mixing": (points, points), "gamma": (), "features": ()}
    wanted |= {"weights": (count, points), "offsets": (count,)}
    return all(arrays[name].shape == shape for name, shape in wanted.items())
