"""Chromium without a window, driven through a pipe by the DevTools protocol: nothing to install beside the browser.

https://chromedevtools.github.io/devtools-protocol/ says what the methods take and give.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--remote-debugging-pipe",
)  # fmt: skip

# The browser reads requests from file descriptor 3 and writes answers to 4. Copies above 9 keep one
# from being overwritten by the other.
_START = """import fcntl, os, sys
asked, answers = (fcntl.fcntl(int(pipe), fcntl.F_DUPFD, 10) for pipe in sys.argv[1:3])
os.dup2(asked, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])"""


def find_browser() -> str:
    """The path of the browser, "" without one, or where pipes cannot be handed on by number."""
    return next(filter(None, map(shutil.which, NAMES)), "") if os.name == "posix" else ""


class Page:
    """One tab. `events` holds what the browser reported so far, oldest first."""

    def __init__(self, asking: int, answering: int) -> None:
        self._asking = asking
        self._answers = os.fdopen(answering, "rb")
        self._rest = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def attach(self) -> None:
        """Open the tab that all further calls are about."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method: str, **arguments: object) -> dict[str, Any]:
        """The answer to one method; raises RuntimeError when the browser refuses it or is gone."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": arguments}
        if self._session:
            request["sessionId"] = self._session
        os.write(self._asking, json.dumps(request).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def close(self) -> None:
        """Close the pipes to the browser, which ends it."""
        os.close(self._asking)
        self._answers.close()

    def wait_for(self, event: str) -> None:
        """Read until the browser has reported this event."""
        while not any(seen.get("method") == event for seen in self.events):
            self.events.append(self._read())

    def evaluate(self, script: str) -> Any:
        """What a script comes to, in the page, as a value of JSON."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"]["description"])
        return result["result"].get("value")

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = self._answers.read1(1 << 20)
            if not part:
                raise RuntimeError("the browser ended")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))


@contextmanager
def open_page(folder: Path) -> Iterator[Page]:
    """A browser of its own with its profile in `folder`, and one tab in it."""
    asked, asking = os.pipe()
    answering, answers = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", _START, str(asked), str(answers), find_browser(), *_FLAGS, f"--user-data-dir={folder}"],
        pass_fds=(asked, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(asked)
        os.close(answers)
        page = Page(asking, answering)
        try:
            page.attach()
            yield page
        finally:
            process.kill()
            page.close()
