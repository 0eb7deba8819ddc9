"""Processes that help this one with one long task."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self

from lib.io.interrupts import let_ctrl_c_end_waits
from lib.io.system import ctrl_c_waits
from lib.parallel.jobs import AHEAD, Job, Result, worker_count
from lib.parallel.processes import helped, load_nothing, new_pool, prepare_helper, stop_pool
from lib.parallel.stream import Connection, Sender, Stream, serve

# A recording of ten minutes has about as many bytes: in general, and if it is not compressed.
LONG_BYTES, LONG_PLAIN_BYTES = 8 << 20, 100 << 20
PLAIN = (".wav", ".aif", ".aiff")
# A pool of helpers, and both ends of the connection to them.
Connected = tuple[ProcessPoolExecutor, tuple[Connection, Connection]]
# Helpers that were started before they were needed, by their number.
_early: dict[int, Connected] = {}


def _connected(count: int, load: Callable[[], object] = load_nothing) -> Connected:
    ends = multiprocessing.get_context("spawn").Pipe()
    return new_pool(count, partial(prepare_helper, ends[1], load)), ends


@contextmanager
def early_helpers(count: int, load: Callable[[], object]) -> Iterator[None]:
    """Start `count` helpers (0: none) for the first `Helpers` of that number in the block: they take a while.

    load: what each does first, such as to import what it needs; of the module level.
    """
    if count <= 0:
        yield
        return
    let_ctrl_c_end_waits()
    _early[count] = pool, _ = _connected(count, load)
    try:
        with ctrl_c_waits():
            for _ in range(count):
                pool.submit(load_nothing)
        yield
    finally:
        if count in _early:
            _end(*_early.pop(count))


def helpers_for(path: str, threads: int) -> int:
    """Return the number of processes that will help with an input: none, unless it is one long recording."""
    ending = os.path.splitext(path)[1].lower()
    least = LONG_PLAIN_BYTES if ending in PLAIN else LONG_BYTES
    if ending == ".csv" or not os.path.isfile(path) or os.path.getsize(path) < least:
        return 0
    return worker_count(threads) - 1


def _end(pool: ProcessPoolExecutor, ends: tuple[Connection, Connection]) -> None:
    stop_pool(pool)
    for end in ends:
        end.close()


def _serve(name: str, function: Callable[[Job, Any, Sender], None], job: Job) -> None:
    serve(helped[0], name, function, job)


class Helpers:
    """Processes that help this one with one long task; use it in a `with`, which ends them.

    count: how many, none of which runs before it is needed; with 0, all is done here.
    """

    def __init__(self, count: int) -> None:
        self.count = max(count, 0)
        self._running: Connected | None = None
        self._died = False
        self._started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            _end(*self._running)
            self._running = None

    @property
    def are_missing(self) -> bool:
        """Whether there are to be some, and `start` was not called yet."""
        return self.count > 0 and not self._started

    def start(self, function: Callable[[Job], object], job: Job) -> None:
        """Start them: each does this job first, which loads what the next ones need."""
        self._started = True
        for _ in range(self.count):
            self._given(function, job)

    def _given(self, function: Callable[[Job], Result], job: Job) -> Future[Result] | None:
        """Hand a job to the helpers; return None if one of them has died."""
        let_ctrl_c_end_waits()
        pool, _ = self._connect()
        try:
            with ctrl_c_waits():
                return pool.submit(function, job)
        except BrokenProcessPool:
            self._died = True
            return None

    def _connect(self) -> Connected:
        """Return the pool, which begins to run if it does not yet."""
        if self._running is None:
            self._running = _early.pop(self.count, None) or _connected(self.count)
        return self._running

    def stream(self, function: Callable[[Job, Any, Sender], None], job: Job) -> Stream | None:
        """Return the arrays that `function(job, wanted, sender)` sends in one of them, None if that is impossible.

        function: of the module level. It is for one stream, which is to be the first that they are asked for.
        """
        if self.count <= 0 or self._running is not None:
            return None
        _, ends = self._connect()
        try:
            return Stream(ends[0], lambda name: self._given(partial(_serve, name, function), job))
        except OSError:  # no shared memory
            return None

    def map(self, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Generator[Result]:
        """Yield function(job) of each job, in order; the helpers do some of them, and this process the others.

        function: of the module level. jobs: are taken as needed, AHEAD for each helper at most. The jobs of a helper
        that dies are done here, and so are all that follow. An exception of a job is raised here.
        """
        waiting: deque[Future[Result] | tuple[Result]] = deque()
        given: deque[Job] = deque()  # to helpers, whose results are waiting

        def first() -> Result:
            made = waiting.popleft()
            if isinstance(made, tuple):
                return made[0]
            job = given.popleft()
            try:
                return made.result()
            except BrokenProcessPool:
                self._died = True
                return function(job)

        for job in jobs:
            made: Future[Result] | None = None
            if not self._died and len(given) < self.count * AHEAD:
                made = self._given(function, job)
            if made is not None:
                given.append(job)
            waiting.append((function(job),) if made is None else made)
            while waiting and (isinstance(waiting[0], tuple) or waiting[0].done()):
                yield first()
        while waiting:
            yield first()


# None of them: all is done here.
NO_HELPERS = Helpers(0)
