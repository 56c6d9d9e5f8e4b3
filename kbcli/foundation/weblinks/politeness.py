"""Who is asked next: every host gets a few requests at a time, with a pause between them."""

import heapq
import threading
import time
from collections import deque

from kbcli.foundation.weblinks.steps import Job, Step


class _Lane:
    """The jobs of one host."""

    def __init__(self) -> None:
        self.jobs: deque[Job] = deque()
        self.running = 0
        self.ready_at = 0.0
        self.is_listed = False


class PoliteQueue:
    """Jobs by host, handed out as the limits of each host allow. Any thread may use it.

    A job that comes back with another request to send is put in line again, under the host that
    request goes to, so that the limits hold for redirects and retries too.
    """

    def __init__(self, per_host: int, delay: float) -> None:
        self._per_host = per_host
        self._delay = delay
        self._lanes: dict[str, _Lane] = {}
        self._order: list[tuple[float, int, _Lane]] = []
        self._count = 0
        self._open = 0
        self._is_stopped = False
        self._change = threading.Condition()

    def add(self, job: Job) -> None:
        """Put a new job in line."""
        with self._change:
            self._open += 1
            self._put(job)
            self._change.notify()

    def take(self) -> Job | None:
        """The next job whose host may be asked, waiting for it; None when all are done."""
        with self._change:
            while self._open and not self._is_stopped:
                now = time.monotonic()
                if self._order and self._order[0][0] <= now:
                    if job := self._start(heapq.heappop(self._order)[2], now):
                        return job
                    continue
                self._change.wait(self._order[0][0] - now if self._order else None)
            return None

    def give_back(self, job: Job, step: Step) -> None:
        """Say what became of a job that was taken."""
        with self._change:
            lane = self._lanes[job.address.host]
            lane.running -= 1
            lane.ready_at = max(lane.ready_at, time.monotonic() + step.wait if step.wait else 0.0)
            self._list(lane)
            if step.job is None:
                self._open -= 1
            else:
                # Before the others, so that a host that is down is known to be after a few requests.
                self._put(step.job, first=True)
            self._change.notify_all()

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._change:
            self._is_stopped = True
            self._change.notify_all()

    def _put(self, job: Job, *, first: bool = False) -> None:
        lane = self._lanes.setdefault(job.address.host, _Lane())
        if first:
            lane.jobs.appendleft(job)
        else:
            lane.jobs.append(job)
        self._list(lane)

    def _start(self, lane: _Lane, now: float) -> Job | None:
        lane.is_listed = False
        if lane.ready_at > now:
            # It was asked to wait after it had been listed.
            self._list(lane)
            return None
        job = lane.jobs.popleft()
        lane.running += 1
        lane.ready_at = now + self._delay
        self._list(lane)
        return job

    def _list(self, lane: _Lane) -> None:
        if lane.jobs and not lane.is_listed and lane.running < self._per_host:
            lane.is_listed = True
            self._count += 1
            heapq.heappush(self._order, (lane.ready_at, self._count, lane))
