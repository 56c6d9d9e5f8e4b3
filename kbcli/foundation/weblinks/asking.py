"""Asking for many web addresses at once: every host gets a few requests at a time, with a pause between them.

What the web answered not long ago is kept in the user's cache folder as JSON.
"""

import contextlib
import json
import queue
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from pathlib import Path

from kbcli.foundation.disk.files import CacheFile
from kbcli.foundation.weblinks.outcomes import (
    BROKEN,
    FINE,
    MOVED,
    UNSURE,
    Job,
    Outcome,
    Progress,
    Step,
    WebError,
    WebSettings,
    judge_answer,
    judge_error,
)
from kbcli.foundation.weblinks.requests import Requester
from kbcli.foundation.weblinks.urls import WebAddress, parse_address

FILE_NAME = "links.json"
# A broken link is asked for again soon, since someone is mending it; what could not be told, at once.
LIFETIMES: Mapping[str, float] = {FINE: 86_400.0, MOVED: 86_400.0, BROKEN: 900.0}
MAX_ENTRIES = 50_000
MAX_BYTES = 64 * 1024 * 1024

_VERSION = 1
_CLOCK_SLACK = 60.0
_LOCK_WAIT = 5.0


class LinkCache:
    """Outcomes by address, each until its time is up. A cache that is damaged or not ours is empty.

    The file lies in a folder that only the user may enter, since addresses can hold secrets.
    """

    def __init__(self, folder: Path, now: float) -> None:
        self._file = CacheFile(folder, FILE_NAME, MAX_BYTES)
        self._now = now
        self._new: dict[str, Outcome] = {}
        self._known = self._read()

    def find(self, url: str) -> Outcome | None:
        """What is known of an address, or None."""
        return self._known[url][0] if url in self._known else None

    def note(self, url: str, outcome: Outcome) -> None:
        """Remember an outcome, if it is of a kind to be remembered."""
        if outcome.kind in LIFETIMES:
            self._new[url] = outcome

    def save(self) -> None:
        """Write what is new, beside what another kb has written meanwhile. Never fails: it is only a cache."""
        if self._file.folder is None or not self._new:
            return
        from filelock import FileLock, Timeout

        lock = FileLock(self._file.folder / f"{FILE_NAME}.lock", timeout=_LOCK_WAIT, mode=0o600)
        with contextlib.suppress(OSError, Timeout), lock:
            entries = self._read() | {url: (outcome, self._now) for url, outcome in self._new.items()}
            newest = sorted(entries.items(), key=lambda item: -item[1][1])[:MAX_ENTRIES]
            rows = {url: [*outcome[:4], round(moment)] for url, (outcome, moment) in sorted(newest)}
            self._file.write(json.dumps({"version": _VERSION, "links": rows}).encode())

    def _read(self) -> dict[str, tuple[Outcome, float]]:
        """The entries on disk whose time is not up."""
        # What is not sealed was not written by kb, and is not read.
        data = json.loads(self._file.read() or b"{}")
        rows = data["links"] if data.get("version") == _VERSION else {}
        return {
            url: (Outcome(*row[:4]), row[4])
            for url, row in rows.items()
            if -_CLOCK_SLACK <= self._now - row[4] < LIFETIMES[row[0]]
        }


# So that a Ctrl-C is noticed on systems where a waiting main thread would sleep through it.
_WAKE = 0.5
# Kept by IANA for good: when even this is not found, the fault is not the link's.
_STEADY_HOST = "example.com"


def ask_web(
    urls: Iterable[str],
    settings: WebSettings,
    *,
    cache: LinkCache | None = None,
    progress: Progress | None = None,
) -> dict[str, Outcome]:
    """How each address answers, by the text it was given as; each is asked once, without its fragment.

    Raises ConfigError for an unusable proxy; whatever the web answers is an outcome.
    """
    outcomes: dict[str, Outcome] = {}
    waiting: dict[str, tuple[WebAddress, list[str]]] = {}
    for text in dict.fromkeys(urls):
        try:
            address = parse_address(text)
        except ValueError as error:
            outcomes[text] = Outcome(BROKEN, str(error))
            continue
        if cache is not None and (known := cache.find(address.url)):
            outcomes[text] = known
        else:
            waiting.setdefault(address.url, (address, []))[1].append(text)
    if waiting:
        workers = _Workers([address for address, _ in waiting.values()], settings)
        found = workers.run(progress)
        for url, outcome in _doubt_network(found, settings).items():
            outcomes.update(dict.fromkeys(waiting[url][1], outcome))
            if cache is not None:
                cache.note(url, outcome)
        if cache is not None:
            cache.save()
    return outcomes


