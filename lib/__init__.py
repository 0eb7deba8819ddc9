"""What the scripts share. Nothing heavy is imported here."""

import atexit
import os
import shutil
import tempfile

__version__ = "0.1.0"


def _find_kernel_cache() -> None:
    """Give numba a folder for its compiled kernels where neither this one nor the user's own can be written to.

    It refuses to start without one. A new folder for each run: a shared one could hold somebody else's code.
    """
    here, home = os.path.dirname(os.path.abspath(__file__)), os.path.expanduser("~")
    if "NUMBA_CACHE_DIR" not in os.environ and not os.access(here, os.W_OK) and not os.access(home, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = folder = tempfile.mkdtemp(prefix="media-tools-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


_find_kernel_cache()
