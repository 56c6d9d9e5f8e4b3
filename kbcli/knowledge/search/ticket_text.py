"""A whole ticket as a query: what the customer says, without the mail around it."""

import re
from functools import cache

from kbcli.foundation.text.languages import compile_once
from kbcli.knowledge.search.mail_text import read_mail
from kbcli.knowledge.search.query import Query, clean_text, make_ticket_query

_LONGEST_QUESTION = 300

LONGEST_TICKET = 100_000
"""Characters of a ticket that are read."""


def read_ticket(text: str) -> Query:
    """The query of a ticket: its own words, in which nothing is an operator. Any text, never fails.

    What it asks in so many words counts twice.
    """
    own, pasted, beside = _read_text(text)
    query = make_ticket_query("\n".join((*own, *pasted)))
    said = " ".join(" ".join(own).split())
    return query._replace(
        words=(*said.split(), *" ".join(_list_questions(said)).split()),
        pasted=tuple(" ".join(pasted).split()),
        beside=tuple(" ".join(beside).split()),
    )


def _list_questions(text: str) -> list[str]:
    """The sentences with a question mark."""
    parts = compile_once("([.!?。！？؟])").split(text)
    return [
        sentence
        for sentence, sign in zip(parts[::2], parts[1::2], strict=False)
        if sign in "?？؟" and len(sentence) <= _LONGEST_QUESTION
    ]


def extract_question(text: str) -> str:
    """What a ticket says itself, the lines of logs behind the others."""
    own, pasted, _ = _read_text(text)
    return "\n".join((*own, *pasted)).strip()


def _read_text(text: str) -> tuple[list[str], list[str], list[str]]:
    """The lines that ask, those of logs, and those beside the question; the text as it is when nothing would be left."""
    cleaned = clean_text(text[:LONGEST_TICKET]).replace("\r\n", "\n").replace("\r", "\n").strip()
    written, pasted = split_pasted(cleaned)
    own, beside = read_mail(written)
    if any(map(str.isalnum, "".join(own))):
        return "\n".join(own).strip().split("\n"), pasted, beside
    return pasted or [cleaned], [], beside if pasted else []


@cache
def _machine_line() -> re.Pattern[str]:
    stamps = (
        r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[T\s]\s*[0-9]{2}:",  # 2026-11-03 10:12, ISO 8601
        r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4},?\s+[0-9]{1,2}:[0-9]{2}",  # 11/3/2026 10:12:13 AM
        r"[0-9]{2}/[A-Za-z]{3}/[0-9]{4}[:\s][0-9]{2}",  # 03/Nov/2026:10:12:13 +0100
        r"(?:[A-Z][a-z]{2}\s+)?[A-Z][a-z]{2}\s+[0-9]{1,2}\s+[0-9]{2}:[0-9]{2}:[0-9]{2}",  # Nov  3 10:12:13
        r"[0-9]{2}:[0-9]{2}:[0-9]{2}\b",
    )
    levels = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL)\b"
    frames = (
        r"at\s[\w$.<>/]+\(",  # Java, JavaScript, C#
        r'File\s"[^"]{1,300}",\sline\s[0-9]',  # Python
        r"\#[0-9]{1,3}\s+(?:0x|/|[A-Za-z]:\\|\S+\()",  # gdb, PHP
        r"0x[0-9a-fA-F]{4}",
    )
    starts = "|".join((*stamps, levels, *frames))
    return re.compile(rf"[\s\[(<*|]{{0,40}}(?:{starts})")


def split_pasted(text: str) -> tuple[list[str], list[str]]:
    """The lines of a text in order: those that a person wrote, and those of logs and stack traces.

    Such a line begins with a time, a level (`ERROR`), a place in a program or an address. A text in
    which nobody says anything else is all its own.
    """
    own: list[str] = []
    pasted: list[str] = []
    begins_like_a_log = _machine_line().match
    for line in text.split("\n"):
        (pasted if begins_like_a_log(line) else own).append(line)
    if pasted and not any(map(str.isalnum, "".join(own))):
        return pasted, []
    return own, pasted
