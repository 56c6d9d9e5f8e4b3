"""bad-field: a field whose value means nothing."""

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.trust.dependencies import STAMP, leaves_repository
from kbcli.knowledge.trust.states import is_digest

ID = "bad-field"


def find_bad_fields(context: CheckContext) -> Findings:
    """Values of the wrong kind, misspelt names, digests that are none, references to no card."""
    yield from context.report_problems(ID)
    for card in context.cards:
        if not card.lines:
            continue
        yield from _judge_never(card, context)
        yield from _judge_digests(card)
        yield from _judge_source(card, context)


def _judge_never(card: Card, context: CheckContext) -> Findings:
    # A `never` that kb.toml gives to a folder has its reason there, in a comment.
    if "verify_every" not in card.lines or card.verify_every is None or not card.verify_every.is_never:
        return
    if not card.verify_never_reason:
        name = context.config.field_name("verify_never_reason")
        yield report_card(
            ID,
            card,
            "it is never due, and does not say why",
            f"Add {name}, or an interval such as 1y.",
            line=card.line_of("verify_every"),
            subject="verify_every",
        )


def _judge_digests(card: Card) -> Findings:
    stamps = (
        (
            "verified_digest",
            card.verified_digest,
            not card.verified_digest or is_digest(card.verified_digest),
        ),
        (
            "translation_digest",
            card.translation_digest,
            not card.translation_digest or is_digest(card.translation_digest),
        ),
        (
            "depends_digest",
            card.depends_digest,
            not card.depends_digest or bool(STAMP.match(card.depends_digest)),
        ),
    )
    for name, value, good in stamps:
        if not good:
            yield report_card(
                ID,
                card,
                f"“{value[:60]}” is not a digest",
                f"Check the card, then run `kb verify {card.id}`, which writes it.",
                line=card.line_of(name),
                subject=name,
            )


def _judge_source(card: Card, context: CheckContext) -> Findings:
    source = card.translation_of
    if "translation_of" not in card.lines or not source or leaves_repository(source):
        return
    if context.library.find_id(source) is None:
        yield report_card(
            ID,
            card,
            f"translation_of “{source}” names no card",
            "Write the ID of the card that this translates.",
            line=card.line_of("translation_of"),
            subject="translation_of",
        )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A field kb cannot use",
    what="A value of the wrong kind, a misspelt field, a digest that is none, `never` without a reason, a source that is no card.",
    why="The field is left out, so the card is not what its author thinks it is.",
    mend="Write what the message asks for.",
    find=find_bad_fields,
)
