"""Independent jobs on an existing Dask cluster, whose machines share our storage.

Each job is a task of Dask's: it is given to a worker, and to another if that one is lost. What a worker does with it is
in `dask_bridge` and `dask_child`. Functions and jobs travel pickled, as they do to local processes; the scheduler
and the workers pass them on unread, so that they need `distributed` and nothing else of ours.
"""

from __future__ import annotations

import logging
import os
import queue
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lib.errors import MediaError, one_line
from lib.io.files import make_folder
from lib.parallel import dask_bridge, dask_child
from lib.parallel.jobs import AHEAD, DIED, THREAD_VARIABLES, Cluster, Outcome

if TYPE_CHECKING:
    from distributed import Client, Future

Job = TypeVar("Job")
Result = TypeVar("Result")
# Seconds for the scheduler to answer, and for a first worker to appear.
CONNECT = 5.0
# Seconds without any worker after which a run ends: restarted workers are back sooner.
NO_WORKERS = 60.0
# Seconds between two counts of the workers.
LOOK = 2.0
# Seconds for fetching results; after that, their worker may be lost.
FETCH = 10.0
# Seconds for workers to end our processes after a run.
LEAVE_OFF = 10.0
# Input files, spread over all of them, that each worker must see: enough to detect storage that is not mounted.
INPUTS_SEEN = 8
# Seconds for a file to become visible elsewhere: network storage caches the absence of files for a while.
PATIENCE = 5.0
# Workers named in a message.
NAMED = 3


def _by_value(thing: Callable[..., Any]) -> bytes:
    """Return a function of `dask_bridge` as its code, pickled, since workers cannot import it."""
    import cloudpickle

    cloudpickle.register_pickle_by_value(dask_bridge)
    try:
        return cloudpickle.dumps(thing)
    finally:
        cloudpickle.unregister_pickle_by_value(dask_bridge)


