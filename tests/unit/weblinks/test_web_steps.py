"""What follows from an answer, without sending anything."""

from datetime import UTC, datetime

import pytest

from kbcli.foundation.weblinks.outcomes import (
    Answer,
    Job,
    WebError,
    WebSettings,
    judge_answer,
    judge_error,
    parse_retry_after,
)
from kbcli.foundation.weblinks.urls import parse_address

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
HOME = parse_address("https://site.example/a")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 0 ", 0), ("Sat, 21 Nov 2026 12:00:30 GMT", 30), ("Sat, 21 Nov 2020 12:00:30 GMT", 0),
        ("", None), ("soon", None), ("-5", None), ("1.5", None), ("9" * 400, 10**9), ("Sat, 99 Nov 2026", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_number_or_date(value: str, seconds: float | None) -> None:
    """Both forms of the header count, what has passed is now, and nonsense is nothing."""
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, "fine"), (204, "fine"), (401, "fine"), (404, "broken"), (410, "broken"), (403, "unsure"), (451, "unsure"), (999, "unsure")],
)  # fmt: skip
def test_a_get_decides(status: int, kind: str) -> None:
    """Only 404 and 410 are certain enough to fail a build; a login page is a page."""
    outcome = judge_answer(Job(HOME, HOME, method="GET"), Answer(status), WebSettings(), NOW).outcome
    assert outcome is not None
    assert outcome.kind == kind


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 501])
def test_a_failed_head_is_asked_again_as_get(status: int) -> None:
    """Servers that do not know HEAD never make a link look broken."""
    step = judge_answer(Job(HOME, HOME), Answer(status), WebSettings(), NOW)
    assert step.job is not None
    assert step.job.method == "GET"


def test_waits_double_and_end() -> None:
    """A passing fault is asked about again after 1 and 2 seconds, and then is a warning."""
    settings = WebSettings(retries=2, backoff=1.0)
    job, waits = Job(HOME, HOME), []
    while (step := judge_error(job, WebError("timeout", "did not answer"), settings)).job is not None:
        waits.append(step.wait)
        job = step.job
    assert waits == [1.0, 2.0]
    assert step.outcome is not None
    assert step.outcome.kind == "unsure"


def test_a_host_that_asks_for_an_hour_is_left_alone() -> None:
    """A long Retry-After ends the matter for all links of that origin, without another request."""
    step = judge_answer(Job(HOME, HOME), Answer(429, retry_after="3600"), WebSettings(max_wait=30), NOW)
    assert step.job is None
    assert step.verdict is not None
    assert "60 minutes" in step.verdict.message
