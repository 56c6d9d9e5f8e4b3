"""Where a text to send begins and ends in a card: `<!-- reply -->`, `<!-- reply short -->`, `<!-- /reply -->`.

What stands between them is read by `support/replies`.
"""

import re

from kbcli.foundation.markdown.blocks import blank_code
from kbcli.foundation.typed import NamedTuple, compile_late

_MARK = compile_late(r"<!--[ \t]*(?P<close>/?)reply(?![\w/-])(?P<name>(?:(?!-->)[^\n])*)-->")


class ReplyMark(NamedTuple):
    """A mark outside of code, at characters `start` to `stop` of the Markdown; one that `closes` has no name.

    Only one that `is_alone` on its line counts; another is a mistake.
    """

    start: int
    stop: int
    closes: bool
    name: str
    is_alone: bool


def find_reply_marks(body: str) -> list[ReplyMark]:
    r"""The marks of texts to send in a card's Markdown, in order. Newlines must be `\n`."""
    if "<!--" not in body or "reply" not in body or not _MARK.search(body):
        return []
    blanked = blank_code(body)
    return [
        ReplyMark(*mark.span(), bool(mark["close"]), mark["name"].strip(), _is_alone(blanked, mark))
        for mark in _MARK.finditer(blanked)
    ]


def has_reply(body: str) -> bool:
    """Whether a card's Markdown has a text to send."""
    return any(mark.is_alone and not mark.closes for mark in find_reply_marks(body))


def _is_alone(blanked: str, mark: re.Match[str]) -> bool:
    start = blanked.rfind("\n", 0, mark.start()) + 1
    end = blanked.find("\n", mark.end())
    before, after = blanked[start : mark.start()], blanked[mark.end() : end if end >= 0 else len(blanked)]
    return len(before) < 4 and not before.strip(" ") and not after.strip()
