"""A check as JUnit XML, which most build servers show as a test report."""

from kbcli.knowledge.gate.run import CheckResult
from kbcli.render.control import strip_controls


def format_junit(result: CheckResult) -> str:
    """One test suite; a test case for each finding, and one passed case when there is none.

    An error is a failure; a warning is one only in a strict check, and else the case's output,
    so that the report is red exactly when the check fails.
    """
    from xml.etree import ElementTree as ET

    blocking = frozenset(result.blocking)
    suites = ET.Element(
        "testsuites", name="kb check", tests=_count(result), failures=str(len(result.blocking)), errors="0"
    )
    suite = ET.SubElement(
        suites, "testsuite", name="kb check", tests=_count(result), failures=str(len(result.blocking)), errors="0", skipped="0",
        timestamp=f"{result.today.isoformat()}T00:00:00",
    )  # fmt: skip
    for finding in result.findings:
        path = strip_controls(result.prefix + finding.path)
        case = ET.SubElement(suite, "testcase", classname=path, name=f"{finding.rule}: {strip_controls(finding.message)}",
                             file=path, line=str(finding.line), time="0")  # fmt: skip
        text = f"{path}:{finding.line}: {finding.severity}: {strip_controls(finding.message)}\n{strip_controls(finding.hint)}"
        if finding in blocking:
            failure = ET.SubElement(
                case, "failure", type=finding.rule, message=strip_controls(finding.message)
            )
            failure.text = text
        else:
            ET.SubElement(case, "system-out").text = text
    if not result.findings:
        ET.SubElement(suite, "testcase", classname="kb check", name=f"{result.cards} cards", time="0")
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _count(result: CheckResult) -> str:
    return str(max(len(result.findings), 1))
