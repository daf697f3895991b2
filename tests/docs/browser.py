"""A real Chromium for tests, driven through its own pipe (DevTools protocol): nothing more to install."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
    "--remote-debugging-pipe",
)
WATCH_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  (event) => window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


def find_chromium() -> str:
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise RuntimeError(f"no browser found: install Chromium (looked for {', '.join(NAMES)} on PATH)")


@dataclass
class Page:
    """One tab: what it asked for, what it complained of, and a way to ask it something."""

    browser: Browser
    session: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH_VIOLATIONS)
        self.call("Page.navigate", url=url)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.call(method, session=self.session, **params)

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def type_text(self, text: str) -> None:
        """Type into whatever has the focus."""
        self.call("Input.insertText", text=text)

    def wait_for(self, expression: str, wanted: Any, seconds: float = 60) -> None:
        """Ask until the answer is the wanted one; fails with the last answer and the page's complaints."""
        until = time.monotonic() + seconds
        while (answer := self.ask(expression)) != wanted:
            assert time.monotonic() < until, f"{expression} is {answer!r}, not {wanted!r}: {self.complaints}"
            time.sleep(0.1)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"])[:1000])
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.complaints.append(json.dumps(params["args"])[:1000])


class Browser:
    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._unread = b""
        self._last_id = 0
        self._pages: dict[str, Page] = {}

    def new_page(self) -> Page:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._pages[session] = Page(self, session)
        return self._pages[session]

    def call(self, method: str, *, session: str | None = None, **params: Any) -> dict[str, Any]:
        """One command and its answer; events that come in between go to their page."""
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._read()
            if heard.get("id") == self._last_id:
                assert "error" not in heard, heard
                answer: dict[str, Any] = heard["result"]
                return answer
            if page := self._pages.get(heard.get("sessionId", "")):
                page.hear(heard["method"], heard["params"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], 60)
            chunk = os.read(self._from, 1 << 16) if ready else b""
            assert chunk, "the browser does not answer"
            self._unread += chunk
        message, _, self._unread = self._unread.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A headless Chromium with a profile of its own, ended afterwards."""
    path = find_chromium()
    its_input, to_browser = os.pipe()
    from_browser, its_output = os.pipe()
    # The pipe is file descriptors 3 and 4 of the browser: a shell moves them there without a fork hook.
    script = f'exec "$0" "$@" 3<&{its_input} 4>&{its_output}'
    command = ["bash", "-c", script, path, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with (profile / "stderr.txt").open("wb") as log:
        process = subprocess.Popen(command, pass_fds=(its_input, its_output), stdout=log, stderr=log)
    os.close(its_input)
    os.close(its_output)
    browser = Browser(to_browser, from_browser)
    try:
        yield browser
        browser.call("Browser.close")
    finally:
        os.close(to_browser)
        os.close(from_browser)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
