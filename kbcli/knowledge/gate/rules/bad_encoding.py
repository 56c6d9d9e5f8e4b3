"""bad-encoding: a file that is not UTF-8."""

from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.rule import Rule

ID = "bad-encoding"


def find_bad_encodings(context: CheckContext) -> Iterator[Finding]:
    """Cards in UTF-16, or with bytes that are not UTF-8."""
    yield from context.report_problems(ID)


RULE = Rule(
    id=ID,
    severity="warning",
    title="A file that is not UTF-8",
    what="The file is UTF-16, or holds bytes that are not UTF-8 and were read as Windows-1252.",
    why="Some letters may be wrong, and are then not found. kb does not write to such a file.",
    mend="Save the file as UTF-8 in your editor.",
    find=find_bad_encodings,
    archived=True,
)
