"""A check as JUnit XML, which most build servers show as a test report."""

from kbcli.operations.check import CheckReport
from kbcli.render.escape import strip_controls


def format_junit(report: CheckReport) -> str:
    """One test suite; a test case for each finding, and one passed case when there is none.

    An error is a failure; a warning is one only in a strict check, and else the case's output,
    so that the report is red exactly when the check fails.
    """
    from xml.etree import ElementTree as ET

    result = report.result
    blocking = frozenset(result.blocking)
    counts = {
        "name": "kb check",
        "tests": str(max(len(result.findings), 1)),
        "failures": str(len(result.blocking)),
        "errors": "0",
    }
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(
        suites, "testsuite", counts, skipped="0", timestamp=f"{result.today.isoformat()}T00:00:00"
    )
    for finding in result.findings:
        path, line = strip_controls(result.prefix + finding.path), str(finding.line)
        message = strip_controls(finding.message)
        name = f"{finding.rule}: {message}"
        case = ET.SubElement(suite, "testcase", classname=path, name=name, file=path, line=line, time="0")
        text = f"{path}:{line}: {finding.severity}: {message}\n{strip_controls(finding.hint)}"
        if finding in blocking:
            ET.SubElement(case, "failure", type=finding.rule, message=message).text = text
        else:
            ET.SubElement(case, "system-out").text = text
    if not result.findings:
        ET.SubElement(suite, "testcase", classname="kb check", name=f"{result.cards} cards", time="0")
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"
