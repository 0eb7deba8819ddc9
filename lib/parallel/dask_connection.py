"""A connection to a Dask cluster: found quickly or not at all, with workers fit for our jobs."""

from __future__ import annotations

import logging
import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lib.errors import MediaError, one_line
from lib.io.files import make_folder
from lib.parallel import dask_bridge, dask_child
from lib.parallel.jobs import THREAD_VARIABLES, Cluster
from lib.parallel.scheduler import find_scheduler, nobody, within

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
# Seconds for a connection to the scheduler, and for a first worker to appear.
CONNECT = 4.0
# Seconds between two looks for workers.
LOOK = 0.2
# Seconds for workers to end our processes after a run.
LEAVE_OFF = 10.0
# Input files, spread over all of them, that each worker must see: enough to detect unmounted storage.
INPUTS_SEEN = 8
# Seconds for a file to become visible elsewhere: network storage caches the absence of files for a while.
PATIENCE = 5.0
# Workers named in a message.
NAMED = 3


def by_value(thing: Callable[..., Any]) -> bytes:
    """Return a function of `dask_bridge` as its code, pickled, since workers cannot import it."""
    import cloudpickle

    cloudpickle.register_pickle_by_value(dask_bridge)
    try:
        return cloudpickle.dumps(thing)
    finally:
        cloudpickle.unregister_pickle_by_value(dask_bridge)


class Sent:
    """A function of `dask_bridge` that arrives as its code."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._code = by_value(function)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[bytes]]:
        import cloudpickle

        return cloudpickle.loads, (self._code,)


@contextmanager
def connected(cluster: Cluster) -> Iterator[tuple[Client, dict[str, Any]]]:
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
            with suppress(Exception):  # a connection that is lost, slow, or closed by Dask, each in its own way
                client.cancel(list(client.futures))
                client.sync(client.run, Sent(dask_bridge.end_run), run, on_error="ignore",
                            callback_timeout=LEAVE_OFF)  # fmt: skip
            for folder in cluster.outputs:  # listing a folder makes network storage show what others wrote into it
                with suppress(OSError):
                    os.listdir(folder or os.curdir)


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """Connect to a cluster with at least one worker."""
    try:
        there = find_spec("distributed") is not None
    except ValueError:  # it is blocked
        there = False
    if not there:
        raise MediaError("a cluster needs another package: pip install distributed", address)
    find_scheduler(address)  # before Dask is imported, which takes a second
    import dask
    from distributed import Client

    class QuietClient(Client):
        """A client that is closed here, and not again by the garbage collector, which would print a traceback."""

        def __del__(self) -> None:
            pass

    def connect() -> Client:
        return QuietClient(address, timeout=CONNECT, set_as_default=False, name="media-tools")

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # errors are reported in one line
    quiet = {"distributed.admin.large-graph-warning-threshold": "1TB", "distributed.client.scheduler-info-interval": 5}
    with dask.config.set(quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions are compared below
        try:
            client = within(CONNECT, connect)
        except Exception as error:  # the other side may be any program
            raise nobody(address, error) from error
        try:
            _check_versions(client, address)
            yield client
        finally:
            client.close(timeout=LEAVE_OFF)


def _check_versions(client: Client, address: str) -> None:
    """Raise MediaError without workers, or with another version of Python or Dask on the other side."""
    end = time.monotonic() + CONNECT
    while not (found := cast("dict[str, Any]", client.get_versions()))["workers"]:
        if time.monotonic() > end:
            raise MediaError(f"the scheduler has no workers: start some (dask worker {address})", address)
        time.sleep(LOOK)

    def versions(of: Mapping[str, Any]) -> tuple[str, str]:
        return ".".join(str(of["host"]["python"]).split(".")[:2]), str(of["packages"]["distributed"])

    mine = versions(found["client"])
    for name, other in [("the scheduler", found["scheduler"]), *sorted(found["workers"].items())]:
        if other and versions(other) != mine:
            theirs = versions(other)
            raise MediaError(
                f"{name} has Python {theirs[0]} with distributed {theirs[1]}, this machine Python {mine[0]} with "
                f"distributed {mine[1]}: install the same versions on both",
                address,
            )


def _check_workers(client: Client, plan: Mapping[str, Any], writing: bool) -> None:
    """Raise MediaError that names the unusable workers."""
    answers = client.run(Sent(dask_bridge.examine), plan, on_error="return")
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
