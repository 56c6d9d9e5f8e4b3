"""Asking for many web addresses at once."""

import queue
import threading
import time
from collections.abc import Iterable, Mapping

from kbcli.foundation.weblinks.cache import LinkCache
from kbcli.foundation.weblinks.outcomes import BROKEN, UNSURE, Outcome, Progress, WebError, WebSettings
from kbcli.foundation.weblinks.politeness import PoliteQueue
from kbcli.foundation.weblinks.requests import Requester
from kbcli.foundation.weblinks.steps import Job, Step, judge_answer, judge_error
from kbcli.foundation.weblinks.urls import WebAddress, parse_address

# So that a Ctrl-C is noticed on systems where a waiting main thread would sleep through it.
_WAKE = 0.5
# Kept by IANA for good: when even this is not found, the fault is not the link's.
_STEADY_HOST = "example.com"

_Result = tuple[WebAddress, Outcome] | BaseException


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
        found = _ask_all([address for address, _ in waiting.values()], settings, progress)
        for url, outcome in _doubt_network(found, settings).items():
            outcomes.update(dict.fromkeys(waiting[url][1], outcome))
            if cache is not None:
                cache.note(url, outcome)
        if cache is not None:
            cache.save()
    return outcomes


def _ask_all(
    addresses: list[WebAddress], settings: WebSettings, progress: Progress | None
) -> dict[str, Outcome]:
    """How each address answers, by its URL."""
    requester = Requester(settings)
    line = PoliteQueue(settings.per_host, settings.delay)
    for address in addresses:
        line.add(Job(address, address))
    results: queue.SimpleQueue[_Result] = queue.SimpleQueue()
    crew = _Crew(requester, line, results, settings)
    # Daemons: when the user gives up, kb ends without waiting for a slow server.
    threads = [
        threading.Thread(target=crew.work, daemon=True, name=f"kb-web-{number}")
        for number in range(min(settings.workers, len(addresses)))
    ]
    found: dict[str, Outcome] = {}
    try:
        for thread in threads:
            thread.start()
        while len(found) < len(addresses):
            try:
                result = results.get(timeout=_WAKE)
            except queue.Empty:
                continue
            if isinstance(result, BaseException):
                raise result
            address, outcome = result
            found[address.url] = outcome
            if progress is not None:
                progress(len(found), len(addresses))
        for thread in threads:
            thread.join(settings.timeout)
    finally:
        line.stop()
        requester.close()
    return found


class _Crew:
    """What the worker threads share."""

    def __init__(
        self,
        requester: Requester,
        line: PoliteQueue,
        results: "queue.SimpleQueue[_Result]",
        settings: WebSettings,
    ) -> None:
        self._requester = requester
        self._line = line
        self._results = results
        self._settings = settings
        self._verdicts: dict[str, Outcome] = {}

    def work(self) -> None:
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
