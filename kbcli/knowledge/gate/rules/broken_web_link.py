"""broken-web-link: an address on the web that is of no use to a reader."""

from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.rule import Rule

ID = "broken-web-link"


def find_broken_web_links(context: CheckContext) -> Iterator[Finding]:
    """Nothing: the web is asked by `kb check --links` only (kbcli.knowledge.gate.weblinks)."""
    del context
    return iter(())


RULE = Rule(
    id=ID,
    severity="error",
    title="A link to a page that is gone",
    what="An address answers 404 or 410, redirects in a circle, has no valid certificate, or its host does not exist.",
    why="Whoever follows it in the middle of a case finds nothing, and the card's claim has lost its source.",
    mend="Link to where the page is now, or delete the link. Only `kb check --links` looks for it.",
    find=find_broken_web_links,
)
