"""Inclusions: cards that others import or include, in the notation of whichever generator, and are then parts of them."""

import re
from collections.abc import Iterable, Mapping
from posixpath import dirname, join, normpath

from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.model import Card

_MARKS = ("include", "-8<-", "{!", "\nimport ")
_INCLUSION = compile_late(
    r"(?:^import\b.*?\bfrom|@include:?|\{include\}|-8<-+|#include|\{%-?[ \t]*include[\w-]*|\{\{[<%][ \t]*include\b(?:[ \t]+\w+=)?"
    r"|\{!)[ \t]*[\"']?([^\s\"'<>{}]+\.mdx?)\b|\]\(([^)\s]+\.mdx?)[ \t]+[\"'][^\"'\n]*:include\b",
    re.MULTILINE,
)


def map_inclusions(cards: Iterable[Card]) -> Mapping[str, tuple[Card, ...]]:
    """The cards that take in another, by the path of that.

    What is named from a folder that only the build knows, `@part.md`, is each card whose path ends so.
    """
    cards = tuple(cards)
    exact: dict[str, list[Card]] = {}
    ends: dict[str, list[Card]] = {}
    for card in cards:
        has_any = card.body.startswith("import ") or any(mark in card.body for mark in _MARKS)
        for found in _INCLUSION.finditer(card.body) if has_any and ".md" in card.body else ():
            name = found[1] or found[2]
            exact.setdefault(normpath(join(dirname(card.path), name)), []).append(card)
            if not name.startswith("."):
                ends.setdefault(normpath(name.removeprefix("@site/").lstrip("@/")), []).append(card)
    if not exact:
        return {}
    taken: dict[str, tuple[Card, ...]] = {}
    for card in cards:
        parts = card.path.split("/")
        tails = ("/".join(parts[depth:]) for depth in range(len(parts)))
        takers = [*exact.get(card.path, ()), *(taker for tail in tails for taker in ends.get(tail, ()))]
        if takers:
            taken[card.path] = tuple({id(taker): taker for taker in takers}.values())
    return taken
