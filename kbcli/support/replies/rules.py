"""bad-reply, style: a text to send that cannot be sent as it stands, and one that says what yours do not say."""

from kbcli.foundation.markdown.links import NOTATIONS, find_links
from kbcli.knowledge.cards.model import Card, Mistake
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, report_card
from kbcli.support.replies.style import STYLE, find_style
from kbcli.support.replies.texts import ReplyText, read_texts

ID = "bad-reply"
_INSIDE = frozenset(("relative", "absolute", "alias", "anchor", "template", *NOTATIONS))


def find_mistakes(body: str) -> tuple[tuple[ReplyText, ...], tuple[Mistake, ...]]:
    """The texts to send of a card's Markdown, and all that is wrong with them, in order of line."""
    texts, mistakes = read_texts(body)
    if not texts:
        return texts, mistakes
    found = [*mistakes, *(mistake for text in texts for mistake in text.mistakes)]
    places = [place for text in texts for place in ((text.start, text.stop), *text.borrowed)]
    for link in find_links(body):
        if link.kind in _INSIDE and any(first <= link.start < last for first, last in places):
            message = f"a text to send links to “{link.raw}”, which a customer cannot open"
            found.append(Mistake(link.line, message, "Link to a web address, or say it in words."))
    return texts, tuple(sorted(found))


def find_bad_replies(context: CheckContext) -> Findings:
    """What is wrong with the texts to send of all cards."""
    for card in context.cards:
        yield from _check_card(card)


def _check_card(card: Card) -> Findings:
    for mistake in find_mistakes(card.body)[1]:
        line = card.body_line + mistake.line - 1
        yield report_card(ID, card, mistake.message, mistake.hint, line=line, subject=mistake.message)


RULES = (
    Rule(
        id=ID,
        severity="error",
        title="a text that cannot be sent",
        what="A text to send has a mark without its partner, nothing in it, a variable that cannot be read, or a link that only colleagues can open.",
        why="`kb reply` refuses such a text while the customer waits.",
        mend="Mend the line that is named: `<!-- reply -->` and `<!-- /reply -->` on lines of their own, variables as `{name}` or `{name|default}`, links with their whole address.",
        find=find_bad_replies,
    ),
    Rule(
        id=STYLE,
        severity="warning",
        title="A word that your style avoids",
        what="A text to send, or with `public = true` any public card, has a word or phrase that `[style]` of kb.toml says to avoid.",
        why="Customers who get each answer in another tone take it for another company’s.",
        mend="Write what the finding says, or leave the word out.",
        find=find_style,
    ),
)
