"""moved-web-link: an address on the web that has another name now."""

from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.rule import Rule

ID = "moved-web-link"


def find_moved_web_links(context: CheckContext) -> Iterator[Finding]:
    """Nothing: the web is asked by `kb check --links` only (kbcli.knowledge.gate.weblinks)."""
    del context
    return iter(())


RULE = Rule(
    id=ID,
    severity="warning",
    title="A link to a page that has moved",
    what="An address redirects for good (301 or 308) to another, which answers.",
    why="Redirects of that kind are taken down one day, and the link is then broken.",
    mend="Link to the new address. Only `kb check --links` looks for it.",
    find=find_moved_web_links,
)
