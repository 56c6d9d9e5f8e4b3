"""unchecked-web-link: an address on the web of which nothing could be told."""

from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.rule import Rule

ID = "unchecked-web-link"


def find_unchecked_web_links(context: CheckContext) -> Iterator[Finding]:
    """Nothing: the web is asked by `kb check --links` only (kbcli.knowledge.gate.weblinks)."""
    del context
    return iter(())


RULE = Rule(
    id=ID,
    severity="warning",
    title="A link that could not be judged",
    what="An address did not answer in time, answered 403, 429 or 5xx, or is in a private network, which is not asked.",
    why="It may be fine and it may not: the fault may be the server's, the network's, or kb's being no browser.",
    mend="Open it in a browser; add addresses that never answer kb to `deny` under [links] in kb.toml.",
    find=find_unchecked_web_links,
)
