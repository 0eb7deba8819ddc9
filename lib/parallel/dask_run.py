"""Independent jobs on an existing Dask cluster, whose machines share our storage.

Each job is a Dask task: it is given to a worker, and to another if that one is lost. A worker does it by means of
`dask_bridge` and `dask_child`. Functions and jobs travel pickled, as they do to local processes; the scheduler and the
workers pass them on unread, so that they need `distributed` and nothing else of this project.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, TypeVar

from lib.errors import MediaError, one_line
from lib.parallel import dask_bridge
from lib.parallel.dask_connection import by_value, connected
from lib.parallel.jobs import AHEAD, DIED, Cluster, Outcome

if TYPE_CHECKING:
    from distributed import Client, Future

Job = TypeVar("Job")
Result = TypeVar("Result")
# Seconds without any worker after which a run ends: restarted workers are back sooner.
NO_WORKERS = 60.0
# Seconds between two counts of the workers.
LOOK = 2.0
# Seconds to fetch results; after that, their worker may be lost.
FETCH = 10.0


def run_on_cluster(
    function: Callable[[Job], Result], jobs: Sequence[Job], cluster: Cluster
) -> Iterator[Outcome[Job, Result]]:
    """Yield an Outcome for each job, in order of completion; see `lib.parallel.run.run_many`.

    Raises MediaError if the cluster cannot be reached, one of its workers is unusable, or all are lost.
    """
    if not jobs:
        return
    with connected(cluster) as (client, plan):
        run = _Run(client, plan, function, jobs)
        yield from run.outcomes(range(len(jobs)), 0)
        # A worker that dies loses the jobs waiting there. If several jobs repeatedly lost workers, each is tried alone,
        # so that only the guilty ones fail.
        killed, run.killed = run.killed, []
        if len(killed) > 1:
            for index in killed:
                yield from run.outcomes([index], 1)
            killed = run.killed
        for index in killed:
            yield Outcome(index, jobs[index], error=f"{DIED}, and so did the next ones", kind=BrokenProcessPool)


def check_cluster(cluster: Cluster) -> None:
    """Raise MediaError unless the cluster can be reached and each of its workers is usable."""
    with connected(cluster):
        pass


class _Run:
    """The jobs of one run, some of them under way."""

    def __init__(
        self, client: Client, plan: dict[str, Any], function: Callable[[Any], Any], jobs: Sequence[Any]
    ) -> None:
        self.client, self.plan, self.jobs = client, plan, jobs
        self.killed: list[int] = []
        import cloudpickle

        name = getattr(getattr(function, "func", function), "__name__", "job")
        self._name = f"{name}-{plan['run']}"
        # Data common to all jobs (perhaps much: functools.partial) are sent once; workers get them from each other.
        whole = by_value(partial(dask_bridge.run_job, plan, bytes(ForkingPickler.dumps(function))))
        self._function = client.submit(cloudpickle.loads, whole, key=f"function-{plan['run']}", pure=False)
        self._under_way: dict[str, tuple[int, Future]] = {}
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()

    def outcomes(self, indices: Sequence[int], attempt: int) -> Iterator[Outcome[Any, Any]]:
        """Yield the outcomes of these jobs; those that lost too many workers go to `killed`."""
        waiting = deque(indices)
        reachable, room, looked, seen = True, 0, 0.0, time.monotonic()
        while waiting or self._under_way:
            now = time.monotonic()
            if now - looked > LOOK:
                threads = self._threads()
                reachable, room, looked = threads is not None, AHEAD * (threads or 0), now
                seen = now if room else seen
            if now - seen > NO_WORKERS:
                if not reachable:
                    raise self._lost()
                raise MediaError("all workers of the cluster are gone: start them again, and "
                                 "repeat the command: it continues from here", self.plan['address'])  # fmt: skip
            while waiting and len(self._under_way) < room:
                self._submit(waiting.popleft(), attempt)
            yield from self._finish(self._done_by_now())

    def _threads(self) -> int | None:
        """Return the number of the workers' threads; None while there is no connection to the scheduler."""
        try:
            return sum(self.client.nthreads().values())
        except OSError:  # jobs lost with the connection report that, once it is back
            return None
        except (RuntimeError, AttributeError) as error:  # it was lost for good: a closed client has no scheduler
            raise self._lost() from error

    def _lost(self) -> MediaError:
        return MediaError("the connection to the cluster was lost: repeat the command once "
                          "it is available again: it continues from here", self.plan['address'])  # fmt: skip

    def _submit(self, index: int, attempt: int) -> None:
        from dask.utils import apply
        from distributed.client import ClosedClientError

        job = bytes(ForkingPickler.dumps((index, self.jobs[index])))
        key = f"{self._name}-{index}-{attempt}"
        try:
            future = self.client.submit(apply, self._function, (job,), key=key, pure=False)
        except (RuntimeError, OSError, AttributeError, ClosedClientError) as error:
            raise self._lost() from error
        self._under_way[key] = index, future
        future.add_done_callback(self._done.put)

    def _done_by_now(self) -> list[Future]:
        """Return the finished jobs: many at a time, since fetching one result takes as long as fetching all."""
        done = []
        with suppress(queue.Empty):
            done.append(self._done.get(timeout=LOOK))
            while True:
                done.append(self._done.get_nowait())
        return done

    def _finish(self, futures: list[Future]) -> Iterator[Outcome[Any, Any]]:
        """Yield the outcomes of finished jobs."""
        from distributed.client import CancelledError, ClosedClientError
        from distributed.scheduler import KilledWorker

        for future, answer in zip(futures, _answers(self.client, futures)):
            if isinstance(answer, TimeoutError):
                self._done.put(future)
                continue
            index, _ = self._under_way.pop(str(future.key))
            if isinstance(answer, KilledWorker):
                self.killed.append(index)
            elif isinstance(answer, CancelledError | ClosedClientError):
                raise self._lost()
            elif isinstance(answer, BaseException):
                raise MediaError(f"the cluster failed: {one_line(answer)}", self.plan["address"])
            elif isinstance(answer, str):
                raise MediaError(f"a worker {answer}", self.plan["address"])
            elif answer is None:
                yield Outcome(index, self.jobs[index], error=DIED, kind=BrokenProcessPool)
            else:
                found = ForkingPickler.loads(answer)
                yield Outcome(index, self.jobs[index], found.result, found.error, found.kind, found.file)


def _answers(client: Client, futures: list[Future]) -> list[bytes | str | BaseException | None]:
    """Return what `dask_bridge.run_job` returned for each of these, or the exception in its place."""
    from distributed.client import CancelledError

    with suppress(Exception, CancelledError):
        return _gathered(client, futures)
    answers: list[bytes | str | BaseException | None] = []
    for future in futures:  # one of them failed: each by itself
        try:
            answers.extend(_gathered(client, [future]))
        except (Exception, CancelledError) as error:
            answers.append(error)
    return answers


def _gathered(client: Client, futures: list[Future]) -> list[bytes | str | BaseException | None]:
    # Results lost with their workers are computed again: that takes as long as a job, or never ends.
    return client.sync(client.gather, futures, callback_timeout=FETCH)
