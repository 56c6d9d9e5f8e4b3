"""Log lines in a ticket, told from what a person says."""

import pytest

from kbcli.knowledge.search.ticket_text import read_ticket, split_pasted

QUESTION = "Why is the export empty since Monday?"


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-03 10:12:33,123 INFO [worker-3] started",
        "[2026-11-03T10:12:33.123Z] request failed",
        "2026/11/03 10:12:33 [error] 123#0: upstream timed out",
        '10.0.0.1 - "GET" is no log start, but this is: [03/Nov/2026:10:12:33 +0000]'.rpartition(": ")[2],
        "Nov  3 10:12:33 host sshd[123]: closed",
        "Tue Nov 3 10:12:33 2026 started",
        "11/3/2026 10:12:13 AM service stopped",
        "10:12:33.456 queue full",
        "ERROR: connection refused",
        "[WARN] disk nearly full",
        "    at com.example.Main.run(Main.java:12)",
        '  File "/srv/app.py", line 12, in run',
        "#0  0x00007f in main ()",
        "0x7ffe12 in ?? ()",
    ],
)
def test_log_lines_are_told_apart(line: str) -> None:
    """Lines that begin with a time, a level, a place in a program or an address are not the customer's words."""
    assert split_pasted(f"{line}\n{QUESTION}\n{line}") == ([QUESTION], [line, line])


@pytest.mark.parametrize(
    "text",
    [
        QUESTION,
        "On 2026-11-03 at 10:12 I pressed Save.\nErrors came.",
        "at least twice (or more) a day\n10:30 is when it begins",
        "Error 500 on the page\nInformation is missing",
        "- first\n- second\n# 1 thing\n\n| a | b |",
        "",
    ],
)
def test_what_people_write_is_theirs(text: str) -> None:
    """Sentences with times, numbers and lists in them stay, in order."""
    assert split_pasted(text) == (text.split("\n"), [])


def test_a_bare_log_is_the_question() -> None:
    """When nobody says anything beside the log, the log is what is asked about."""
    log = "2026-11-03 10:12:33 ERROR disk full\n2026-11-03 10:12:34 INFO bye"
    assert split_pasted(log) == (log.split("\n"), [])
    assert split_pasted(f"\n---\n{log}")[1] == []


def test_what_is_asked_counts_twice() -> None:
    """The sentences of a ticket that end with a question mark are said once more, in any script; no other is."""
    asked = read_ticket("Our bill went up. Who counts as a seat? We are 14.\n不知道。座位怎么算？")
    assert asked.words.count("seat") + asked.words.count("seat?") == 2
    assert "".join(asked.words).count("座位怎么算") == 2
    assert asked.words.count("bill") == 1
