"""missing-interval, missing-owner, missing-title: what a card should have."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card


def find_missing_intervals(context: CheckContext) -> Findings:
    """Verified active cards with neither an interval nor a due date."""
    for card in context.cards:
        if (
            card.verified is None
            or card.status != "active"
            or card.verify_every is not None
            or card.due_on is not None
        ):
            continue
        if context.has_bad_field(card, "verify_every") or context.has_bad_field(card, "due"):
            continue
        name = context.config.field_name("verify_every")
        yield report_card(
            "missing-interval",
            card,
            "it is verified, but nothing says when it falls due",
            f"Add {name}:, or verify_every to kb.toml for all cards.",
            line=card.line_of("verified"),
        )


def find_missing_owners(context: CheckContext) -> Findings:
    """Active cards without an owner, their own or by a default of kb.toml."""
    for card in context.cards:
        if not card.owners and card.status == "active" and not context.has_bad_field(card, "owner"):
            name = context.config.field_name("owner")
            yield report_card(
                "missing-owner",
                card,
                "nobody owns it",
                f"Add {name}: to its front matter, or a default for its folder to kb.toml.",
            )


def find_missing_titles(context: CheckContext) -> Findings:
    """Cards shown under their first heading, or under the name of their file."""
    for card in context.cards:
        if (card.own_title and not card.heading_title) or context.has_bad_field(card, "title"):
            continue
        instead = "its first heading" if card.heading_title else "the name of its file"
        name = context.config.field_name("title")
        yield report_card(
            "missing-title",
            card,
            f"it has no title; {instead} is shown: “{card.title}”",
            f"Add {name}: to its front matter.",
        )


RULES = (
    Rule(
        id="missing-interval",
        severity="warning",
        title="A verified card that never falls due",
        what="The card has a verification date; neither it nor kb.toml has an interval.",
        why="Its verification would count for ever.",
        mend="Say how long a verification is good for: on the card, for its folder, or for all in kb.toml.",
        find=find_missing_intervals,
        summarised=True,
    ),
    Rule(
        id="missing-owner",
        severity="warning",
        title="A card without an owner",
        what="Neither the card nor a default in kb.toml says who is accountable for it.",
        why="When it falls due, nobody is asked.",
        mend="Name a person or a group; kb.toml can give a whole folder an owner.",
        find=find_missing_owners,
        summarised=True,
    ),
    Rule(
        id="missing-title",
        severity="warning",
        title="A card without a title",
        what="The front matter has no title, so the first heading, or else the file name, is shown.",
        why="The title is what people read first in a list of hits, and what search weighs most.",
        mend="Add a title that says what the reader wants to do, in their words.",
        find=find_missing_titles,
        summarised=True,
    ),
)
