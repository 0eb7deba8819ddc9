"""Jobs on a cluster: the same outcomes as here, whatever dies on the way, and clear words for what is wrong with it."""

import contextlib
import itertools
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from lib.errors import MediaError
from lib.parallel import dask_child, dask_connection, dask_run, scheduler
from lib.parallel.dask_run import check_cluster
from lib.parallel.jobs import AHEAD, DIED, THREAD_VARIABLES, Cluster, Outcome, on_cluster
from lib.parallel.run import run_many
from tests.lib.parallel.test_run import in_order
from tests.support.dask_cluster import DaskCluster
from tests.support.each import each
from tests.support.jobs import kill_worker, surroundings, work
from tests.support.media_factory import ROOT

JOBS = [3, "media", 1, "value", 2, "silent", "memory", 4, "exit", 5, "kill", 6]
# Those that end the process that does them.
DEADLY = ("exit", "kill")


@pytest.fixture
def two_workers(dask_cluster):
    """The cluster, with its second worker whatever became of it in the test."""
    yield dask_cluster
    if len(dask_cluster.workers) > 1 and dask_cluster.workers[-1].is_dead():
        dask_cluster.workers.pop()
    if len(dask_cluster.workers) < 2:
        dask_cluster.add_worker("--no-nanny")


@pytest.fixture
def client(dask_cluster):
    """Somebody else who uses the cluster."""
    from distributed import Client

    with Client(dask_cluster.address, set_as_default=False) as client:
        yield client


@pytest.mark.slow
def test_outcomes_are_those_of_local_workers(dask_cluster):
    there = in_order(run_many(work, JOBS, 1, Cluster(dask_cluster.address)))
    dead = {n: Outcome(n, job, error=DIED, kind=BrokenProcessPool) for n, job in enumerate(JOBS) if job in DEADLY}
    assert [there[n] for n in dead] == list(dead.values())
    jobs = [job for job in JOBS if job not in DEADLY]
    here = iter(run_many(work, jobs, 1))
    assert [replace(o, index=0) for n, o in enumerate(there) if n not in dead] == [replace(o, index=0) for o in here]


def test_without_jobs_there_is_nothing_to_ask_a_cluster_for():
    assert list(run_many(work, [], 1, Cluster("tcp://127.0.0.1:1"))) == []
    assert on_cluster("", ["a"]) is None
    assert on_cluster("tcp://x:1", ["a"], ["b"]) == Cluster("tcp://x:1", ("a",), ("b",))


@pytest.mark.slow
def test_jobs_run_in_our_folder_in_processes_of_one_thread(dask_cluster, workplace):
    jobs = [f"it's %s {n}\n\N{SNOWMAN}.txt" for n in range(6)]
    outcomes = list(run_many(surroundings, jobs, 1, Cluster(dask_cluster.address, (), ("",))))
    assert {outcome.error for outcome in outcomes} == {""}
    for outcome in outcomes:
        assert outcome.result[:3] == (str(workplace), ["1"] * len(THREAD_VARIABLES), str(ROOT))
    assert len({outcome.result[3] for outcome in outcomes}) <= 2
    assert sorted(os.listdir()) == sorted(jobs)


@pytest.mark.slow
def test_workers_are_as_they_were(dask_cluster, client):
    def state(dask_worker):
        import multiprocessing
        import os
        import sys

        import psutil

        children = sorted(child.name() for child in psutil.Process().children() if child.status() != "zombie")
        ours = sorted(name for name in sys.modules if name == "lib" or name.startswith("lib."))
        mine = sorted(name for name in vars(dask_worker) if "media" in name and vars(dask_worker)[name])
        return (
            os.getcwd(),
            sys.path,
            ours,
            children,
            mine,
            dask_worker.plugins.keys(),
            multiprocessing.active_children(),
        )

    before = client.run(state)
    jobs = [1, "value", "exit", 2]
    assert len(list(run_many(work, jobs, 1, Cluster(dask_cluster.address)))) == len(jobs)
    assert client.run(state) == before
    assert client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) == 0


