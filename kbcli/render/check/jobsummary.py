"""A check as a job summary: Markdown for the page of a CI run."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.check import CheckReport
from kbcli.render.markdown import escape_markdown, format_markdown_table

MAX_ROWS = 100


def format_job_summary(report: CheckReport) -> str:
    """The verdict, a table of the findings (errors first, at most 100), and what does not count below it."""
    result = report.result
    errors, warnings = result.by_severity["error"], result.by_severity["warning"]
    mark = "❌" if result.failed else "✅"
    lines = [
        f"### {mark} kb check: {count_things(errors, 'error', none='no')}, {count_things(warnings, 'warning', none='no')}",
        "",
    ]
    found = sorted(
        result.findings, key=lambda item: (item.severity != "error", item.path, item.line, item.rule)
    )
    if found:
        rows = (
            (
                "🔴" if item.severity == "error" else "🟡",
                *map(escape_markdown, (item.path, str(item.line), item.rule, item.advice)),
            )
            for item in found[:MAX_ROWS]
        )
        lines.append(format_markdown_table(("", "Card", "Line", "Rule", "Finding"), rows).rstrip())
        if len(found) > MAX_ROWS:
            lines += ["", f"and {len(found) - MAX_ROWS} more"]
        lines.append("")
    if report.uncounted:
        lines += [escape_markdown(report.uncounted), ""]
    return "\n".join(lines) + "\n"
