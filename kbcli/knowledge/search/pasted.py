"""What a ticket quotes from a machine: the lines of logs and stack traces."""

import re
from functools import cache
from typing import NamedTuple


class Lines(NamedTuple):
    """The lines of a text that a person wrote, and those that a program wrote."""

    own: list[str]
    pasted: list[str]


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


def split_pasted(text: str) -> Lines:
    """The lines of a text in order, those of logs and stack traces apart.

    Such a line begins with a time, a level (`ERROR`), a place in a program or an address. A text in
    which nobody says anything else is all its own.
    """
    lines = Lines([], [])
    begins_like_a_log = _machine_line().match
    for line in text.split("\n"):
        (lines.pasted if begins_like_a_log(line) else lines.own).append(line)
    if lines.pasted and not any(map(str.isalnum, "".join(lines.own))):
        return Lines(lines.pasted, [])
    return lines
