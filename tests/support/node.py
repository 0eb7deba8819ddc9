"""The page's scripts in Node, without a browser: see fake_page.js."""

import json
import re
import shutil
import subprocess

from tests.support.media_factory import ROOT

NODE = shutil.which("node")
# In the order of the page; all of them only define what they hold.
MODULES = tuple(re.findall(r'<script defer src="([\w-]+)\.js"', (ROOT / "explorer/index.html").read_text("utf-8")))


def evaluate(code, page=False):
    """What an expression gives, with all modules there as on the page; page: and a page, without a browser."""
    names = [f"explorer/{name}.js" for name in MODULES]
    sources = [(ROOT / name).read_text("utf-8") for name in (["tests/support/fake_page.js"] if page else []) + names]
    told = "\n".join(
        [*sources, f"Promise.resolve((() => {{ {code} }})()).then((v) => process.stdout.write(JSON.stringify(v)));"]
    )
    done = subprocess.run([NODE, "-"], input=told, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
