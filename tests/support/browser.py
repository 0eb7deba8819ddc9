"""A real browser for tests: headless Chromium, driven through its DevTools by Selenium; or why there is none."""

import base64
import importlib.util
import io
import json
import shutil

import numpy as np
from PIL import Image

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHIFT = 8
LEFT = {"button": "left", "clickCount": 1}
# Seconds that a step may take on a busy machine.
PATIENCE = 20

# No sandbox: containers and root have none; the only pages are ours. Shared memory is small in containers. Nothing is
# looked up, fetched or drawn that no page needs; no process is started, and no page kept, for one that may come.
WORDS = ("headless=new", "no-sandbox", "disable-dev-shm-usage", "mute-audio", "hide-scrollbars", "no-first-run",
         "disable-gpu", "disable-software-rasterizer", "disable-background-networking", "disable-component-update",
         "disable-default-apps", "disable-extensions", "disable-sync", "disable-back-forward-cache",
         "disable-features=Translate,MediaRouter,OptimizationHints,SpareRendererForSitePerProcess")  # fmt: skip
# Promises what an expression gives when it is true, or null after `arguments[1]` ms. It looks in the page: each look
# from here would cost as much as what is tested.
UNTIL = """new Promise((done, failed) => {
    const [values, patience] = arguments, since = performance.now();
    const expression = () => (function () { return %s; }).apply(null, values);
    const look = () => {
      try {
        const found = expression();
        if (found || performance.now() - since > patience) done(found || null);
        else setTimeout(look, 10);
      } catch (error) {
        failed(error);
      }
    };
    look();
  })"""


def missing():
    """Say what is needed for tests in a browser and is not here; "": nothing."""
    wanted = []
    if importlib.util.find_spec("selenium") is None:
        wanted.append("pip install selenium")
    if not any(map(shutil.which, BROWSERS)) or not shutil.which("chromedriver"):
        wanted.append("apt-get install chromium chromium-driver")
    return " and ".join(wanted)


class Browser:
    """One window. What its pages log and ask for is kept until it is looked at."""

    def __init__(self, patience=PATIENCE):
        """patience: seconds that a step may take."""
        from selenium.webdriver import Chrome
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service

        options = Options()
        options.binary_location = next(path for path in map(shutil.which, BROWSERS) if path)
        for word in WORDS:
            options.add_argument(f"--{word}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.name = "Chromium"
        self.address = ""
        self.patience = patience
        self.driver.set_script_timeout(patience + 10)
        self.size()

    def close(self):
        self.driver.quit()

    def size(self, width=1280, height=800, ratio=1, phone=False):
        """Set the window's size in px, the device's pixels to each, and whether it has a touch screen."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": phone}
        self.tell("Emulation.setDeviceMetricsOverride", **metrics)
        self.tell("Emulation.setTouchEmulationEnabled", enabled=phone)

    def tell(self, command, **words):
        """Send a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, words)

    def open(self, address):
        """Open a page again."""
        if "#" in address:  # if nothing else is new, the page would stay
            self.driver.get("about:blank")
        self.logs()
        self.driver.get(address)
        self.address = address.partition("#")[0]

    def run(self, code, *values):
        """Run a script's body; return what it returns."""
        return self.driver.execute_script(code, *values)

    def wait(self, promise, *values):
        """Evaluate an expression that gives a promise; return what it resolves to."""
        code = (
            f"const done = arguments[arguments.length - 1]; ({promise}).then(done, (e) => done({{failed: String(e)}}));"
        )
        return self.driver.execute_async_script(code, *values)

    def until(self, condition, *values):
        """Wait until an expression is true; return what it is then."""
        found = self.wait(UNTIL % condition, values, 1000 * self.patience)
        assert found, f"never: {condition}"
        assert not (isinstance(found, dict) and "failed" in found), (condition, found)
        return found

    def logs(self):
        """Return (messages of the console, addresses that the open page has asked for) since the last call."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        asked = [e["request"]["url"] for e in sent if e["documentURL"].partition("#")[0] == self.address]
        return said, asked

    def picture(self, box=None):
        """Return what is on the screen: uint8 RGB, in the device's pixels; a box (left, top, width, height in px) of it
        takes a fourth of the time."""
        clip = {"clip": dict(zip(("x", "y", "width", "height"), box), scale=1)} if box else {}
        data = self.tell("Page.captureScreenshot", format="png", optimizeForSpeed=True, **clip)["data"]
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            return np.asarray(image.convert("RGB"))

    def mouse(self, kind, x, y, **words):
        self.tell("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, **words)

    def click(self, x, y, **words):
        self.mouse("Moved", x, y)
        self.mouse("Pressed", x, y, **LEFT, **words)
        self.mouse("Released", x, y, **LEFT, **words)

    def double_click(self, x, y):
        self.mouse("Moved", x, y)
        for count in (1, 2):
            for kind in ("Pressed", "Released"):
                self.mouse(kind, x, y, button="left", clickCount=count)

    def drag(self, points, **words):
        """Drag with the left button along points."""
        self.mouse("Moved", *points[0])
        self.mouse("Pressed", *points[0], **LEFT, **words)
        for point in points[1:]:
            self.mouse("Moved", *point, button="left", buttons=1, **words)
        self.mouse("Released", *points[-1], **LEFT, **words)

    def download_to(self, folder):
        """Have what is saved go to a folder; return where it comes."""
        self.tell("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        return folder

    def touch(self, kind, *points):
        """Touch with one finger per point (Start, Move), or lift them (End)."""
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self.tell("Input.dispatchTouchEvent", type=f"touch{kind}", touchPoints=fingers)

    def key(self, key, code="", text="", number=0):
        """Press a key: its name or letter. The code is its place on the keyboard."""
        words = {"key": key, "code": code or key, "windowsVirtualKeyCode": number}
        self.tell("Input.dispatchKeyEvent", type="keyDown", **words, **({"text": text} if text else {}))
        self.tell("Input.dispatchKeyEvent", type="keyUp", **words)
