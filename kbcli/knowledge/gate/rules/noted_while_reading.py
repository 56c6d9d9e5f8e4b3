"""bad-encoding, bad-front-matter, merge-conflict, unreadable: what was noted while a file was read."""

from functools import partial

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, identify_by_message


def find_noted(rule: str, context: CheckContext) -> Findings:
    """What reading noted under the ID of a rule (see `cards.reader`)."""
    yield from context.report_problems(rule)


RULES = (
    Rule(
        id="bad-encoding",
        severity="warning",
        title="A file that is not UTF-8",
        what="The file is UTF-16, or holds bytes that are not UTF-8 and were read as Windows-1252.",
        why="Some letters may be wrong, and are then not found. kb does not write to such a file.",
        mend="Save the file as UTF-8 in your editor.",
        find=partial(find_noted, "bad-encoding"),
        archived=True,
    ),
    Rule(
        id="bad-front-matter",
        severity="error",
        title="Front matter that cannot be read",
        what="A fence is missing or damaged, the YAML or TOML is not valid, too large or too deep, or a field stands twice.",
        why="What kb cannot read it cannot trust: dates, owner and status of this card count for nothing.",
        mend="Mend the line that is named. A value with a colon, or one that begins with a mark, needs quotes.",
        find=partial(find_noted, "bad-front-matter"),
        archived=True,
    ),
    Rule(
        id="merge-conflict",
        severity="error",
        title="An unresolved merge conflict",
        what="The card holds lines of `<<<<<<<`, `=======` and `>>>>>>>` outside code.",
        why="It says two things at once, and one of them is wrong.",
        mend="Keep one side, and delete the marks.",
        find=partial(find_noted, "merge-conflict"),
        archived=True,
    ),
    Rule(
        id="unreadable",
        severity="error",
        title="A file that cannot be read",
        what="The file may not be read, is larger than 5 MB, is a broken link, no regular file, or its name is not UTF-8.",
        why="Whatever it says, nobody finds it.",
        mend="Mend the file, or exclude it in kb.toml.",
        find=partial(find_noted, "unreadable"),
        archived=True,
        identify=identify_by_message,
        of_links=True,
    ),
)