class _Sent:
    """A function of `dask_bridge` that arrives as its code."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._code = _by_value(function)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[bytes]]:
        import cloudpickle

        return cloudpickle.loads, (self._code,)


def run_on_cluster(
    function: Callable[[Job], Result], jobs: Sequence[Job], cluster: Cluster
) -> Iterator[Outcome[Job, Result]]:
    """Yield an Outcome for each job, as they are done; see `lib.parallel.run.run_many`.

    Raises MediaError if the cluster cannot be reached, one of its workers is unusable, or all are lost.
    """
    if not jobs:
        return
    with _connected(cluster) as (client, plan):
        run = _Run(client, plan, function, jobs)
        yield from run.outcomes(range(len(jobs)), 0)
        # A worker that dies takes with it what was waiting there. If several jobs lost workers again and again, each
        # is tried alone, so that only those fail that are to blame.
        killed, run.killed = run.killed, []
        if len(killed) > 1:
            for index in killed:
                yield from run.outcomes([index], 1)
            killed = run.killed
        for index in killed:
            yield Outcome(index, jobs[index], error=f"{DIED}, and so did the next ones", kind=BrokenProcessPool)


def check_cluster(cluster: Cluster) -> None:
    """Raise MediaError unless the cluster can be reached and each of its workers is usable."""
    with _connected(cluster):
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
        # What all jobs share (which may be much: functools.partial) is sent once; workers get it from each other.
        whole = _by_value(partial(dask_bridge.run_job, plan, bytes(ForkingPickler.dumps(function))))
        self._function = client.submit(cloudpickle.loads, whole, key=f"function-{plan['run']}", pure=False)
        self._under_way: dict[str, tuple[int, Future]] = {}
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()

    def outcomes(self, indices: Sequence[int], attempt: int) -> Iterator[Outcome[Any, Any]]:
        """Yield the outcomes of these jobs; those that lost too many workers go to `killed`."""
        waiting = deque(indices)
        connected, room, looked, seen = True, 0, 0.0, time.monotonic()
        while waiting or self._under_way:
            now = time.monotonic()
            if now - looked > LOOK:
                threads = self._threads()
                connected, room, looked = threads is not None, AHEAD * (threads or 0), now
                seen = now if room else seen
            if now - seen > NO_WORKERS:
                if not connected:
                    raise self._lost()
                raise MediaError("all workers of the cluster are gone: start them again, and "
                                 "give the same command: it goes on from here", self.plan['address'])  # fmt: skip
            while waiting and len(self._under_way) < room:
                self._submit(waiting.popleft(), attempt)
            yield from self._finish(self._done_by_now())

    def _threads(self) -> int | None:
        """Return the number of the workers' threads; None while there is no connection to the scheduler."""
        try:
            return sum(self.client.nthreads().values())
        except OSError:  # jobs that were lost with the connection say so, if it is there again
            return None
        except RuntimeError as error:  # it was lost for good
            raise self._lost() from error

    def _lost(self) -> MediaError:
        return MediaError("the connection to the cluster was lost: give the same command once "
                          "it is there again: it goes on from here", self.plan['address'])  # fmt: skip

    def _submit(self, index: int, attempt: int) -> None:
        from dask.utils import apply

        job = bytes(ForkingPickler.dumps((index, self.jobs[index])))
        key = f"{self._name}-{index}-{attempt}"
        try:
            future = self.client.submit(apply, self._function, (job,), key=key, pure=False)
        except (RuntimeError, OSError) as error:
            raise self._lost() from error
        self._under_way[key] = index, future
        future.add_done_callback(self._done.put)

    def _done_by_now(self) -> list[Future]:
        """Return the jobs that are done: many at a time, since asking for one result takes as long as for all."""
        done = []
        with suppress(queue.Empty):
            done.append(self._done.get(timeout=LOOK))
            while True:
                done.append(self._done.get_nowait())
        return done

    def _finish(self, futures: list[Future]) -> Iterator[Outcome[Any, Any]]:
        """Yield the outcomes of jobs that are done."""
        from distributed.client import CancelledError
        from distributed.scheduler import KilledWorker

        for future, answer in zip(futures, _answers(self.client, futures)):
            if isinstance(answer, TimeoutError):
                self._done.put(future)
                continue
            index, _ = self._under_way.pop(str(future.key))
            if isinstance(answer, KilledWorker):
                self.killed.append(index)
            elif isinstance(answer, CancelledError):
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
    """Return what `dask_bridge.run_job` returned for each of these, or the exception that there is instead."""
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
    # Results lost with their workers are computed again: that takes as long as a job, or for ever.
    return client.sync(client.gather, futures, callback_timeout=FETCH)


