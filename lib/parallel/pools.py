"""The thread pools of libraries: limited to the threads of a stage, in its own process too.

This tool divides its work itself, and gives libraries small tasks. A BLAS that wakes all cores for each small product
of matrices takes several times the processor time, and is no faster.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from lib.parallel.jobs import THREAD_VARIABLES, worker_count

# Always one thread: our own workers share the products of matrices.
BLAS_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# numba reads it again whenever it compiles, and refuses a change once its threads run.
NUMBA = "NUMBA_NUM_THREADS"


@contextmanager
def limited_pools(threads: int) -> Iterator[None]:
    """Within the block, limit libraries to this many threads (-1: all cores), and matrix products to one.

    Enter it before the libraries are loaded; those already loaded are limited too.
    """
    workers = str(worker_count(threads))
    wanted = dict.fromkeys(THREAD_VARIABLES, workers) | dict.fromkeys(BLAS_VARIABLES, "1")
    if "numba" in sys.modules:
        del wanted[NUMBA]
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        with ExitStack() as limits:
            if "numpy" in sys.modules:
                from threadpoolctl import threadpool_limits

                limits.enter_context(threadpool_limits({"blas": 1, "openmp": int(workers)}))
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
