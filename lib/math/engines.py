"""The names of the embedding engines, and which of them are installed: quick to import, for command lines."""

from __future__ import annotations

from importlib.util import find_spec

from lib.errors import MediaError

ENGINES = ("auto", "opentsne", "multicore", "sklearn", "umap")
MOST_COMPONENTS = 3
INSTALL_MULTICORE = (
    'python -m pip install MulticoreTSNE --use-pep517 --config-settings="--build-option=build_ext '
    '--cmake-args=-DCMAKE_POLICY_VERSION_MINIMUM=3.5"'
)


def check_engine(engine: str) -> None:
    """Raise MediaError if the engine is unknown, or not installed."""
    if engine not in ENGINES:
        raise MediaError(f"{engine!r} is not an engine: choose one of {', '.join(ENGINES)}")
    if engine == "multicore" and find_spec("MulticoreTSNE") is None:
        raise MediaError(
            f"the engine multicore needs the package MulticoreTSNE, and to build it a C++ compiler and cmake: "
            f"{INSTALL_MULTICORE}"
        )
    if engine == "umap" and find_spec("umap") is None:
        raise MediaError("the engine umap needs the package umap-learn: python -m pip install umap-learn")
