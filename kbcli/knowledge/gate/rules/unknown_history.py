"""unknown-history: git cannot say who vouches for a card, so the rules of who may vouch judged nothing."""

from collections.abc import Iterable, Iterator

from kbcli.config import CONFIG_NAME
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding, report_card
from kbcli.knowledge.gate.rule import Rule

ID = "unknown-history"
_NAMED = 3
_REMEDIES = {
    "shallow": (
        "this clone is shallow",
        "Run `git fetch --unshallow` once (in GitHub Actions: fetch-depth: 0; in GitLab CI: GIT_DEPTH: 0).",
    ),
    "missing": (
        "this clone lacks old versions of files",
        "Run `git fetch --refetch --no-filter` once, or clone without --filter.",
    ),
}


def find_unknown_histories(context: CheckContext) -> Iterator[Finding]:
    """Cards that another rule of this run could not judge; it runs after them, rules being sorted by ID."""
    history = context.history
    for card, why in context.unknown.values():
        reason, hint = _REMEDIES.get(why) or (
            (history.why if history else "") or "there is no git history",
            "Check in a git clone.",
        )
        yield report_card(
            ID, card, f"who vouches for it cannot be known: {reason}", hint,
            line=card.line_of("verified"), subject=f"{card.verified} {card.verified_by}",
        )  # fmt: skip


def join_unknown(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, those of this rule made into one: it has one cause and one remedy."""
    kept: list[Finding] = []
    joined: list[Finding] = []
    for found in findings:
        (joined if found.rule == ID else kept).append(found)
    if len(joined) < 2:
        return (*kept, *joined)
    names = ", ".join(found.card for found in joined[:_NAMED]) + (", …" if len(joined) > _NAMED else "")
    worst = min(joined, key=lambda found: found.severity)
    message = f"who vouches for {len(joined)} cards ({names}) {worst.message.partition(' it ')[2]}"
    return (*kept, Finding(ID, worst.severity, CONFIG_NAME, 1, "", message, worst.hint))


RULE = Rule(
    id=ID,
    severity="warning",
    title="A history too short to judge by",
    what="The rules of who may vouch were asked for, and this clone does not reach back to the commit that set a verification.",
    why="What cannot be known is not fine: a shallow clone would hide every bad verification.",
    mend="Fetch the whole history once: `git fetch --unshallow`, or fetch-depth: 0 in the workflow.",
    find=find_unknown_histories,
    history=True,
)
