"""Firefox without a window, driven by WebDriver BiDi, which it speaks itself; or why there is none."""

import base64
import functools
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.browser import UNTIL

BROWSERS = ("firefox", "firefox-esr")
PATIENCE = 120  # s that something may take on a machine that is busy
DEVICE_PATIENCE = 30  # s in which a device of sound answers, if there is one
NEEDS_DEVICE = "apt-get install pulseaudio (Firefox plays nothing without a device)"
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.download.alwaysOpenPanel": False,
    "browser.download.folderList": 2,  # the folder that is named in browser.download.dir
    "datareporting.policy.dataSubmissionEnabled": False,
    "remote.active-protocols": 1,
    "dom.w3c_touch_events.enabled": 1,
    "layout.css.prefers-color-scheme.content-override": 1,  # light
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    # One process for the page, none for what no page here needs: it starts in half of the time.
    "dom.ipc.processCount": 1,
    "dom.ipc.processPrelaunch.enabled": False,
    "extensions.enabledScopes": 0,
    "extensions.webextensions.remote": False,
    "fission.autostart": False,
}
ARROWS = {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015"}
KEYS = {"Enter": "\ue007", "Escape": "\ue00c"} | ARROWS


def missing():
    """Say what is needed for tests in Firefox and is not here; "": nothing."""
    wanted = []
    if importlib.util.find_spec("websocket") is None:
        wanted.append("pip install websocket-client")
    if not any(map(shutil.which, BROWSERS)):
        wanted.append("apt-get install firefox-esr")
    return " and ".join(wanted)


def silent():
    """Say what is needed for tests that play in Firefox and is not here; "": nothing, as far as is seen without it."""
    if sys.platform != "linux" or _may_play():
        return ""
    return NEEDS_DEVICE


def _may_play():
    """Whether there is a device to play sound on, or a sound server, or one can be started: seen without a browser."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")
    servers = (f"{runtime}/pulse", f"{runtime}/pipewire-0", "/dev/snd")
    return bool(shutil.which("pulseaudio") or os.environ.get("PULSE_SERVER") or any(map(os.path.exists, servers)))


class Speaker:
    """A sound server whose only device is silent, if there is one to start: without a device, Firefox plays nothing."""

    def __init__(self, folder):
        self.process, self.variables = None, {}
        if not shutil.which("pulseaudio"):
            return
        self.variables = {"XDG_RUNTIME_DIR": str(folder)}
        socket = Path(folder) / "pulse" / "native"
        modules = ["module-null-sink", "module-native-protocol-unix auth-anonymous=1"]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", *(f"--load={m}" for m in modules)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | self.variables)
        end = time.monotonic() + PATIENCE
        while not socket.exists() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(PATIENCE)


class Firefox:
    """One window, with the methods of `tests.support.browser.Browser` that the tests of the page use."""

    def __init__(self):
        self.name = "Firefox"
        self.folder = tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True)
        self.socket = self.process = self.speaker = None
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self):
        import websocket

        self.downloads = Path(self.folder.name) / "downloads"
        self.downloads.mkdir()
        preferences = PREFERENCES | {"browser.download.dir": str(self.downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
        (Path(self.folder.name) / "user.js").write_text("\n".join(lines))
        self.speaker = Speaker(self.folder.name)
        program = next(path for path in map(shutil.which, BROWSERS) if path)
        command = [program, "--headless", "--no-remote", "--profile", self.folder.name, "--remote-debugging-port", "0"]
        variables = os.environ | self.speaker.variables
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=variables
        )
        address = next(found[0] for line in self.process.stderr if (found := re.search(r"ws://[\d.]+:\d+", line)))
        # What it says later is read, and goes nowhere: the pipe is never full.
        threading.Thread(target=lambda: list(self.process.stderr), daemon=True).start()
        self.socket = websocket.create_connection(f"{address}/session", timeout=PATIENCE + 10, suppress_origin=True)
        self.number, self.events = 0, []
        self.tell("session.new", capabilities={})
        self.tell("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.context = self.tell("browsingContext.getTree")["contexts"][0]["context"]

    def close(self):
        if self.socket:
            self.socket.close()
        if self.process:
            self.process.terminate()
            self.process.wait(PATIENCE)
        if self.speaker:
            self.speaker.close()
        self.folder.cleanup()

    def tell(self, method, **words):
        """Send a command; return its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": words}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif answer["type"] == "error":
                raise RuntimeError(f"{method}: {answer['message']}")
            else:
                return answer["result"]

    @functools.cached_property
    def plays(self):
        """Return whether sound begins to play after a click: a device is there, or time to wait for one is over."""
        self.open("about:blank")
        self.run("document.onclick = () => { window.sound = new AudioContext(); window.sound.resume(); }; return 0")
        self.click(10, 10)
        try:
            return self.until("window.sound && window.sound.state === 'running'", patience=DEVICE_PATIENCE)
        except AssertionError:
            return False

    def size(self, width=1280, height=800, ratio=1, phone=False):
        viewport = {"width": width, "height": height}
        self.tell("browsingContext.setViewport", context=self.context, viewport=viewport, devicePixelRatio=ratio)

    def open(self, address):
        self.tell("browsingContext.navigate", context=self.context, url="about:blank", wait="complete")
        self.logs()
        self.tell("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def run(self, code, *values):
        """Run a script's body; return what it returns, or what that resolves to."""
        body = f"async (t) => JSON.stringify((await (function () {{ {code} }}).apply(null, JSON.parse(t))) ?? null)"
        words = {"target": {"context": self.context}, "awaitPromise": True}
        argument = [{"type": "string", "value": json.dumps(values)}]
        told = self.tell("script.callFunction", functionDeclaration=body, arguments=argument, **words)
        assert told["type"] == "success", told
        return json.loads(told["result"]["value"])

    def wait(self, promise, *values):
        """Evaluate an expression that gives a promise; return what it resolves to."""
        return self.run(f"return {promise}", *values)

    def until(self, condition, *values, patience=PATIENCE):
        """Wait until an expression is true; return what it is then."""
        found = self.wait(UNTIL % condition, values, 1000 * patience)
        assert found, f"never: {condition}"
        return found

    def logs(self):
        """Return (messages of the console, addresses that were asked for) since the last call."""
        self.run("return 0")  # what has happened so far has come
        events, self.events = self.events, []
        said = [e["params"]["text"] for e in events if e.get("method") == "log.entryAdded"]
        asked = [e["params"]["request"]["url"] for e in events if e.get("method") == "network.beforeRequestSent"]
        return said, asked

    def picture(self, box=None):
        """Return what is on the screen, or in a box of it (left, top, width, height in px): uint8 RGB, in the device's
        pixels."""
        clip = {"clip": dict(zip(("x", "y", "width", "height"), box), type="box")} if box else {}
        data = self.tell("browsingContext.captureScreenshot", context=self.context, **clip)["data"]
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            return np.asarray(image.convert("RGB"))

    def pointer(self, *actions):
        self.pointers("mouse", [actions])

    def pointers(self, kind, all_actions):
        """Have the mouse, or fingers, do something: a list of actions for each."""
        sources = [
            {"type": "pointer", "id": f"{kind} {n}", "parameters": {"pointerType": kind}, "actions": list(actions)}
            for n, actions in enumerate(all_actions)
        ]
        self.tell("input.performActions", context=self.context, actions=sources)

    def touch(self, kind, *points):
        """Touch with one finger per point (Start, Move), or lift them (End)."""
        moves = [[{"type": "pointerMove", "x": round(x), "y": round(y)}] for x, y in points]
        if kind == "Start":
            self.fingers = len(points)
            moves = [[*move, {"type": "pointerDown", "button": 0}] for move in moves]
        elif kind == "End":
            moves = [[{"type": "pointerUp", "button": 0}]] * self.fingers
        self.pointers("touch", moves)

    def download_to(self, folder):
        """Return where what is saved comes: the folder of all downloads."""
        return self.downloads

    def mouse(self, kind, x, y, **_):
        assert kind == "Moved"
        self.pointer({"type": "pointerMove", "x": round(x), "y": round(y)})

    def click(self, x, y):
        self.mouse("Moved", x, y)
        self.pointer({"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})

    def double_click(self, x, y):
        self.mouse("Moved", x, y)
        self.pointer(*({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp") * 2))

    def drag(self, points):
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y)} for x, y in points]
        self.pointer(moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0})

    def key(self, key, code="", text="", number=0):
        """Press a key: its name or letter."""
        actions = [{"type": kind, "value": KEYS.get(key, key)} for kind in ("keyDown", "keyUp")]
        self.tell(
            "input.performActions", context=self.context, actions=[{"type": "key", "id": "keys", "actions": actions}]
        )
