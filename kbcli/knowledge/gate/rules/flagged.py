"""flagged: somebody reported the card wrong."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "flagged"


def find_flagged(context: CheckContext) -> Findings:
    """Active cards with a flag."""
    for card in context.cards:
        flag = card.flagged
        if flag is None or card.status != "active":
            continue
        when = f" on {flag.on}" if flag.on is not None else ""
        who = f" by {flag.by}" if flag.by else ""
        reason = f": {flag.reason}" if flag.reason else ""
        yield report_card(
            ID,
            card,
            f"flagged as wrong{who}{when}{reason}",
            f"Mend it and run `kb verify --unflag {card.id}`, or take it back with `kb unflag {card.id}`.",
            line=card.line_of("flagged"),
            age=max((context.today - flag.on).days, 0) if flag.on else None,
        )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card somebody reported wrong",
    what="The card carries `flagged:` with who, when and why.",
    why="A colleague met a case in which it is wrong; until that is settled nobody should rely on it.",
    mend="Mend the card, or find that it is right after all, and run `kb verify ID`.",
    find=find_flagged,
)
