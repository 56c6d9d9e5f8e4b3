"""What a check found, for people and for pipes."""

from collections import Counter

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.run import CheckResult
from kbcli.operations.check import BaselineUpdate, CheckReport
from kbcli.render.ansi import paint
from kbcli.render.escape import escape_field, make_line
from kbcli.render.formats import Output, View
from kbcli.render.words import format_notes

_SEVERITY_STYLES = {"error": "red bold", "warning": "yellow"}


def format_finding_lines(report: CheckReport, view: View) -> Output:
    """`path:line: severity: rule: message`, one finding a line; rules that come by the hundred are counted beside."""
    result = report.result
    text = "".join(
        f"{_name_path(escape_field(found.path))}:{found.line}: {found.severity}: {found.rule}: {make_line(found.message)}\n"
        for found in _list_shown(result, verbose=view.verbose)
    )
    return Output(text, () if view.verbose else tuple(_count_summarised(result)))


def _name_path(path: str) -> str:
    """The path at the start of a line, where a GitHub runner would obey one that begins with `::`."""
    return f"./{path}" if path.lstrip().startswith("::") else path


def _list_shown(result: CheckResult, *, verbose: bool) -> list[Finding]:
    counted = set() if verbose else result.summarised
    return [found for found in result.findings if found.rule not in counted or found.severity == "error"]


def format_finding_table(report: CheckReport, view: View) -> str:
    """Findings under the path of their card, rules that come by the hundred as one line each, then the sum.

    The remedy stands under the first finding of each rule, and where all is wanted with each.
    """
    result, color, verbose = report.result, view.color, view.verbose
    shown = _list_shown(result, verbose=verbose)
    parts: list[str] = []
    hinted: set[str] = set()
    path = None
    for found in shown:
        if found.path != path:
            path = found.path
            parts.append(f"{paint(_name_path(make_line(path)), 'bold', color=color)}\n")
        severity = paint(f"{found.severity:<7}", _SEVERITY_STYLES[found.severity], color=color)
        rule = paint(found.rule, "dim", color=color)
        parts.append(f"  {found.line:>4}  {severity}  {make_line(found.message)}  {rule}\n")
        if found.hint and (verbose or found.rule not in hinted):
            hinted.add(found.rule)
            parts.append(paint(f"                 {make_line(found.hint)}\n", "dim", color=color))
    if shown:
        parts.append("\n")
    parts += [] if verbose else [f"{line}\n" for line in _count_summarised(result)]
    parts.append(_format_verdict(result, color=color))
    return "".join(parts) + format_notes(report.notes, color=color)


def _count_summarised(result: CheckResult) -> list[str]:
    """One line for each rule whose findings are only counted."""
    counts = Counter(
        found.rule
        for found in result.findings
        if found.rule in result.summarised and found.severity != "error"
    )
    return [
        f"{rule}: {count_things(count, 'finding')} (--verbose lists {'it' if count == 1 else 'them'})"
        for rule, count in sorted(counts.items())
    ]


def _format_verdict(result: CheckResult, *, color: bool) -> str:
    """The last line: how many errors and warnings in how many cards."""
    errors, warnings = result.by_severity["error"], result.by_severity["warning"]
    text = f"{count_things(result.cards, 'card', none='no')}: {count_things(errors, 'error', none='no')}, {count_things(warnings, 'warning', none='no')}"
    style = "red bold" if result.failed else "green" if not warnings else "yellow"
    return paint(text, style, color=color) + "\n"


def describe_findings(report: CheckReport) -> dict[str, object]:
    """The data of `kb check`."""
    result = report.result
    findings = [
        {
            "rule": found.rule,
            "severity": found.severity,
            "path": found.path,
            "line": found.line,
            "card": found.card or None,
            "message": found.message,
            "hint": found.hint,
            "subject": found.subject or None,
        }
        for found in result.findings
    ]
    summary = {
        "failed": result.failed,
        "strict": result.strict,
        "today": result.today.isoformat(),
        "cards": result.cards,
        "errors": result.by_severity["error"],
        "warnings": result.by_severity["warning"],
        "rules": dict(result.by_rule),
        "basis": dict(result.bases),
    }
    return {"findings": findings, "summary": summary}


def format_no_findings(update: BaselineUpdate, view: View) -> str:
    """Nothing: all there is to say of a baseline is talk."""
    del update, view
    return ""


def describe_baseline(update: BaselineUpdate) -> dict[str, object]:
    """The data of `kb check --update-baseline`."""
    return {"baseline": update._asdict()}
