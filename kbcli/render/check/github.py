"""A check as GitHub annotations: workflow commands on standard output.

Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions.
GitHub shows ten annotations of each severity a step, so only the worst ten of each are written.
"""

from collections import Counter

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.gate.rule import Finding
from kbcli.operations.check import CheckReport
from kbcli.render.escape import drop_controls, strip_controls

MAX_ANNOTATIONS = 10


def format_github(report: CheckReport) -> str:
    """`::error file=…,line=…,title=…::message` lines, and a `::notice` that counts those left out.

    Paths are relative to the git root. The rules with the fewest findings come first, so that
    one rule found a hundred times does not hide the others.
    """
    result = report.result
    lines = []
    for severity in ("error", "warning"):
        found = [finding for finding in result.findings if finding.severity == severity]
        found.sort(key=lambda finding: (result.by_rule[finding.rule], finding.rule))
        lines += [_format_annotation(finding, result.prefix) for finding in found[:MAX_ANNOTATIONS]]
        if len(found) > MAX_ANNOTATIONS:
            lines.append(_format_rest(found, severity))
    return "".join(f"{line}\n" for line in lines)


def _format_annotation(finding: Finding, prefix: str) -> str:
    place = f"file={_escape_property(prefix + finding.path)},line={finding.line}"
    return f"::{finding.severity} {place},title={_escape_property(f'kb {finding.rule}')}::{_escape_data(finding.advice)}"


def _format_rest(found: list[Finding], severity: str) -> str:
    counts = Counter(finding.rule for finding in found[MAX_ANNOTATIONS:])
    rules = ", ".join(f"{count} {rule}" for rule, count in sorted(counts.items()))
    rest = count_things(len(found) - MAX_ANNOTATIONS, f"more {severity}")
    return f"::notice title=kb check::{_escape_data(f'and {rest}: {rules}. Run kb check to see them all.')}"


def _escape_data(text: str) -> str:
    return strip_controls(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    # A path keeps its newlines and double spaces, escaped: it must name the file.
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return drop_controls(escaped).replace(":", "%3A").replace(",", "%2C")
