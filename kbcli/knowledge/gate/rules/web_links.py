"""broken-web-link, moved-web-link, unchecked-web-link: what the web answers to the links of cards.

Only `kb check --links` asks for them: the plain gate needs no network.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from kbcli.config import Config
from kbcli.foundation.markdown.links import find_links
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.gate.run import PathChoice

if TYPE_CHECKING:
    from kbcli.foundation.weblinks.outcomes import Outcome, Progress, WebSettings

# Names that documents use for what does not exist (RFC 2606, RFC 6761).
_EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org")
_EXAMPLE_ENDINGS = (".example", ".test", ".invalid")
_UNSURE_HINT = (
    "Open it in a browser. If it is fine and will stay so, add it to `deny` under [links] in kb.toml."
)
_PRIVATE_HINT = (
    "If it is meant, add it to `deny` under [links] in kb.toml, or run with KB_LINKS_PRIVATE=1 to ask it."
)
_TEMPLATE_MARKS = ("{{", "{%", "<%", "${", "%7B%7B", "%3C%")


class WebLink(NamedTuple):
    """One web address in a card, on a 1-based line of its file. `url` is as written, without the fragment."""

    card: Card
    url: str
    anchor: str
    line: int


def ask_web_links(
    library: Library,
    *,
    paths: Iterable[str] | None = None,
    progress: "Progress | None" = None,
    settings: "WebSettings | None" = None,
    cache_folder: Path | None = None,
    now: float | None = None,
) -> "Mapping[str, Outcome]":
    """Ask the web for every link of the cards (all, or those in `paths`): what each address answered.

    `cache_folder` is where answers are kept (default: the user's cache folder), `now` the seconds
    since the epoch by which they are fresh. Raises ConfigError for an unusable proxy in the environment.
    """
    from kbcli.foundation.weblinks.asking import LinkCache, ask_web, find_link_folder
    from kbcli.foundation.weblinks.outcomes import WebSettings

    chosen = settings or WebSettings(private=library.config.links_private)
    urls = [link.url for link in find_web_links(library, paths=paths)]
    cache = LinkCache(cache_folder or find_link_folder(), time.time() if now is None else now)
    return ask_web(urls, chosen, cache=cache, progress=progress)


def find_web_links(library: Library, *, paths: Iterable[str] | None = None) -> Iterator[WebLink]:
    """The web addresses of every card that is not archived, in its text and its `evidence`.

    One for each address of a card, at its first place. Left out: what kb.toml's `[links]` denies
    or does not allow, the example domains, and addresses that a template has yet to fill.
    """
    is_wanted = choose_addresses(library.config)
    chosen = None if paths is None else PathChoice(paths)
    for card in library.cards:
        if card.status == "archived" or (chosen is not None and not chosen.holds(card.path)):
            continue
        seen: set[str] = set()
        for url, line in _list_addresses(card):
            bare, _, anchor = url.partition("#")
            if bare not in seen and is_wanted(bare):
                seen.add(bare)
                yield WebLink(card, bare, anchor, line)


def _list_addresses(card: Card) -> Iterator[tuple[str, int]]:
    for url in card.evidence:
        if url.lower().startswith(("http://", "https://")):
            yield url, card.line_of("evidence")
    for link in find_links(card.body):
        if link.kind == "web" and link.target.lower().startswith(("http://", "https://", "//")):
            anchor = f"#{link.anchor}" if link.anchor and "#" not in link.target else ""
            yield f"{link.target}{anchor}", card.body_line + link.line - 1


def choose_addresses(config: Config) -> Callable[[str], bool]:
    """A test whether an address is to be asked for, by kb.toml's `[links]`; a denial is the stronger."""
    from kbcli.foundation.weblinks.urls import match_address, parse_address

    is_allowed = match_address(config.links_allow) if config.links_allow else lambda _url: True
    is_denied = match_address(config.links_deny)

    def is_wanted(url: str) -> bool:
        if any(mark in url for mark in _TEMPLATE_MARKS):
            return False
        names = [url]
        try:
            address = parse_address(url)
        except ValueError:
            pass
        else:
            names.append(address.url)
            if _is_example(address.host.rstrip(".")):
                return False
        return any(map(is_allowed, names)) and not any(map(is_denied, names))

    return is_wanted


def _is_example(host: str) -> bool:
    return host.endswith(_EXAMPLE_ENDINGS) or any(
        host == domain or host.endswith(f".{domain}") for domain in _EXAMPLE_DOMAINS
    )


def find_by_answer(rule: str, context: CheckContext) -> Findings:
    """The links whose answer a rule is about; none where the web was not asked."""
    for link in find_web_links(context.library) if context.web is not None else ():
        outcome = (context.web or {}).get(link.url)
        if outcome is not None and _RULE_OF_KIND.get(outcome.kind) == rule:
            message, hint = _describe(link, outcome)
            yield report_card(rule, link.card, message, hint, line=link.line, subject=link.url)


def _describe(link: WebLink, outcome: "Outcome") -> tuple[str, str]:
    """Message and remedy."""
    message = f"{link.url} {outcome.message}"
    if outcome.kind == "moved":
        anchor = f"#{link.anchor}" if link.anchor and "#" not in outcome.url else ""
        return message, f"Link to {outcome.url}{anchor}."
    if outcome.kind == "broken":
        return message, "Link to where it is now, or delete the link."
    return f"could not tell: {message}", _PRIVATE_HINT if outcome.fault == "refused" else _UNSURE_HINT


_RULE_OF_KIND = {"broken": "broken-web-link", "moved": "moved-web-link", "unsure": "unchecked-web-link"}

RULES = (
    Rule(
        id="broken-web-link",
        severity="error",
        title="A link to a page that is gone",
        what="An address answers 404 or 410, redirects in a circle, has no valid certificate, or its host does not exist.",
        why="Whoever follows it in the middle of a case finds nothing, and the card's claim has lost its source.",
        mend="Link to where the page is now, or delete the link. Only `kb check --links` looks for it.",
        find=partial(find_by_answer, "broken-web-link"),
        web=True,
    ),
    Rule(
        id="moved-web-link",
        severity="warning",
        title="A link to a page that has moved",
        what="An address redirects for good (301 or 308) to another, which answers.",
        why="Redirects of that kind are taken down one day, and the link is then broken.",
        mend="Link to the new address. Only `kb check --links` looks for it.",
        find=partial(find_by_answer, "moved-web-link"),
        web=True,
    ),
    Rule(
        id="unchecked-web-link",
        severity="warning",
        title="A link that could not be judged",
        what="An address did not answer in time, answered 403, 429 or 5xx, or is in a private network, which is not asked.",
        why="It may be fine and it may not: the fault may be the server's, the network's, or kb's being no browser.",
        mend="Open it in a browser; add addresses that never answer kb to `deny` under [links] in kb.toml.",
        find=partial(find_by_answer, "unchecked-web-link"),
        web=True,
        lenient=True,
    ),
)