@contextmanager
def _connected(cluster: Cluster) -> Iterator[tuple[Client, dict[str, Any]]]:
    """Yield a client of the checked cluster and the plan of a run; clean up afterwards."""
    run = uuid.uuid4().hex
    with _client(cluster.address) as client, _probes(cluster.outputs, run) as probes:
        expected = {
            "folder": os.getcwd(),
            "versions": dask_child.versions(),
            "code": dask_child.code_digest(),
            "inputs": _states(cluster.inputs),
            "probes": probes,
            "patience": PATIENCE,
        }
        environment = dict.fromkeys(THREAD_VARIABLES, "1")
        root = str(dask_child.ROOT)
        plan = {"run": run, "address": cluster.address, "root": root, "environment": environment, "expected": expected}
        try:
            _check_workers(client, plan, bool(cluster.outputs))
            yield client, plan
        finally:
            with suppress(OSError, RuntimeError):  # TimeoutError is an OSError; the others: there is no connection
                client.cancel(list(client.futures))
                client.sync(client.run, _Sent(dask_bridge.end_run), run, on_error="ignore",
                            callback_timeout=LEAVE_OFF)  # fmt: skip
            for folder in cluster.outputs:  # listing a folder makes network storage show what others wrote into it
                with suppress(OSError):
                    os.listdir(folder or os.curdir)


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """Connect to a cluster with at least one worker."""
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise MediaError("a cluster needs another package: pip install distributed", address) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told in one line
    quiet = {"distributed.admin.large-graph-warning-threshold": "1TB", "distributed.client.scheduler-info-interval": 5}
    with dask.config.set(quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions are compared below
        try:
            client = Client(address, timeout=CONNECT, set_as_default=False, name="media-tools")
        except Exception as error:  # whatever answers there may be anything
            raise MediaError(
                f"no Dask scheduler answers there ({_reason(error)}): is the address right, and is it running? (dask "
                "scheduler)",
                address,
            ) from error
        try:
            _check_versions(client, address)
            yield client
        finally:
            client.close(timeout=LEAVE_OFF)


def _reason(error: BaseException) -> str:
    """Return the innermost reason of a failed connection."""
    while isinstance(error.__cause__, OSError):
        error = error.__cause__
    return one_line(error)


def _check_versions(client: Client, address: str) -> None:
    """Raise MediaError without workers, or with another version of Python or Dask on the other side."""
    end = time.monotonic() + CONNECT
    while not (found := cast("dict[str, Any]", client.get_versions()))["workers"]:
        if time.monotonic() > end:
            raise MediaError(f"the scheduler has no workers: start some (dask worker {address})", address)
        time.sleep(LOOK / 10)

    def versions(of: Mapping[str, Any]) -> tuple[str, str]:
        return ".".join(str(of["host"]["python"]).split(".")[:2]), str(of["packages"]["distributed"])

    mine = versions(found["client"])
    for name, other in [("the scheduler", found["scheduler"]), *sorted(found["workers"].items())]:
        if other and versions(other) != mine:
            theirs = versions(other)
            raise MediaError(
                f"{name} has Python {theirs[0]} with distributed {theirs[1]}, and here it is Python {mine[0]} with "
                f"distributed {mine[1]}: install the same there as here",
                address,
            )


def _check_workers(client: Client, plan: Mapping[str, Any], writing: bool) -> None:
    """Raise MediaError that names the unusable workers."""
    answers = client.run(_Sent(dask_bridge.examine), plan, on_error="return")
    bad, machines = [], {}
    for worker, said in sorted(answers.items()):
        if isinstance(said, BaseException):
            bad.append(f"worker {worker} fails: {one_line(said)}")
        elif said["unfit"]:
            name = f" on {said['machine'][0]}" if said["machine"][0] else ""
            bad.append(f"worker {worker}{name} {said['unfit']}")
        else:
            machines[tuple(said["machine"])] = worker
    if bad:
        more = f"; and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
        raise MediaError(f"{'; '.join(bad[:NAMED])}{more}", plan["address"])
    names: dict[str, str] = {}
    for (name, _), worker in machines.items() if writing else ():
        if name in names:  # temporary files are told apart by the machine's name
            raise MediaError(
                f"workers {names[name]} and {worker} are on two machines that are both called {name}: give them "
                "different names",
                plan["address"],
            )
        names[name] = worker


def _states(inputs: Sequence[str]) -> list[tuple[str, int]]:
    """Return the folders, and some files spread over all inputs, with their sizes (-1: a folder)."""
    folders = [path or os.curdir for path in dict.fromkeys(inputs) if os.path.isdir(path or os.curdir)]
    files = [path for path in dict.fromkeys(inputs) if os.path.isfile(path)]
    some = files[:: max(-(-len(files) // INPUTS_SEEN), 1)]
    return [(path, -1) for path in folders] + [(path, os.path.getsize(path)) for path in some]


@contextmanager
def _probes(folders: Sequence[str], run: str) -> Iterator[list[str]]:
    """Yield a probe file in each folder, by which workers recognise the folder as ours."""
    made: list[str] = []
    try:
        for folder in dict.fromkeys(folders):
            make_folder(folder)
            path = os.path.join(folder, f".media-tools.{run}")
            try:
                Path(path).touch()
            except OSError as error:
                raise MediaError(f"cannot write to this folder ({error.strerror})", folder) from error
            made.append(path)
        yield made
    finally:
        for path in made:
            with suppress(OSError):
                os.unlink(path)
