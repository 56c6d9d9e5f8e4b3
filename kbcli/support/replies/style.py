"""What the rule style finds: words that kb.toml says to avoid, in texts to send and, where it says so, in public cards."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from kbcli.foundation.markdown.blocks import blank_code
from kbcli.foundation.markdown.links import find_links
from kbcli.foundation.text.phrases import PhraseFinder
from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, report_card
from kbcli.support.replies.texts import read_texts

STYLE = "style"
# What no customer reads as words: comments, tags, addresses, and the names of variables, but not their defaults.
_UNREAD = compile_late(
    r"<!--(?s:.*?)(?:-->|\Z)|<[^<>\n]*>|\w+://[^\s)>\]]+|[\w.+-]+@[\w-]+\.[\w.-]+|\{\w+(?=[|}])"
)


class _Style:
    """The words to avoid in cards of one language, and what to say instead."""

    def __init__(self, words: Mapping[str, Mapping[str, str]], lang: str) -> None:
        tags = [tag for tag in words if f"{lang}-".casefold().startswith(f"{tag}-".casefold())]
        self._words = [pair for tag in tags for pair in words[tag].items()]
        self._finder = PhraseFinder([avoided for avoided, _ in self._words], lang)

    def find(self, text: str) -> Iterator[tuple[int, str, str, str]]:
        """Where a text has one, as it is written there, as kb.toml has it, and what to say instead ("" for nothing)."""
        for start, stop, number in self._finder.find(text):
            avoided, instead = self._words[number]
            if not _is_said(text, start, stop, instead):
                yield start, " ".join(text[start:stop].split()), avoided, instead


def _is_said(text: str, start: int, stop: int, instead: str) -> bool:
    """Whether what stands there is what is to be said instead, or a part of it: the `sign in` of `sign in to`."""
    before = instead.casefold().find(text[start:stop].casefold())
    if before < 0 or start < before:
        return False
    there = text[start - before : start - before + len(instead)]
    return there in (instead, instead[:1].upper() + instead[1:])


def find_style(context: CheckContext) -> Findings:
    """The words to avoid in the texts to send of all cards, and where kb.toml says so in all of public ones."""
    words, of_public = context.config.style_words, context.config.style_public
    if not words:
        return
    styles: dict[str, _Style] = {}
    for card in context.cards:
        is_public = of_public and card.audience == "public"
        if not is_public and "reply" not in card.body:
            continue
        if card.lang not in styles:
            styles[card.lang] = _Style(words, card.lang)
        yield from _check_card(card, styles[card.lang], is_public=is_public)


def _check_card(card: Card, style: _Style, *, is_public: bool) -> Iterator[Finding]:
    texts = read_texts(card.body)[0]
    seen: Counter[str] = Counter()
    if is_public and card.own_title and not card.heading_title:
        for _, written, avoided, instead in style.find(card.own_title):
            yield _report(card, card.line_of("title"), f"the title says “{written}”", avoided, instead, seen)
    if not (texts or is_public):
        return
    for start, written, avoided, instead in style.find(_blank_unread(card.body)):
        in_text = any(text.start <= start < text.stop for text in texts)
        if in_text or is_public:
            line = card.body_line + card.body.count("\n", 0, start)
            where = "a text to send" if in_text else "a public card"
            yield _report(card, line, f"{where} says “{written}”", avoided, instead, seen)


def _report(card: Card, line: int, message: str, avoided: str, instead: str, seen: Counter[str]) -> Finding:
    seen[avoided] += 1
    subject = avoided if seen[avoided] == 1 else f"{avoided} ({seen[avoided]})"
    hint = f"Write “{instead}”." if instead else "Leave it out, or say it in other words."
    return report_card(STYLE, card, message, hint, line=line, subject=subject)


def _blank_unread(body: str) -> str:
    """The text with spaces for code, destinations of links and all else that no reader takes for words; places stay."""
    text = blank_code(body)
    for link in find_links(body) if "](" in body or "]:" in body else ():
        text = text[: link.start] + " " * (link.end - link.start) + text[link.end :]
    return _UNREAD.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
