"""merge-conflict: git's conflict marks were committed."""

from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.rule import Rule

ID = "merge-conflict"


def find_merge_conflicts(context: CheckContext) -> Iterator[Finding]:
    """Cards that hold both sides of a merge, outside code."""
    yield from context.report_problems(ID)


RULE = Rule(
    id=ID,
    severity="error",
    title="An unresolved merge conflict",
    what="The card holds lines of `<<<<<<<`, `=======` and `>>>>>>>` outside code.",
    why="It says two things at once, and one of them is wrong.",
    mend="Keep one side, and delete the marks.",
    find=find_merge_conflicts,
    archived=True,
)
