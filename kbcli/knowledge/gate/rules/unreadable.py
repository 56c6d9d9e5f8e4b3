"""unreadable: a file that should be a card and cannot be read."""

from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.rule import Rule

ID = "unreadable"


def find_unreadable(context: CheckContext) -> Iterator[Finding]:
    """Files that are too large, no regular files, without permission, or have an impossible name."""
    yield from context.report_problems(ID)


RULE = Rule(
    id=ID,
    severity="error",
    title="A file that cannot be read",
    what="The file may not be read, is larger than 5 MB, is a broken link, no regular file, or its name is not UTF-8.",
    why="Whatever it says, nobody finds it.",
    mend="Mend the file, or exclude it in kb.toml.",
    find=find_unreadable,
    archived=True,
)
