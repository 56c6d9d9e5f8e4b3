"""What `kb doctor` found: facts with their origin, and what to do about problems."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.doctor import Diagnosis
from kbcli.render.ansi import paint
from kbcli.render.escape import make_line
from kbcli.render.formats import View


def format_fact_table(diagnosis: Diagnosis, view: View) -> str:
    """Facts by section, problems marked, each with what to do; the number of problems last."""
    color = view.color
    lines: list[str] = []
    section = ""
    width = max((len(fact.name) for fact in diagnosis.facts), default=0)
    for fact in diagnosis.facts:
        if fact.section != section:
            section = fact.section
            lines.append(("\n" if lines else "") + paint(section, "bold", color=color))
        mark = paint("✗", "red bold", color=color) if fact.remedy else paint("✓", "green", color=color)
        origin = paint(f"  ({fact.origin})", "dim", color=color) if fact.origin else ""
        lines.append(f"  {mark} {make_line(fact.name).ljust(width)}  {make_line(fact.value)}{origin}")
        if fact.remedy:
            lines.append(paint(f"      → {make_line(fact.remedy)}", "yellow", color=color))
    problems = diagnosis.problems
    verdict = f"{count_things(problems, 'problem')}." if problems else "Everything looks right."
    return "\n".join([*lines, "", verdict]) + "\n"


def list_fact_rows(diagnosis: Diagnosis, _view: View) -> list[tuple[str, ...]]:
    """One fact a row: section, name, value, origin, ok or problem, remedy."""
    return [
        (fact.section, fact.name, fact.value, fact.origin, "problem" if fact.remedy else "ok", fact.remedy)
        for fact in diagnosis.facts
    ]


def describe_facts(diagnosis: Diagnosis) -> dict[str, object]:
    """The data of `kb doctor`."""
    rows = [
        {
            "section": fact.section,
            "name": fact.name,
            "value": fact.value,
            "origin": fact.origin or None,
            "ok": not fact.remedy,
            "remedy": fact.remedy or None,
        }
        for fact in diagnosis.facts
    ]
    return {"facts": rows, "problems": diagnosis.problems}