@pytest.mark.slow
def test_the_number_of_jobs_under_way_is_limited(dask_cluster):
    class Jobs(list):
        taken = 0

        def __getitem__(self, index):
            self.taken = max(self.taken, index + 1)
            return super().__getitem__(index)

    jobs = Jobs(range(40))
    ahead = []
    for done, _ in enumerate(run_many(abs, jobs, 1, Cluster(dask_cluster.address))):
        ahead.append(jobs.taken - done)
    assert len(ahead) == 40
    # Those under way, and those of a batch that are done but not yet yielded.
    assert AHEAD * 2 <= max(ahead) <= 2 * AHEAD * 2


@pytest.mark.slow
def test_a_worker_that_dies_costs_nothing(two_workers):
    outcomes = run_many(work, list(range(20)), 1, Cluster(two_workers.address))
    found = [next(outcomes)]
    two_workers.kill_worker()
    found += outcomes
    assert [(o.index, o.result, o.error) for o in in_order(found)] == [(n, n * n, "") for n in range(20)]


@pytest.mark.slow
def test_a_job_that_kills_every_worker_costs_only_itself(two_workers):
    jobs = [1, "poison", 3, 4, 5]
    outcomes = in_order(run_many(kill_worker, jobs, 1, Cluster(two_workers.address)))
    assert [o.result for o in outcomes] == [1, None, 3, 4, 5]
    assert outcomes[1].error == f"{DIED}, and so did the next ones"


PROGRAM = """
import os, sys
sys.path.insert(0, {root!r})
from lib.cli import Parser, run_main
from lib.parallel.jobs import Cluster
from lib.parallel.run import run_many
from tests.support.jobs import hold

def run(args):
    print(len(list(run_many(hold, [1, 2], 1, Cluster({address!r})))))

if __name__ == "__main__":
    sys.exit(run_main(Parser("x"), run, []))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_what_is_under_way_ends_with_whoever_wants_it(dask_cluster, tmp_path, number, status):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "program.py").write_text(PROGRAM.format(root=str(ROOT), address=dask_cluster.address))
    child = subprocess.Popen(
        [sys.executable, "program.py"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with child, open(tmp_path / "pipe", "rb", buffering=0) as pipe:
        said = b""
        while len(said) < 2:
            said += pipe.read(1)
        child.send_signal(number)
        out, err = child.communicate()
        while pipe.read(1):
            pass
    assert (child.returncode, out) == (status, "")
    assert err.count("\n") == (number == signal.SIGINT)
    # They had the time to tidy up.
    assert sorted(path.name for path in tmp_path.glob("tidy*")) == ["tidy1", "tidy2"]


@pytest.fixture
def short_waits(monkeypatch):
    monkeypatch.setattr(dask_connection, "CONNECT", 2.0)
    monkeypatch.setattr(dask_connection, "PATIENCE", 0.0)
    monkeypatch.setattr(dask_run, "NO_WORKERS", 0.3)
    monkeypatch.setattr(dask_run, "LOOK", 0.05)
    monkeypatch.setattr(dask_run, "FETCH", 0.3)


class Silent(socketserver.BaseRequestHandler):
    """Something that waits for a question."""

    def handle(self):
        self.request.recv(1 << 16)


class Closing(socketserver.BaseRequestHandler):
    """Something that wants no connection."""


class Chatty(socketserver.BaseRequestHandler):
    """Something that greets, as ssh and mail servers do."""

    def handle(self):
        self.request.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")


class Dripping(socketserver.BaseRequestHandler):
    """Something that says less than a greeting."""

    def handle(self):
        self.request.sendall(b"abc")
        self.request.recv(1 << 16)


class Feigning(socketserver.BaseRequestHandler):
    """Something that greets as a scheduler does, and then says no more."""

    def handle(self):
        self.request.sendall((100).to_bytes(8, "little") + bytes(50))
        while self.request.recv(1 << 16):
            pass


@pytest.fixture
def listening():
    """Return a function that starts something that listens on a port, and returns the port."""
    servers = []

    def listen(handler):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server.server_address[1]

    yield listen
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (Silent, "the port is open, but nothing answers"),
        (SimpleHTTPRequestHandler, "the port is open, but nothing answers"),
        (Dripping, "the port is open, but nothing answers"),
        (Closing, "the connection was closed at once"),
        (Chatty, "another program uses this port"),
        (Feigning, "no answer within"),
    ],
)
def test_a_port_of_something_else_is_reported_soon(listening, short_waits, monkeypatch, handler, reason):
    monkeypatch.setattr(dask_connection, "CONNECT", 0.2)
    monkeypatch.setattr(scheduler, "GREETING", 0.3)
    address = f"tcp://127.0.0.1:{listening(handler)}"
    begun = time.monotonic()
    with pytest.raises(MediaError, match=rf"^{address}: no Dask scheduler answers there \(.*{reason}.*\): give"):
        check_cluster(Cluster(address))
    assert time.monotonic() - begun < 5


def test_waits_for_a_connection_are_less_than_ten_seconds():
    assert scheduler.GREETING + scheduler.LOOK_UP + dask_connection.CONNECT <= 8


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "tcp://[::1]:1", "tls://127.0.0.1:1"])
def test_nobody_there(short_waits, address):
    with pytest.raises(MediaError, match=r": no Dask scheduler answers there \(") as error:
        check_cluster(Cluster(address))
    assert "\n" not in str(error.value)


def impatient(check, *words):
    """Wait for no worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask_connection, "CONNECT", 0.2)
        check(*words)


