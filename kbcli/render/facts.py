"""Facts with their origin and remedy, for `kb doctor`."""

from collections.abc import Sequence
from typing import Protocol

from kbcli.render.ansi import paint
from kbcli.render.escape import escape_field, make_line


class Fact(Protocol):
    """One thing that was found out; with a `remedy` it is a problem."""

    @property
    def section(self) -> str:
        """What it is about."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def value(self) -> str:
        """What was found."""
        ...

    @property
    def origin(self) -> str:
        """Where the value came from, or ""."""
        ...

    @property
    def remedy(self) -> str:
        """What to do, or ""."""
        ...


def format_facts(facts: Sequence[Fact], *, color: bool) -> str:
    """Facts by section, problems marked, each with what to do; the number of problems last."""
    lines: list[str] = []
    section = ""
    width = max((len(fact.name) for fact in facts), default=0)
    for fact in facts:
        if fact.section != section:
            section = fact.section
            lines.append(("\n" if lines else "") + paint(section, "bold", color=color))
        mark = paint("✗", "red bold", color=color) if fact.remedy else paint("✓", "green", color=color)
        origin = paint(f"  ({fact.origin})", "dim", color=color) if fact.origin else ""
        lines.append(f"  {mark} {make_line(fact.name).ljust(width)}  {make_line(fact.value)}{origin}")
        if fact.remedy:
            lines.append(paint(f"      → {make_line(fact.remedy)}", "yellow", color=color))
    problems = sum(bool(fact.remedy) for fact in facts)
    verdict = (
        "Everything looks right." if not problems else f"{problems} problem{'' if problems == 1 else 's'}."
    )
    return "\n".join([*lines, "", verdict]) + "\n"


def format_fact_lines(facts: Sequence[Fact]) -> str:
    """One fact a line, tab-separated: section, name, value, origin, ok or problem, remedy."""
    return "".join(
        "\t".join(
            escape_field(field)
            for field in (fact.section, fact.name, fact.value, fact.origin, "problem" if fact.remedy else "ok", fact.remedy)
        )
        + "\n"
        for fact in facts
    )  # fmt: skip
