"""A headless Chromium without a network, spoken to over a pipe: what it loads, logs, refuses and shows."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)


class Browser:
    """One Chromium process. Use it as a context manager."""

    def __init__(self, profile: Path, reachable: str = "") -> None:
        """`reachable`: the one host that may be asked; none by default."""
        assert CHROMIUM is not None
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        command = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        rules = [f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {reachable}"] if reachable else []
        arguments = [CHROMIUM, *FLAGS, *rules, f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", *arguments],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.send("Browser.close")
        except (OSError, TimeoutError):
            self._process.kill()
        self._process.wait(20)
        os.close(self._to)
        os.close(self._from)

    def send(self, method: str, parameters: dict[str, Any] | None = None, session: str = "") -> dict[str, Any]:
        """Call a method of the protocol and wait for its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive(60.0)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer.get("result", {}))
            self.events.append(answer)

    def settle(self, seconds: float = 0.3) -> None:
        """Collect events until nothing has come for a while."""
        while True:
            try:
                self.events.append(self._receive(seconds))
            except TimeoutError:
                return

    def _receive(self, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser said nothing")
            part = os.read(self._from, 1 << 20)
            if not part:
                raise OSError("the browser is gone")
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def open_address(self, address: str, size: tuple[int, int] = (1280, 900), dark: bool = False) -> Page:
        """Open an address and wait until it is loaded."""
        page = self._blank(address, size, dark)
        self.send("Page.navigate", {"url": address}, page.session)
        page.loaded()
        return page

    def _blank(self, address: str, size: tuple[int, int], dark: bool) -> Page:
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.send(f"{domain}.enable", session=session)
        page = Page(self, session, address)
        page.look(size, dark)
        self.events.clear()
        return page

    def open(self, path: Path, size: tuple[int, int] = (1280, 900), dark: bool = False) -> Page:
        """Open a file and wait until its script is done."""
        page = self._blank(path.as_uri(), size, dark)
        started = time.monotonic()
        self.send("Page.navigate", {"url": page.url}, page.session)
        while page.run("document.readyState") != "complete" or not page.run("!!document.documentElement.dataset.ready"):
            if time.monotonic() - started > 30:
                break
            time.sleep(0.02)
        page.seconds = time.monotonic() - started
        self.settle()
        return page


class Page:
    """An open page and what happened while it was opened."""

    def __init__(self, browser: Browser, session: str, url: str) -> None:
        self.browser, self.session, self.url = browser, session, url
        self.seconds = 0.0

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method on this page."""
        return self.browser.send(method, parameters, self.session)

    def run(self, script: str) -> Any:
        """Evaluate an expression through the debugger (which the page's own policy does not bind)."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"].get("exception", answer["exceptionDetails"])))
        return answer["result"].get("value")

    def loaded(self, seconds: float = 30.0) -> None:
        """Wait until the page is there and quiet."""
        until = time.monotonic() + seconds
        time.sleep(0.15)
        while self.run("document.readyState") != "complete" and time.monotonic() < until:
            time.sleep(0.05)
        self.browser.settle(0.2)

    def look(self, size: tuple[int, int], dark: bool, media: str = "screen") -> None:
        """Size of the window, theme and medium."""
        phone = size[0] < 600
        self.send(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=phone
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def screenshot(self, path: Path, whole: bool = True) -> None:
        """Save a picture of the page."""
        answer = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def pdf(self) -> bytes:
        """The page as it is printed."""
        self.send("Emulation.setEmulatedMedia", media="")
        answer = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(answer["data"])

    def requests(self) -> list[str]:
        """Addresses asked for, the page itself and its own data addresses excepted."""
        sent = self._all("Network.requestWillBeSent")
        urls = [str(event["request"]["url"]) for event in sent]
        return [url for url in urls if url != self.url and not url.startswith(("data:", "blob:"))]

    def complaints(self) -> list[str]:
        """Console errors and warnings, exceptions, refusals of the security policy."""
        found = [str(event["entry"]["text"]) for event in self._all("Log.entryAdded")]
        found += [str(event["exceptionDetails"]) for event in self._all("Runtime.exceptionThrown")]
        found += [str(event["args"]) for event in self._all("Runtime.consoleAPICalled") if event["type"] != "log"]
        found += [
            str(event["issue"])
            for event in self._all("Audits.issueAdded")
            if "ContentSecurityPolicy" in event["issue"]["code"]
        ]
        return found + [str(event["message"]) for event in self._all("Page.javascriptDialogOpening")]

    def _all(self, method: str) -> list[dict[str, Any]]:
        mine = (event for event in self.browser.events if event.get("sessionId") == self.session)
        return [event["params"] for event in mine if event.get("method") == method]