@pytest.mark.slow
def test_a_cluster_that_comes_and_goes(tmp_path, short_waits, monkeypatch):
    cluster = DaskCluster(tmp_path)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(dask_connection, "_check_versions", partial(impatient, dask_connection._check_versions))
            with pytest.raises(MediaError, match="the scheduler has no workers: start some"):
                check_cluster(Cluster(cluster.address))
        cluster.add_worker("--no-nanny")
        outcomes = run_many(work, list(range(40)), 1, Cluster(cluster.address))
        assert next(outcomes).error == ""
        cluster.kill_worker()
        with pytest.raises(MediaError, match="all workers of the cluster are gone"):
            list(outcomes)
        cluster.add_worker("--no-nanny")
        outcomes = run_many(work, list(range(40)), 1, Cluster(cluster.address))
        assert next(outcomes).error == ""
        cluster.kill_scheduler()
        with pytest.raises(MediaError, match="the connection to the cluster was lost"):
            list(outcomes)
    finally:
        cluster.close()


def test_a_client_that_dask_has_closed_is_a_lost_connection(dask_cluster):
    with dask_connection.connected(Cluster(dask_cluster.address)) as (client, plan):
        run = dask_run._Run(client, plan, work, [1])
        client.close()
        for use in (run._threads, lambda: run._submit(0, 0)):
            with pytest.raises(MediaError, match="the connection to the cluster was lost"):
                use()


def test_the_package_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MediaError, match="tcp://x:1: a cluster needs another package: pip install distributed"):
        check_cluster(Cluster("tcp://x:1"))


def test_workers_with_other_packages_are_named(dask_cluster, monkeypatch):
    here = {**dask_child.versions(), "numpy": "0.1"}
    monkeypatch.setattr(dask_child, "versions", lambda: here)
    with pytest.raises(MediaError, match=r"worker tcp://\S+ on \S+ has numpy [\d.]+ \(here 0.1\): install"):
        check_cluster(Cluster(dask_cluster.address))


def test_workers_with_another_python_are_named(dask_cluster, monkeypatch):
    from distributed import versions

    real = versions.get_versions
    mine = {"python": "3.99.0.final.0"}
    monkeypatch.setattr(versions, "get_versions", lambda **how: {**real(**how), "host": {**real()["host"], **mine}})
    with pytest.raises(
        MediaError, match=r"the scheduler has Python 3\.\d+ with distributed .* this machine Python 3.99"
    ):
        check_cluster(Cluster(dask_cluster.address))


@pytest.mark.slow
def test_workers_with_other_code_are_named(dask_cluster, monkeypatch):
    monkeypatch.setattr(dask_child, "code_digest", lambda: "another")
    with pytest.raises(MediaError, match=r"worker tcp://\S+ on \S+ has another version of "):
        check_cluster(Cluster(dask_cluster.address))


