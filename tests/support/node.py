"""The page's scripts in Node, without a browser: see fake_page.js. One process runs all cases: see node_cases.js."""

import atexit
import functools
import json
import re
import shutil
import subprocess
import threading

from tests.support.media_factory import ROOT

NODE = shutil.which("node")
PATIENCE = 120  # s: then a case is stopped that does not give way to anything
# In the order of the page; all of them only define what they hold.
MODULES = tuple(re.findall(r'<script defer src="([\w-]+)\.js"', (ROOT / "explorer/index.html").read_text("utf-8")))


@functools.cache
def _process():
    process = subprocess.Popen(
        [NODE, ROOT / "tests/support/node_cases.js"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    atexit.register(_end, process)
    plain = "\n".join((ROOT / f"explorer/{name}.js").read_text("utf-8") for name in MODULES)
    fake = (ROOT / "tests/support/fake_page.js").read_text("utf-8")
    _tell(process, plain=plain, page=f"{fake}\n{plain}")
    return process


def _tell(process, **what):
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()


def _end(process):
    process.communicate()  # it ends when nothing more can come


def evaluate(code, page=False):
    """What an expression gives, with all modules there as on the page; page: and a page, without a browser."""
    process = _process()
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    _tell(process, code=code, page=page)
    line = process.stdout.readline()
    timer.cancel()
    if not line:
        _process.cache_clear()
        raise AssertionError(f"Node ended with status {process.wait()}")
    told = json.loads(line)
    assert "value" in told, told.get("failed", "nothing is returned")[-3000:]
    return json.loads(told["value"])
