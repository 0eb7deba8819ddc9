"""What the scripts share.

Importing it does nothing to the process. A script that begins with the command line (`from lib import cli`) reports a
Python that is too old, and while it is still being loaded a missing package and Ctrl-C, in one line
(`lib/cli/at_start.py`).
Nothing heavy is imported, and this file is written so that Python 3.8 can read it.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType

__version__ = "0.2.0"
OLDEST_PYTHON = (3, 11)
EXIT_INTERRUPTED = 130
# Where the scripts are, below the project's folder.
_SCRIPT_FOLDERS = ("", "compositions", os.path.join("scrapers", "internet_archive"), os.path.join("scrapers", "local"))
EVERYTHING = "nothing is lost: the same command continues from here"

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OURS = ("lib", "compositions")


def missing_package(error: ModuleNotFoundError) -> str:
    """Return what is missing and what to run, if it is a package; "" if it is a module of this project.

    The project's own environment is named if it is there, and this is another.
    """
    package = (error.name or "").partition(".")[0]
    if not package or package in _OURS:
        return ""
    own = os.path.join(_ROOT, ".venv")
    python = os.path.join(own, "Scripts", "python.exe") if os.name == "nt" else os.path.join(own, "bin", "python")
    if os.path.exists(python) and os.path.realpath(sys.prefix) != os.path.realpath(own):
        how = f'run it with the Python that has the packages: "{python}" "{sys.argv[0]}"'
    else:
        how = f'install the packages: "{sys.executable}" -m pip install -r "{os.path.join(_ROOT, "requirements.txt")}"'
    return f"the package {package} is not installed here: {how}"


def is_script() -> bool:
    """Return whether this process was started as one of the project's scripts."""
    path = os.path.abspath(getattr(sys.modules.get("__main__"), "__file__", None) or os.curdir)
    folders = {os.path.normpath(os.path.join(_ROOT, folder)) for folder in _SCRIPT_FOLDERS}
    return path.endswith(".py") and os.path.dirname(path) in folders


def _end_in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell what ends a script that is still being loaded, before `run_main`: Ctrl-C, or a package that is missing."""
    missing = missing_package(error) if isinstance(error, ModuleNotFoundError) else ""
    if missing:
        sys.stderr.write(f"{os.path.basename(sys.argv[0])}: {missing}\n")
        return
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"{os.path.basename(sys.argv[0])}: interrupted; {EVERYTHING}\n")
    sys.stderr.flush()
    os._exit(EXIT_INTERRUPTED)


def prepare_script() -> None:
    """Refuse a Python that is too old, and take care of Ctrl-C until `run_main` does."""
    if sys.version_info < OLDEST_PYTHON:
        oldest, this = (".".join(map(str, version[:2])) for version in (OLDEST_PYTHON, sys.version_info))
        name, script = os.path.basename(sys.argv[0]), sys.argv[0]
        sys.exit(f"{name}: needs Python {oldest} or newer, and this is {this}: run it as python{oldest} {script}")
    sys.excepthook = _end_in_one_line