class _Workers:
    """Threads that ask for addresses, and what they share."""

    def __init__(self, addresses: list[WebAddress], settings: WebSettings) -> None:
        self._settings = settings
        self._requester = Requester(settings)
        self._line = PoliteQueue(settings.per_host, settings.delay)
        for address in addresses:
            self._line.add(Job(address, address))
        self._count = len(addresses)
        self._results: queue.SimpleQueue[tuple[WebAddress, Outcome] | BaseException] = queue.SimpleQueue()
        self._verdicts: dict[str, Outcome] = {}

    def run(self, progress: Progress | None) -> dict[str, Outcome]:
        """How each address answers, by its URL. Raises what went wrong in a thread."""
        found: dict[str, Outcome] = {}
        # Daemons: when the user gives up, kb ends without waiting for a slow server.
        threads = [
            threading.Thread(target=self._work, daemon=True, name=f"kb-web-{number}")
            for number in range(min(self._settings.workers, self._count))
        ]
        for thread in threads:
            thread.start()
        try:
            while len(found) < self._count:
                try:
                    result = self._results.get(timeout=_WAKE)
                except queue.Empty:
                    continue
                if isinstance(result, BaseException):
                    raise result
                found[result[0].url] = result[1]
                if progress is not None:
                    progress(len(found), self._count)
            for thread in threads:
                thread.join(self._settings.timeout)
        finally:
            self._line.stop()
            self._requester.close()
        return found

    def _work(self) -> None:
        """Send request after request until none is left."""
        try:
            while job := self._line.take():
                step = self._go_on(job)
                if step.verdict is not None:
                    self._verdicts.setdefault(job.address.origin, step.verdict)
                if step.outcome is not None:
                    self._results.put((job.start, step.outcome))
                self._line.give_back(job, step)
        except BaseException as error:  # noqa: BLE001  a bug in here must stop the run, not hang it
            self._results.put(error)

    def _go_on(self, job: Job) -> Step:
        known = self._verdicts.get(job.address.origin)
        if known is not None:
            detour = "" if job.address == job.start else f"leads to {job.address.url}, which "
            return Step(known._replace(message=detour + known.message))
        try:
            answer = self._requester.send(job.method, job.address)
        except WebError as error:
            return judge_error(job, error, self._settings)
        return judge_answer(job, answer, self._settings, time.time())


class PoliteQueue:
    """Jobs by host, handed out as the limits of each host allow. Any thread may use it.

    A job that comes back with another request to send is put in line again, under the host that
    request goes to, so that the limits hold for redirects and retries too.
    """

    def __init__(self, per_host: int, delay: float) -> None:
        self._per_host = per_host
        self._delay = delay
        self._waiting: dict[str, deque[Job]] = {}
        self._running: Counter[str] = Counter()
        self._ready_at: defaultdict[str, float] = defaultdict(float)
        self._open = 0
        self._change = threading.Condition()

    def add(self, job: Job) -> None:
        """Put a new job in line."""
        with self._change:
            self._open += 1
            self._waiting.setdefault(job.address.host, deque()).append(job)
            self._change.notify()

    def take(self) -> Job | None:
        """The next job whose host may be asked, waiting for it; None when all are done."""
        with self._change:
            while self._open > 0:
                free = (host for host in self._waiting if self._running[host] < self._per_host)
                host = min(free, key=self._ready_at.__getitem__, default=None)
                wait = None if host is None else self._ready_at[host] - time.monotonic()
                if host is not None and wait is not None and wait <= 0:
                    return self._start(host)
                self._change.wait(wait)
            return None

    def give_back(self, job: Job, step: Step) -> None:
        """Say what became of a job that was taken."""
        with self._change:
            host = job.address.host
            self._running[host] -= 1
            if step.wait:
                self._ready_at[host] = max(self._ready_at[host], time.monotonic() + step.wait)
            if step.job is None:
                self._open -= 1
            else:
                # Before the others, so that a host that is down is known to be after a few requests.
                self._waiting.setdefault(step.job.address.host, deque()).appendleft(step.job)
            self._change.notify_all()

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._change:
            self._open = 0
            self._change.notify_all()

    def _start(self, host: str) -> Job:
        job = self._waiting[host].popleft()
        if not self._waiting[host]:
            del self._waiting[host]
        self._running[host] += 1
        self._ready_at[host] = time.monotonic() + self._delay
        return job


def _doubt_network(found: Mapping[str, Outcome], settings: WebSettings) -> dict[str, Outcome]:
    """The outcomes; hosts that do not exist are in doubt when nothing shows that this machine is online."""
    missing = [url for url, outcome in found.items() if outcome.fault == "no-host"]
    if not missing or any(outcome.status for outcome in found.values()) or _is_online(settings):
        return dict(found)
    message = "could not be looked up, as no other host could: is this machine online?"
    return {**found, **dict.fromkeys(missing, Outcome(UNSURE, message, fault="no-host"))}


def _is_online(settings: WebSettings) -> bool:
    try:
        return bool(settings.resolve(_STEADY_HOST, 443))
    except WebError:
        return False
