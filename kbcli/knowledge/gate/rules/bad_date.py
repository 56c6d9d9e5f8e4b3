"""bad-date: a date that is none."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_problem

ID = "bad-date"


def find_bad_dates(context: CheckContext) -> Findings:
    """Date fields that are empty, impossible, ambiguous or a template's placeholder; `kb:until` without a date."""
    yield from context.report_problems(ID)
    for card, _, problems in context.claims:
        for problem in problems:
            yield report_problem(problem, card)


RULE = Rule(
    id=ID,
    severity="error",
    title="A date that cannot be read",
    what="A date field is empty, no day of the calendar, could be two days (07/04/2026) or is a placeholder.",
    why="A card whose date cannot be read would otherwise never expire.",
    mend="Write it as YYYY-MM-DD. Where all dates are written another way, set date_style in kb.toml.",
    find=find_bad_dates,
)
