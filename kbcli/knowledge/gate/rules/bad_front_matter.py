"""bad-front-matter: the fields of a card cannot be read."""

from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.rule import Rule

ID = "bad-front-matter"


def find_bad_front_matter(context: CheckContext) -> Iterator[Finding]:
    """What reading noted about fences, YAML, TOML and fields that stand twice."""
    yield from context.report_problems(ID)


RULE = Rule(
    id=ID,
    severity="error",
    title="Front matter that cannot be read",
    what="A fence is missing or damaged, the YAML or TOML is not valid, too large or too deep, or a field stands twice.",
    why="What kb cannot read it cannot trust: dates, owner and status of this card count for nothing.",
    mend="Mend the line that is named. A value with a colon, or one that begins with a mark, needs quotes.",
    find=find_bad_front_matter,
    archived=True,
)
