"""unknown-history: git cannot say who vouches for a card, so the rules of who may vouch judged nothing."""

from kbcli.config import CONFIG_NAME
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Finding, Findings, Rule, report_card, report_file

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


def find_unknown_histories(context: CheckContext) -> Findings:
    """Cards that another rule of this run could not judge."""
    history = context.history
    for card, why in context.unknown.values():
        reason, hint = _REMEDIES.get(why) or (
            (history.why if history else "") or "there is no git history",
            "Check in a git clone.",
        )
        yield report_card(
            ID,
            card,
            f"who vouches for it cannot be known: {reason}",
            hint,
            line=card.line_of("verified"),
            subject=f"{card.verified} {card.verified_by}",
        )


def join_unknown(findings: list[Finding]) -> Finding:
    """The findings made into one: they have one cause and one remedy."""
    names = ", ".join(found.card for found in findings[:_NAMED]) + (", …" if len(findings) > _NAMED else "")
    worst = min(findings, key=lambda found: found.severity)
    message = f"who vouches for {len(findings)} cards ({names}) {worst.message.partition(' it ')[2]}"
    return report_file(ID, CONFIG_NAME, message, worst.hint)._replace(severity=worst.severity)


RULE = Rule(
    id=ID,
    severity="warning",
    title="A history too short to judge by",
    what="The rules of who may vouch were asked for, and this clone does not reach back to the commit that set a verification.",
    why="What cannot be known is not fine: a shallow clone would hide every bad verification.",
    mend="Fetch the whole history once: `git fetch --unshallow`, or fetch-depth: 0 in the workflow.",
    find=find_unknown_histories,
    history=True,
    closing=True,
    join=join_unknown,
)
