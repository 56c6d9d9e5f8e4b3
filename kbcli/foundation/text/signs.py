"""Words made of ASCII signs alone: operators (`->`, `&&`, `::`, `$?`), and any signs in a code span; no marks of Markdown."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from kbcli.foundation.text.languages import compile_once

LONGEST_SIGN = 8
"""Signs of one word."""

# As `string.punctuation`, without what loading `string` takes.
_SIGNS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

# No full stop, comma, bracket or quotation mark: those stand beside words everywhere.
_RUN = r"[!#$%&*+\-/:<=>?@\\^|~]{2,}"
_SPAN = r"`([!-/:-@\[-_{-~]{1,8})`(?!\w)"
_BEFORE_SPAN = frozenset("\t\n ([{|\"'*_:>,;/-`")

# One sign repeated is mostly a line, a heading or emphasis. These are operators; the second ones where nothing touches them.
_REPEATED = frozenset(("&&", "||", "::", "==", "===", "<<", "<<<", ">>", ">>>", "//", "$$", "%%", "@@"))
_REPEATED_ALONE = frozenset(("--", "**", "??", "!!", "~~", "##", "++"))
# Of tags, entities, comments and addresses.
_NO_OPERATORS = frozenset(("</", "/>", "><", "></", "/><", "/></", "&#", "/?", "://", "<!--", "-->"))
_TABLE = frozenset("|-:")
_BLANKS = frozenset(("", " ", "\t", "\n"))
_OF_NEXT = frozenset("-+!~$@#%/")
_MOST_SIGNS = 4


def is_sign(text: str) -> bool:
    """Whether a text is made of ASCII signs alone, few enough for a word."""
    return 0 < len(text) <= LONGEST_SIGN and _SIGNS.issuperset(text)


def find_signs(text: str) -> Iterator[str]:
    """The words of ASCII signs in a text, with repetitions; of `#!/bin` and `==-1` with and without what belongs to the next word."""
    if is_sign(bare := text.strip()):
        yield bare.strip("`*") or bare
        return
    spans = set()
    if "`" in text:
        for match in compile_once(_SPAN).finditer(text):
            if match.start() == 0 or text[match.start() - 1] in _BEFORE_SPAN:
                spans.add(match.start(1))
                yield match[1].replace("\\|", "|")
    for match in compile_once(_RUN).finditer(text):
        start, end = match.span()
        if start not in spans:
            yield from _read_run(match[0], text[start - 1 : start] or "\n", text[end : end + 1])


def find_typed_signs(text: str) -> Iterator[tuple[str, ...]]:
    """The words of ASCII signs in a query, each with what it may be beside: any signs that stand alone, and operators."""
    found = dict.fromkeys(bare for token in text.split() if is_sign(bare := token.strip("`'\"") or token))
    found |= dict.fromkeys(sign for token in text.split() if not is_sign(token) for sign in find_signs(token))
    for sign in found:
        # Somebody asks: what is (->)?
        shorter = sign.strip("?!:;,.()[]{}\"'`")
        yield (sign, shorter) if 1 < len(shorter) < len(sign) else (sign,)


def place_signs(text: str, signs: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Where words of ASCII signs stand in a text without markup, a single sign only where no word touches it."""
    ends = r"[!-/:-@\[-`{-~]"
    for sign in signs:
        bound = ends if len(sign) > 1 else rf"(?:{ends}|\w)"
        for match in re.finditer(
            rf"(?<!{bound}){re.escape(sign)}(?!{bound})|(?<=`){re.escape(sign)}(?=`)", text
        ):
            yield match.start(), match.end(), sign


@lru_cache(maxsize=4096)
def _read_run(run: str, left: str, right: str) -> tuple[str, ...]:
    """The operators that a stretch of signs is, between these two characters (of the text's end: none)."""
    run = run.replace("\\", "")
    is_alone = left in _BLANKS and right in _BLANKS
    if not is_alone or (run[:1] == "*" == run[-1:] and run.strip("*")):
        run = run.strip("*")
    is_glued = run[-1:] in _OF_NEXT and run[-1] != run[-2:-1] and (right.isalnum() or right == "_")
    runs = (run, run[:-1]) if is_glued else (run,)
    return tuple(one for one in runs if _is_operator(one, left, is_alone=is_alone))


def _is_operator(run: str, left: str, *, is_alone: bool) -> bool:
    if not 1 < len(run) <= _MOST_SIGNS or run in _NO_OPERATORS:
        return False
    if run.count(run[0]) == len(run):
        begins = left == "\n" and run[0] in ">#="
        return not begins and (run in _REPEATED or (is_alone and run in _REPEATED_ALONE))
    return run == ":-" or not _TABLE.issuperset(run)