def test_workers_without_the_project_are_named(dask_cluster, monkeypatch, tmp_path):
    monkeypatch.setattr(dask_child, "ROOT", tmp_path / "not there")
    monkeypatch.setattr(dask_child, "code_digest", lambda: "")
    with pytest.raises(MediaError, match=r"worker tcp://\S+ cannot see this project's folder .*not there"):
        check_cluster(Cluster(dask_cluster.address))
    monkeypatch.setattr(dask_child, "ROOT", tmp_path)
    with pytest.raises(MediaError, match=r"worker tcp://\S+ cannot start .*: see its log"):
        check_cluster(Cluster(dask_cluster.address))


@pytest.fixture
def only_here(workplace):
    """A path that only this process sees: /proc/self is another in each."""
    (workplace / "folder").mkdir()
    number = os.open(workplace / "folder", os.O_RDONLY)
    os.dup2(number, 600)
    os.close(number)
    yield "/proc/self/fd/600"
    os.close(600)


@pytest.mark.slow
def test_workers_that_do_not_see_the_input_are_named(dask_cluster, only_here, short_waits):
    Path("folder/a.wav").write_text("sound")
    for seen in (only_here, f"{only_here}/a.wav"):
        inputs = ("folder", "folder/a.wav", "not here either", seen)
        with pytest.raises(MediaError, match=rf"worker tcp://\S+ on \S+ cannot see the input {seen} "):
            check_cluster(Cluster(dask_cluster.address, inputs))


def test_workers_that_cannot_write_are_named(dask_cluster, only_here, short_waits):
    with pytest.raises(
        MediaError, match=rf"worker tcp://\S+ on \S+ cannot write to .* {only_here} \(it is not there\)"
    ):
        check_cluster(Cluster(dask_cluster.address, (), ("folder", only_here)))
    assert os.listdir("folder") == []


def expected(**more):
    return {"versions": {}, "code": dask_child.code_digest(), "folder": os.getcwd(), "inputs": [], "probes": [],
            "patience": 0.0, **more}  # fmt: skip


@pytest.mark.slow
def test_what_a_machine_says_of_itself(workplace):
    Path("a.wav").write_text("sound")
    Path("out").mkdir()
    assert dask_child.unfit(expected(inputs=[("a.wav", 5), (".", -1)])) == ""
    assert "(it has another file as /" in dask_child.unfit(expected(inputs=[("a.wav", 6)]))
    assert "(it has nothing as /" in dask_child.unfit(expected(inputs=[("b.wav", 6)]))
    assert "(it has nothing as /" in dask_child.unfit(expected(inputs=[("a.wav", -1)]))
    said = dask_child.unfit(expected(probes=["out/.probe"]))
    assert said == "cannot write to the output folder out (it is another folder than here: the storage is not shared)"
    Path("out/.probe").touch()
    assert dask_child.unfit(expected(probes=["out/.probe"])) == ""
    assert os.listdir("out") == [".probe"]
    assert dask_child.unfit(expected(probes=["/dev/null"])).startswith("cannot write to the output folder /dev (")


def test_a_working_directory_that_is_not_shared_matters_only_to_relative_paths(workplace):
    (workplace / "a.wav").write_text("sound")
    gone = str(workplace / "not there")
    assert dask_child.unfit(expected(folder=gone, inputs=[(str(workplace / "a.wav"), 5)])) == ""
    said = dask_child.unfit(expected(folder=gone, inputs=[("a.wav", 5)]))
    assert said == f"cannot see the working directory {gone} (No such file or directory)"
    both = [(str(workplace / "a.wav"), 5), ("a.wav", 5)]
    assert dask_child.unfit(expected(folder=gone, inputs=both)) == said
    assert dask_child.unfit(expected(folder=gone, probes=["probe"])) == said


@pytest.mark.parametrize(("size", "what"), [(0, "another file as"), (9, "another file as"), (-1, "nothing as")])
def test_another_file_in_the_place_of_an_input_is_told_from_none(workplace, size, what):
    (workplace / "a.wav").write_text("sound")
    said = dask_child.unfit(expected(inputs=[("a.wav", size)], patience=0.0))
    assert said == f"cannot see the input a.wav (it has {what} {workplace / 'a.wav'})"
    gone = dask_child.unfit(expected(inputs=[("b.wav", size)], patience=0.0))
    assert gone == f"cannot see the input b.wav (it has nothing as {workplace / 'b.wav'})"


def test_a_file_that_network_storage_shows_late_is_waited_for(workplace):
    late = threading.Timer(0.1, Path("late.wav").touch)
    late.start()
    assert dask_child.unfit(expected(inputs=[("late.wav", 0)], patience=60.0)) == ""
    late.join()


