#!/usr/bin/env python3
"""Opens the daemon's own page in Chromium beside a simulated run, in light and in dark, wide and narrow, and looks at it.

  1. it asks the daemon and nobody else, logs no error, and no script but its own runs
  2. it draws: ways in many colours, a row a container, "simulated" is said
  3. names of containers that are markup stay text
  4. it says so when the daemon goes, keeps what it had, and goes on when the daemon is back
  5. thousands of containers: the first ones and a sum, within the window

Usage: live_page.py DCAT SOURCE_DIR [SCREENSHOTS]: with a folder, the screenshots are kept there.
       live_page.py --picture DCAT SOURCE_DIR FILE.png: one screenshot of a run of ten simulated minutes.
Exit code: 0 passed, 1 failed, 77 skipped, with its reason. Needs no Python package.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from report_page import PATIENCE, Browser, Failed, pixels, require


class Run:
    """dcat run on a simulated node, with its page."""

    def __init__(self, dcat, scenario, pace, listen="127.0.0.1:0", ticks=100000):
        self.process = subprocess.Popen(
            [dcat, "run", "--scenario", scenario, "--pace", str(pace), "--ticks", str(ticks), "--listen", listen],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        said = ""
        while True:
            line = self.process.stderr.readline()
            require(line, "dcat ended: " + said)
            said += line
            found = re.search(r"web: http://([^/]+)/ ", line)
            if found:
                self.address = found.group(1)
                return

    def end(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stderr.close()


def wait_until(browser, expression, words, patience=PATIENCE):
    until = time.monotonic() + patience
    while not browser.value(expression):
        require(time.monotonic() < until, words)
        time.sleep(0.2)


LOOKS = "Number(document.documentElement.dataset.looks || 0)"


def check_events(browser, base, words, errors_allowed=False):
    for event in browser.events:
        method, params = event.get("method", ""), event.get("params", {})
        if method == "Network.requestWillBeSent":
            require(params["request"]["url"].startswith(base), "it fetches " + params["request"]["url"])
        require(method != "Runtime.exceptionThrown", "%s: %s" % (words, params))
        if not errors_allowed:
            require(method != "Log.entryAdded" or params["entry"]["level"] != "error", "%s: %s" % (words, params))


def look(browser, run, width, scheme, keep, name):
    base = "http://%s/" % run.address
    browser.open(base, width, scheme)
    words = "%s, %s at %d" % (name, scheme, width)
    wait_until(browser, LOOKS + " >= 2", words + ": the page has not drawn")
    check_events(browser, base, words)
    require(browser.value("document.documentElement.scrollWidth") <= width, words + ": the page is wider than the window")
    require(browser.value("!document.getElementById('simulated').hidden"), words + ": it does not say simulated")
    require(browser.value("document.getElementById('gone').hidden"), words + ": a notice is shown")
    png = browser.screenshot()
    if keep:
        with open(os.path.join(keep, "page-%s-%s-%d.png" % (name, scheme, width)), "wb") as f:
            f.write(png)
    rows = pixels(png)
    colours = len({colour for row in rows for colour in row})
    ground = sum(rows[5][5]) / 3
    print("%s: %d colours, ground %d of 255" % (words, colours, ground))
    require(colours > 100, words + ": the screenshot is blank")
    return ground


def ways_are_drawn(browser, run):
    """What the canvas shows of the last slot is what the daemon said."""
    browser.open("http://%s/" % run.address, 1200, "light")
    wait_until(browser, LOOKS + " >= 2", "the page has not drawn")
    shades = browser.value("""(() => {
      const canvas = document.querySelector('#ways canvas'), pen = canvas.getContext('2d');
      const right = Math.min(200, canvas.width * .22), x = Math.floor(canvas.width - right - 2);
      const seen = new Set();
      for (let y = 5; y < canvas.height - 24; y += 2) seen.add([...pen.getImageData(x, y, 1, 1).data].join());
      return seen.size; })()""")
    require(shades >= 4, "only %s owners are drawn" % shades)
    label = browser.value("document.querySelector('#ways canvas').getAttribute('aria-label')")
    print("drawn: " + label)
    require(len(label.split(",")) >= 4, "only %s is drawn" % label)


def strange_names(browser, run):
    """A container that is called like a script does not become one."""
    browser.open("http://%s/" % run.address, 1200, "light")
    wait_until(browser, LOOKS + " >= 2", "the page has not drawn")
    text = browser.value("document.getElementById('rows').textContent")
    require("<img src=x onerror=window.harm=1>" in text, "the name is not shown as it is: " + text[:300])
    require(browser.value("window.harm") is None, "a name was run")
    require(browser.value("document.querySelectorAll('#rows img, #rows script').length") == 0, "a name became markup")
    # Nor does what somebody puts into the page.
    browser.value("{ const s = document.createElement('script'); s.textContent = 'window.harm = 2'; document.body.append(s); }")
    require(browser.value("window.harm") is None, "a foreign script ran")


def comes_back(browser, dcat, scenario):
    run = Run(dcat, scenario, 10)
    address = run.address
    try:
        browser.open("http://%s/" % address, 1000, "light")
        wait_until(browser, LOOKS + " >= 2", "the page has not drawn")
    finally:
        run.end()
    wait_until(browser, "!document.getElementById('gone').hidden", "it does not say that the daemon is gone")
    require(browser.value("document.querySelectorAll('#rows tr').length") > 0, "it has thrown away what it had")
    print("gone: " + browser.value("document.getElementById('gone').textContent"))
    run = Run(dcat, scenario, 10, listen=address)
    try:
        wait_until(browser, "document.getElementById('gone').hidden", "it does not go on with the new daemon")
    finally:
        run.end()


def write_crowd(path, tenants):
    """A node of many tenants; more than there are CLOSIDs, so that most share."""
    with open(path, "w") as f:
        f.write("name: a crowd\nperiods: 1000\ndomains: [{id: 0, ways: 20, cpus: 4096}]\ntenants:\n")
        for i in range(tenants):
            kind = ("{kind: mlr, set_ways: %d}" % (1 + i % 7), "{kind: lookbusy}", "{kind: mload}")[i % 3]
            contract = "1" if i < 12 else "none"
            f.write("  - {name: tenant-%04d, contract: %s, workload: %s}\n" % (i, contract, kind))


def crowd(browser, dcat, work, keep):
    scenario = os.path.join(work, "crowd.yaml")
    write_crowd(scenario, 2500)
    run = Run(dcat, scenario, 1)
    try:
        look(browser, run, 1200, "light", keep, "crowd")
        shown = browser.value("document.querySelectorAll('#rows tr').length")
        rest = browser.value("document.getElementById('rest').textContent")
        print("of 2,500 containers %d are shown; %s" % (shown, rest))
        require(0 < shown <= 100 and "more" in rest, "%s rows, then: %s" % (shown, rest))
    finally:
        run.end()


STRANGE = """name: strange names
periods: 100000
domains: [{id: 0, ways: 8, cpus: 4}]
tenants:
  - {name: "<img src=x onerror=window.harm=1>", contract: 2, workload: {kind: mlr, set_ways: 3}}
  - {name: "</script><script>window.harm=1</script>", contract: 2, workload: {kind: lookbusy}}
  - {name: "50% \\"quoted\\"", contract: 2, workload: {kind: mload}}
