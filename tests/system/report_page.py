#!/usr/bin/env python3
"""Opens a page of the simulator's report in Chromium, in light and in dark, wide and narrow, and looks at it.

  1. nothing is fetched, nothing is logged as an error, no script but the page's own runs
  2. every chart is drawn, within the window's width at 800 pixels
  3. a click on a heading sorts the table, a second one the other way round
  4. the screenshots are pictures: many colours, a light ground and a dark one

Usage: report_page.py PROGRAM | PAGE.html [SCREENSHOTS]: a program that prints the page, or the page; with a folder, the
screenshots are kept there. Exit code: 0 passed, 1 failed, 77 skipped, with its reason. Needs no Python package.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

PATIENCE = 60  # seconds for one answer of the browser


class Failed(Exception):
    pass


def require(condition, words):
    if not condition:
        raise Failed(words)


class Browser:
    """Chromium without a window, spoken to over a pair of pipes (its --remote-debugging-pipe: file descriptors 3 and 4,
    messages of JSON that end with a zero byte)."""

    def __init__(self, program, profile):
        to_child, self.write_fd = os.pipe()
        self.read_fd, from_child = os.pipe()
        # Out of the way, so that neither is 3 or 4 before it is put there.
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (to_child, from_child)]

        def place():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe",
             "--user-data-dir=" + profile, "about:blank"],
            close_fds=False, preexec_fn=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL)
        for fd in (to_child, from_child, *ends):
            os.close(fd)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.events = []

    def message(self):
        until = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            require(select.select([self.read_fd], [], [], max(0, until - time.monotonic()))[0], "the browser is silent")
            chunk = os.read(self.read_fd, 1 << 16)
            require(chunk, "the browser went away")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write_fd, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                require("error" not in message, "%s: %s" % (method, message.get("error")))
                return message["result"]
            self.events.append(message)

    def wait_for(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.message())

    def attach(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def open(self, url, width, scheme):
        self.events = []
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        require("exceptionDetails" not in result, "%s: %s" % (expression, result.get("exceptionDetails")))
        return result["result"].get("value")

    def screenshot(self):
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def pixels(png):
    """Rows of (red, green, blue) of an 8-bit PNG without interlacing."""
    require(png[:8] == b"\x89PNG\r\n\x1a\n", "no PNG")
    at, data = 8, b""
    width = height = channels = 0
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        chunk = png[at + 8:at + 8 + size]
        at += size + 12
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
            require(depth == 8 and colour in (2, 6) and not interlaced, "a kind of PNG that nobody expected")
            channels = 3 if colour == 2 else 4
        elif kind == b"IDAT":
            data += chunk
    raw, stride = zlib.decompress(data), width * channels
    before, rows = bytearray(stride), []
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        unfilter(kind, line, before, channels)
        rows.append([tuple(line[x:x + 3]) for x in range(0, stride, channels)])
        before = line
    return rows


def unfilter(kind, line, above, step):
    for i in range(len(line)):
        a = line[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        if kind == 1:
            add = a
        elif kind == 2:
            add = b
        elif kind == 3:
            add = (a + b) // 2
        elif kind == 4:
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))
            add = nearest[2]
        else:
            return
        line[i] = (line[i] + add) & 255


def look(browser, url, width, scheme, keep):
    browser.open(url, width, scheme)
    words = "%s at %d" % (scheme, width)
    require(browser.value("document.documentElement.dataset.script") == "ran", words + ": the page's script did not run")
    charts = browser.value("document.querySelectorAll('svg.chart').length")
    sections = browser.value("document.querySelectorAll('section').length")
    require(charts == sections and charts > 0, "%s: %s charts in %s sections" % (words, charts, sections))
    flat = browser.value("[...document.querySelectorAll('svg.chart')].filter(s => { const b = s.getBoundingClientRect();"
                         " return !(b.width > 300 && b.height > 100); }).length")
    require(flat == 0, "%s: %s charts have no extent" % (words, flat))
    require(browser.value("document.documentElement.scrollWidth") <= width, words + ": the page is wider than the window")
    for event in browser.events:
        method, params = event.get("method", ""), event.get("params", {})
        if method == "Network.requestWillBeSent":
            require(params["request"]["url"].split("#")[0] == url, "it fetches " + params["request"]["url"])
        require(method != "Runtime.exceptionThrown", "%s: %s" % (words, params))
        require(method != "Log.entryAdded" or params["entry"]["level"] != "error", "%s: %s" % (words, params))
    browser.call("Runtime.evaluate", expression="document.querySelector('#runs').scrollIntoView()")
    png = browser.screenshot()
    if keep:
        with open(os.path.join(keep, "report-%s-%d.png" % (scheme, width)), "wb") as f:
            f.write(png)
    rows = pixels(png)
    colours = len({colour for row in rows for colour in row})
    ground = sum(rows[5][5]) / 3
    print("%s: %d charts, %d colours, ground %d of 255" % (words, charts, colours, ground))
    require(colours > 200, words + ": the screenshot is blank")
    return ground


def sort(browser, url):
    browser.open(url, 1100, "light")
    cells = "[...document.querySelector('table.sortable').tBodies[0].rows].map(r => r.cells[%d].dataset.v)"
    heads = browser.value("[...document.querySelectorAll('table.sortable')][0].tHead.rows[0].cells.length")
    column = browser.value("[...document.querySelector('table.sortable').tHead.rows[0].cells]"
                           ".findIndex(h => h.textContent.trim() === 'stp')")
    require(column is not None and 0 <= column < heads, "no column stp")
    before = browser.value(cells % column)
    click = "document.querySelector('table.sortable').tHead.rows[0].cells[%d].querySelector('button').click()" % column
    for falling in (True, False):
        browser.value(click)
        after = browser.value(cells % column)
        require(after == sorted(before, key=float, reverse=falling), "sorted %s gives %s" % (before, after))
    print("sorted %s to %s" % (before, after))


def injected(browser, url):
    """A script that somebody puts into the page does not run."""
    browser.open(url, 1100, "light")
    browser.value("{ const s = document.createElement('script'); s.textContent = 'window.harm = 1'; document.body.append(s); }")
    require(browser.value("window.harm") is None, "a foreign script ran")
    images = browser.value("{ const i = new Image(); i.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='; "
                           "document.body.append(i); i.complete && i.naturalWidth }")
    require(not images, "a picture was shown")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("skipped: chromium is not installed")
        return 77
    source, keep = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        page = os.path.join(work, "report.html")
        if source.endswith(".html"):
            shutil.copyfile(source, page)
        else:
            with open(page, "wb") as out:
                subprocess.run([source], stdout=out, check=True)
        browser = Browser(chromium, os.path.join(work, "profile"))
        try:
            browser.attach()
            url = "file://" + page
            light = look(browser, url, 1100, "light", keep)
            dark = look(browser, url, 1100, "dark", keep)
            require(light > 200 and dark < 60, "the grounds of light and dark are %d and %d" % (light, dark))
            look(browser, url, 800, "light", keep)
            sort(browser, url)
            injected(browser, url)
        except Failed as failed:
            print("FAILED: %s" % failed, file=sys.stderr)
            return 1
        finally:
            browser.close()
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
