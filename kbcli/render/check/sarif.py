"""A check as SARIF 2.1.0, which GitHub code scanning and editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

import json
from urllib.parse import quote

import kbcli
from kbcli.knowledge.gate.rule import Finding, Rule
from kbcli.operations.check import CheckReport
from kbcli.operations.rules import RULES
from kbcli.render.check.gitlab import make_fingerprint
from kbcli.render.escape import strip_controls

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "off": "none"}


def format_sarif(report: CheckReport) -> str:
    """One run with every rule's metadata, its findings as results with paths relative to the git root."""
    result = report.result
    seen: dict[str, int] = {}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "kb",
                        "semanticVersion": kbcli.__version__,
                        "rules": [_describe_rule(rule) for rule in RULES],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_describe_result(finding, result.prefix, seen) for finding in result.findings],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _describe_rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "name": "".join(word.title() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {"text": f"{rule.what} {rule.why} {rule.mend}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


_RULE_INDEX = {rule.id: index for index, rule in enumerate(RULES)}


def _describe_result(finding: Finding, prefix: str, seen: dict[str, int]) -> dict[str, object]:
    described: dict[str, object] = {
        "ruleId": finding.rule,
        "level": finding.severity,
        # Square brackets and braces have a meaning in SARIF messages (§3.11.5, §3.11.6).
        "message": {"text": _escape_message(strip_controls(finding.advice))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _quote_path(prefix + finding.path), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": finding.line},
                }
            }
        ],
        "partialFingerprints": {"kbFinding/v1": make_fingerprint(finding, prefix, seen)},
    }
    if finding.rule in _RULE_INDEX:
        described["ruleIndex"] = _RULE_INDEX[finding.rule]
    return described


def _quote_path(path: str) -> str:
    """A path as a URI reference; a name that is not UTF-8 by the bytes it has on disk."""
    try:
        return quote(path, errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(path, errors="replace")


def _escape_message(text: str) -> str:
    text = text.replace("{", "{{").replace("}", "}}")
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
