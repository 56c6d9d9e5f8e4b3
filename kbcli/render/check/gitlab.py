"""A check as a GitLab code quality report.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

import hashlib
import json

from kbcli.knowledge.gate.rule import Finding
from kbcli.operations.check import CheckReport
from kbcli.render.escape import strip_controls

_SEVERITIES = {"error": "major", "warning": "minor"}


def format_gitlab(report: CheckReport) -> str:
    """A JSON list with one issue per finding. Fingerprints do not change when lines above do."""
    result = report.result
    seen: dict[str, int] = {}
    issues = [_describe_issue(finding, result.prefix, seen) for finding in result.findings]
    return json.dumps(issues, indent=2, ensure_ascii=True) + "\n"


def _describe_issue(finding: Finding, prefix: str, seen: dict[str, int]) -> dict[str, object]:
    return {
        "description": strip_controls(finding.advice),
        "check_name": finding.rule,
        "fingerprint": make_fingerprint(finding, prefix, seen),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": prefix + finding.path, "lines": {"begin": finding.line}},
    }


def make_fingerprint(finding: Finding, prefix: str, seen: dict[str, int]) -> str:
    """What stays the same of a finding from commit to commit; the second of its kind gets another one."""
    key = "\0".join((finding.rule, prefix + finding.path, finding.subject))
    count = seen[key] = seen.get(key, 0) + 1
    return hashlib.sha256(f"{key}\0{count}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