"""


def main_test(dcat, source, keep):
    scenarios = os.path.join(source, "configs", "scenarios")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        browser = Browser(shutil.which("chromium"), os.path.join(work, "profile"))
        runs = []
        try:
            browser.attach()
            runs.append(Run(dcat, os.path.join(scenarios, "phases.yaml"), 20))
            time.sleep(4)
            light = look(browser, runs[-1], 1200, "light", keep, "phases")
            dark = look(browser, runs[-1], 1200, "dark", keep, "phases")
            require(light > 200 and dark < 60, "the grounds of light and dark are %d and %d" % (light, dark))
            look(browser, runs[-1], 480, "light", keep, "phases")
            ways_are_drawn(browser, runs[-1])
            runs.append(Run(dcat, os.path.join(scenarios, "two-domains.yaml"), 20))
            look(browser, runs[-1], 1200, "light", keep, "two-domains")
            strange = os.path.join(work, "strange.yaml")
            with open(strange, "w") as f:
                f.write(STRANGE)
            runs.append(Run(dcat, strange, 10))
            strange_names(browser, runs[-1])
            comes_back(browser, dcat, os.path.join(scenarios, "phases.yaml"))
            crowd(browser, dcat, work, keep)
        except Failed as failed:
            print("FAILED: %s" % failed, file=sys.stderr)
            return 1
        finally:
            browser.close()
            for run in runs:
                run.end()
    print("passed")
    return 0


def picture(dcat, source, file):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        browser = Browser(shutil.which("chromium"), os.path.join(work, "profile"))
        run = None
        try:
            browser.attach()
            run = Run(dcat, os.path.join(source, "configs", "scenarios", "phases.yaml"), 40)
            time.sleep(16)  # more than 600 periods
            browser.open("http://%s/" % run.address, 1200, "light")
            browser.call("Emulation.setDeviceMetricsOverride", width=1200, height=760, deviceScaleFactor=1, mobile=False)
            wait_until(browser, LOOKS + " >= 2", "the page has not drawn")
            with open(file, "wb") as f:
                f.write(browser.screenshot())
        except Failed as failed:
            print("FAILED: %s" % failed, file=sys.stderr)
            return 1
        finally:
            browser.close()
            if run:
                run.end()
    return 0


def main():
    words = sys.argv[1:]
    if len(words) not in (2, 3, 4):
        sys.exit(__doc__)
    if not shutil.which("chromium"):
        print("skipped: chromium is not installed")
        return 77
    if words[0] == "--picture":
        return picture(*words[1:])
    return main_test(words[0], words[1], words[2] if len(words) > 2 else None)


if __name__ == "__main__":
    sys.exit(main())
