"""Inclusions: cards that others import or include, in the notation of whichever generator, and are then parts of them."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, join, normpath

from kbcli.foundation.markdown.blocks import scan_blocks
from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import INDEX_NAMES, PROJECT_FILES

_MARKS = ("include", "-8<-", "{!", "\nimport ")
_NAME = r"[^\s\"'<>{}]{1,300}\.mdx?"
_INCLUSION = compile_late(
    r"(?<!`)(?:^import\b(?:.*?\bfrom)?|@include:?|-8<-+|#include|\{%-?[ \t]*include[\w-]*|\{\{[<%][ \t]*include\b(?:[ \t]+\w+=)?"
    rf"|\{{!)[ \t]*[\"']?(?P<named>{_NAME})\b|\{{include\}}[ \t]*(?P<directive>{_NAME})\b"
    r"|\]\((?P<linked>[^)\s]{1,300}\.mdx?)[ \t]+[\"'][^\"'\n]*:include\b",
    re.MULTILINE,
)


def map_inclusions(cards: Iterable[Card]) -> Mapping[str, tuple[Card, ...]]:
    """The cards that take in another, by the path of that.

    What is named from a folder that only the build knows, `@part.md`, is each card whose path ends so; a bare
    name, the card beside it, if one is there, and of names that many folders have, no other.
    """
    cards = tuple(cards)
    paths = {card.path for card in cards}
    exact: dict[str, list[Card]] = {}
    ends: dict[str, list[Card]] = {}
    for card in cards:
        for name in _list_names(card.body):
            place = normpath(join(dirname(card.path), name))
            exact.setdefault(place, []).append(card)
            is_beside = "/" not in name and (place in paths or _is_common(name))
            if not name.startswith(".") and not is_beside:
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


def _list_names(body: str) -> Iterator[str]:
    """What a text takes in. In a fence that is shown, but by MyST, whose directives are fences; indented text may be of a list."""
    has_any = ".md" in body and (body.startswith("import ") or any(mark in body for mark in _MARKS))
    matches = list(_INCLUSION.finditer(body)) if has_any else []
    fences = [block for block in scan_blocks(body) if block.kind == "fence"] if matches else []
    starts = [fence.start for fence in fences]
    for found in matches:
        before = bisect_right(starts, found.start())
        if found["directive"] or not before or fences[before - 1].stop <= found.start():
            yield found["directive"] or found["named"] or found["linked"]


def _is_common(name: str) -> bool:
    return name.partition(".")[0] in INDEX_NAMES or PROJECT_FILES.match(name) is not None