class FakeClient:
    def __init__(self, answers):
        self.answers, self.futures, self.told = answers, {"a": 1, "b": 2}, []

    def run(self, *_, **__):
        return self.answers

    def cancel(self, futures):
        self.told.append(futures)

    def sync(self, call, function, run, **how):
        self.told.append((call, function.__reduce__()[0](*function.__reduce__()[1]).__name__, run, how["on_error"]))


@pytest.mark.parametrize("lost", [False, True])
def test_after_a_run_its_jobs_end_its_probes_go_and_its_folders_are_listed(workplace, monkeypatch, lost):
    client = FakeClient({})
    if lost:
        client.cancel = lambda futures: 1 / 0
    monkeypatch.setattr(dask_connection, "_client", lambda address: contextlib.nullcontext(client))
    listed, list_folder = [], os.listdir
    plan = {}

    def run():
        with dask_connection.connected(Cluster("tcp://x:1", (), ("", "there", "gone"))) as (_, now):
            plan.update(now)
            probes = plan["expected"]["probes"]
            assert [os.path.dirname(path) for path in probes] == ["", "there", "gone"]
            assert {os.path.basename(path) for path in probes} == {f".media-tools.{plan['run']}"}
            assert all(map(os.path.isfile, probes))
            assert client.told == []
            shutil.rmtree("gone")
            monkeypatch.setattr(os, "listdir", lambda folder: listed.append(folder) or list_folder(folder))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    # Network storage shows what workers wrote into a folder once that is listed.
    assert listed == [".", "there", "gone"]
    assert client.told == ([] if lost else [["a", "b"], (client.run, "end_run", plan["run"], "ignore")])
    assert list_folder() == ["there"]
    assert list_folder("there") == []


def test_two_machines_of_one_name_may_not_write_together():
    answers = {f"tcp://{n}": {"unfit": "", "machine": ["ubuntu", f"boot {n}"]} for n in (1, 2)}
    plan = {"address": "a"}
    dask_connection._check_workers(FakeClient(answers), plan, False)
    with pytest.raises(MediaError, match="workers tcp://1 and tcp://2 are on two machines that are both called ubuntu"):
        dask_connection._check_workers(FakeClient(answers), plan, True)


def test_of_many_workers_that_are_unfit_some_are_named():
    answers = {f"tcp://{n}": {"unfit": "is odd", "machine": ["", ""]} for n in range(1, 6)}
    with pytest.raises(MediaError, match=r"^a: worker tcp://1 is odd; .* worker tcp://3 is odd; and 2 more$"):
        dask_connection._check_workers(
            FakeClient({**answers, "tcp://3": OSError("is odd")} | answers), {"address": "a"}, False
        )
    with pytest.raises(MediaError, match="worker tcp://3 fails: broken"):
        dask_connection._check_workers(FakeClient({"tcp://3": OSError("broken")}), {"address": "a"}, False)


@each("count", [1, 7, 8, 9, 20, 1000])
def test_of_many_inputs_workers_must_see_some_spread_over_all_of_them(workplace, count):
    names = [f"{n}.wav" for n in range(count)]
    for n, name in enumerate(names):
        Path(name).write_bytes(b"x" * n)
    Path("folder").mkdir()
    folder, *files = dask_connection._states(["folder", *names, *names, "gone.wav"])
    assert folder == ("folder", -1)
    places = [size for _, size in files]
    assert [name for name, _ in files] == [names[place] for place in places]
    assert len(files) == count if count <= 8 else 4 < len(files) <= 8
    assert places[0] == 0
    # No gap, not even the one at the end, is wider than another by more than a step.
    gaps = [after - before for before, after in itertools.pairwise([*places, count])]
    assert len(set(gaps[:-1])) <= 1
    assert gaps[-1] <= max(gaps[:-1], default=1)


def test_what_appears_within_the_patience_is_there(monkeypatch):
    monkeypatch.setattr(dask_child.time, "sleep", lambda seconds: None)
    looks = iter([False, False, True])
    assert dask_child._soon(lambda: next(looks), 60)
    assert not dask_child._soon(lambda: False, 0.01)
