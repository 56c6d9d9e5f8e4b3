"""broken-link, broken-web-link, moved-web-link, unchecked-web-link: links that lead nowhere.

The web is asked only by `kb check --links`: the plain gate needs no network.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from posixpath import basename, dirname, join, normpath, split

from kbcli.config import Config
from kbcli.foundation.disk.files import find_cache_folder
from kbcli.foundation.disk.paths import compose, is_inside, spell_composed
from kbcli.foundation.git.worktree import find_ignored_paths
from kbcli.foundation.markdown.anchors import RENDERERS, Anchors, find_labels
from kbcli.foundation.markdown.links import PickedLink, classify_target, find_links, pick_links
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple, compile_late
from kbcli.knowledge.cards.destinations import WEB_SUFFIXES, Destinations, name_goal
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import INDEX_NAMES, is_piece, is_site
from kbcli.knowledge.cards.permalinks import JEKYLL_SETTINGS
from kbcli.knowledge.cards.walk import list_repository_files
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, Names, Rule, report_card
from kbcli.knowledge.gate.run import PathChoice

if TYPE_CHECKING:
    from kbcli.foundation.weblinks.outcomes import Outcome, Progress, WebSettings

_SIMPLE = compile_late(r"(?![A-Z0-9_]*\Z)([A-Za-z0-9_.-][A-Za-z0-9_./-]*)?(?:#([A-Za-z0-9_.-]*))?\Z")
# What may be an object of code to MyST, `package.module.name` or `Name`, and endings of what is none.
_CODE_NAME = compile_late(r"(?=.*[A-Z._])[\w.]+")
_WORD, _ALIKE = compile_late(r"[\w-]+"), 0.8
_FILES = (*WEB_SUFFIXES, ".md", ".rst", ".txt", ".ipynb", ".py", ".png", ".jpg", ".svg", ".pdf", ".zip")
# How DocFX writes the heading of a tab.
_TAB = "#tab/"
# What sites make for other programs.
_FEED = compile_late(
    r"(?:index|(?:feed|rss|atom|sitemap)[\w-]*)\.(?:xml|json)|objects\.inv|robots\.txt|llms[\w-]*\.txt"
)
_COMMENT = compile_late(
    r"^([ \t]*)(```+|~~~+).*?(?:^\1\2|\Z)|(?<!`)(`++)[^`\n]+\3|(?P<hidden>%%.*?(?:%%|\Z))",
    re.MULTILINE | re.DOTALL,
)
_LIQUID_CODE = compile_late(
    r"\{%-?\s*raw\b.*?(?:\bendraw\b|\Z)|(?P<hidden>\{%-?\s*highlight\b(?:(?!\{%-?\s*highlight\b).)*?\{%-?\s*endhighlight\s*-?%\})",
    re.DOTALL,
)
_RST_LABEL = compile_late(r"(?m)^[ \t]*\.\. _`?([^`\n:]+)`?:[ \t]*$")
_NO_ANCHOR = " leads to no heading or anchor of "
# Names that documents use for what does not exist (RFC 2606, RFC 6761).
_EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org")
_EXAMPLE_ENDINGS = (".example", ".test", ".invalid")
_UNSURE_HINT = (
    "Open it in a browser. If it is fine and will stay so, add it to `deny` under [links] in kb.toml."
)
_PRIVATE_HINT = (
    "If it is meant, add it to `deny` under [links] in kb.toml, or run with KB_LINKS_PRIVATE=1 to ask it."
)
_TEMPLATE_MARKS = ("{{", "{%", "<%", "${", "%%", "%7B%7B", "%3C%")
_RULE_OF_KIND = {"broken": "broken-web-link", "moved": "moved-web-link", "unsure": "unchecked-web-link"}


def find_broken_links(context: CheckContext) -> Findings:
    """Relative links to nothing, and anchors that no heading or ID of their target has.

    Left alone: addresses, links from the site's root (`/x`) where kb.toml does not say where that is,
    template code, what leads out of the repository, and to files that git ignores: a build may make
    them. One finding for each target of a card, at its first link.
    """
    checker = _LinkChecker(context)
    found: list[tuple[Finding, frozenset[str]]] = []
    for card in context.cards:
        if card.status == "archived" or id(card) in context.cache.sound:
            continue
        judge = checker.begin(card)
        pick = partial(pick_links, wanted=judge, absolute=True, last_defines=checker.last_defines)
        links = pick(card.body)
        if links and (shown := _hide_unshown(card.body, is_vault=context.config.links_wiki)) != card.body:
            links = pick(shown)
        if not links:
            context.cache.sound[id(card)] = card
        elif card.verified_digest:
            card.has_digest(card.verified_digest)  # other rules ask for it, and now its blocks are at hand
        lines = card.body.split("\n") if links else []
        first, last = _find_contributors(lines)
        for link in links:
            if first < link.line < last and link.raw.startswith("#"):
                continue
            if not (message := checker.explain_from_page(link, judge(link.raw))):
                continue
            is_nowhere = _NO_ANCHOR not in message
            if link.form == "component" and is_nowhere and not link.raw.startswith(("/", "#")):
                continue  # what the component puts before it is not known here
            if is_nowhere and _is_shown(link, lines[link.line - 1], is_vault=context.config.links_wiki):
                continue
            places = checker.list_places(link) if is_nowhere else ()
            if places is None:
                continue
            message += checker.explain_place(places)
            line = card.body_line + link.line - 1
            hint = "Mend the link, or delete it." if is_nowhere else checker.by_renderer
            finding = report_card("broken-link", card, message, hint, line=line, subject=link.raw)
            found.append((finding, frozenset(places)))
    everywhere = sorted(frozenset().union(*(places for _, places in found)))
    # The base of a change is laid out in a folder of its own, where git would answer for what is around it.
    root, top = context.config.root, context.config.git_root
    ignored = (
        find_ignored_paths(root, everywhere) if top is not None and os.path.lexists(top / ".git") else ()
    )
    yield from (finding for finding, places in found if places.isdisjoint(ignored))


def name_missing(found: Finding) -> str:
    """What a link leads to that is not there, as `generated` of kb.toml names it, "" where only an anchor is not."""
    kind, target, _ = classify_target(found.subject)
    return "" if _NO_ANCHOR in found.message else name_goal(kind, target, dirname(found.path))


def _hide_unshown(body: str, *, is_vault: bool) -> str:
    """A text without what Liquid shows as code, and in a vault without comments; lines stay where they are."""

    def blank(found: re.Match[str]) -> str:
        return found[0] if found["hidden"] is None else re.sub(r"[^\n]", " ", found[0])

    if "{%" in body:
        body = _LIQUID_CODE.sub(blank, body)
    return _COMMENT.sub(blank, body) if is_vault and "%%" in body else body


def _find_contributors(lines: Sequence[str]) -> tuple[int, int]:
    """The lines around a list of contributors that a bot keeps up, and whose `#code-ada` lead nowhere: they are its notes."""
    marks = [number for number, line in enumerate(lines, 1) if "<!-- ALL-CONTRIBUTORS-LIST:" in line]
    return (marks[0], marks[-1]) if marks else (0, 0)


_CODE = compile_late(r"(?<!`)(`++)(.+?)(?<!`)\1(?!`)")
# As KaTeX and Pandoc tell it from prices, and with something of TeX in it: `$f[X](\mathrm{A})$`.
_FORMULA = compile_late(r"(\$\$)(.+?)\$\$|(?:(?<!\$)(\$)(?=\S)((?=[^$]*[\\^{])[^$]*)(?<=\S)\$(?![\d$]))")


def _is_shown(link: PickedLink, line: str, *, is_vault: bool) -> bool:
    """Whether a link only shows what becomes of one: its line has the same as code (`[[x]]` is shown as [[x]]), or as a formula.

    Nor is one an anchor that names itself, `<a href="x" id="x"></a>`, and in a vault what follows a wiki link: `[[x]](y)`.
    """
    if (link.form == "html" and f' id="{link.raw}"' in line) or (is_vault and f"]]({link.raw})" in line):
        return True
    code = _find_code(line) if "`" in line or "$" in line else ""
    written = [link.raw] if "[[" in link.raw else [f"{lead}{link.raw}" for lead in ("](", "](<", "]: ")]
    return bool(code) and any(form in code for form in written)


@lru_cache(maxsize=1)
def _find_code(line: str) -> str:
    """What a line has as code and as formulas; of many links on one line each asks."""
    return "\0".join(text for _, *texts in (*_CODE.findall(line), *_FORMULA.findall(line)) for text in texts)


class _LinkChecker:
    """Answers whether the links of one card after the other lead somewhere, remembering what it looked up."""

    def __init__(self, context: CheckContext) -> None:
        config = context.config
        self._renderer = config.renderer
        self._is_read_at_host = RENDERERS[config.renderer].kind != "host"
        self._is_site = is_site(config.renderer, config.links_roots)
        self._follows_wiki_links = config.links_wiki
        self.last_defines = config.renderer.startswith(("mkdocs", "python-markdown"))
        self.by_renderer = (
            f"Mend the link, or delete it. Anchors are those that {config.renderer} makes of headings; "
            "“renderer” in kb.toml may name another."
        )
        self._context = context
        self._library = context.library
        self._by_path = context.library.by_path
        self._destinations = Destinations(context.library)
        self._root = os.fspath(config.root)
        self._place = config.place
        self._listings: dict[str, frozenset[str]] = {}
        self._anchors: dict[str, list[Anchors]] = {}
        self._goals: dict[str, str | None] = {}
        self._unlike: dict[str, bool] = {}
        self._verdicts: dict[str, dict[str, str]] = {}

    def begin(self, card: Card) -> Callable[[str], str]:
        """Turn to a card; what is wrong with a destination written in it, "" for nothing."""
        self._card = card
        self._folder = dirname(card.path)
        verdicts = self._verdicts.setdefault(self._folder, {})

        def judge(raw: str) -> str:
            verdict = verdicts.get(raw)
            if verdict is None:
                verdict = self._explain(raw)
                if raw[:1] != "#" and "[[#" not in raw:
                    verdicts[raw] = verdict
            return verdict

        return judge

    def _explain(self, raw: str) -> str:
        # Between < and > stands ERB: <%= page.url %>.
        if (
            not raw
            or raw.startswith(("http:", "https:", "//", "mailto:", _TAB))
            or (raw[0] == "/" and not self._destinations.roots)
            or (raw[0] == "%" and raw[-1] == "%")
        ):
            return ""
        if simple := _SIMPLE.match(raw):
            kind, target, anchor = "relative", simple[1] or "", simple[2] or ""
        else:
            kind, target, anchor = classify_target(raw)
        if not target:
            found: str | None = "" if kind == "wiki" and not self._follows_wiki_links else self._card.path
        elif kind == "relative":
            found = self._find_target(target)
        else:
            found = self._destinations.find(kind, target, self._folder)
        if found is None and not (kind == "relative" and self._is_label(target)):
            return f"the link to “{raw}” leads nowhere"
        goal = self._by_path.get(found or "")
        if anchor and goal is not None and not self._has_anchor(goal, anchor):
            return f"the link to “{raw}”{_NO_ANCHOR}{found}"
        return ""

    def _find_target(self, target: str) -> str | None:
        """The path of the card that a target names, "" for a file, a folder or what lies outside, or None."""
        path = f"{self._folder}/{target}" if self._folder else target
        if "./" in path or "//" in path or path.endswith(("/", ".")):
            path = normpath(path)
        if path in self._by_path:
            return path
        if path not in self._goals:
            self._goals[path] = self._look_up(path)
        return self._goals[path]

    def explain_from_page(self, link: PickedLink, message: str) -> str:
        """What is wrong with a destination that leads nowhere in the repository, from the address of the card's page.

        That is how browsers take a path which the site's generator leaves as it is.
        """
        takers = self._context.inclusions.get(self._card.path, ())
        if not takers and not self._is_site and ".htm" not in link.raw:
            return message
        kind, target, anchor = classify_target(link.raw)
        if kind not in ("relative", "anchor"):
            return message
        if any(self._leads_from(card, target, anchor) for card in takers):
            return ""
        if target.endswith(WEB_SUFFIXES) and self._destinations.is_source_of(
            normpath(join(self._folder, target))
        ):
            return ""
        if not self._is_site or not target:
            return message
        if _FEED.fullmatch(basename(target)):
            return ""
        missed = ""
        for found in self._destinations.find_from_page(target, self._card):
            goal = self._by_path.get(found)
            if not anchor or goal is None or self._has_anchor(goal, anchor):
                return ""
            missed = missed or f"the link to “{link.raw}”{_NO_ANCHOR}{found}"
        return missed or message

    def _leads_from(self, card: Card, target: str, anchor: str) -> bool:
        """Whether a destination leads somewhere from a card that takes in the one it is written in."""
        found = self._destinations.follow("relative", target, card) if target else card.path
        goal = self._by_path.get(found or "")
        return found is not None and (not anchor or goal is None or self._has_anchor(goal, anchor))

    def list_places(self, link: PickedLink) -> tuple[str, ...] | None:
        """The files of the repository that a destination may mean, there or not; None where the build makes it."""
        kind, target, _ = classify_target(link.raw)
        if self._destinations.is_generated(kind, target, self._card):
            return None
        return tuple(self._destinations.list_files(kind, target, self._card))

    def explain_place(self, places: Iterable[str]) -> str:
        """That a destination that leads nowhere lies in a git submodule, as the end of a sentence, "" mostly."""
        prefix = "" if self._place == "." else f"{self._place}/"
        submodules = self._library.submodules
        found = (self._library.explain_submodule(prefix + place) for place in (places if submodules else ()))
        return next((f": it {where}" for where in found if where), "")

    def _look_up(self, path: str) -> str | None:
        if (found := self._look_below(path)) is None and self._follows_wiki_links:
            return self._destinations.find_by_name(basename(path), self._folder)
        return found

    def _look_below(self, path: str) -> str | None:
        if goal := self._destinations.find_card(path):
            return goal.path
        if path.startswith("..") and normpath(join(self._place, path)).startswith(".."):
            return ""
        return "" if self._is_there(path) else None

    def _is_there(self, path: str) -> bool:
        folder, name = split(path)
        if name in ("", ".", ".."):
            return os.path.isdir(os.path.join(self._root, path))
        if folder not in self._listings:
            try:
                names = os.listdir(os.path.join(self._root, spell_composed(self._root, folder)))
                self._listings[folder] = frozenset((*names, *map(compose, names)))
            except (OSError, ValueError):
                self._listings[folder] = frozenset()
        if name in self._listings[folder] or compose(name) in self._listings[folder]:
            return True
        return normpath(join(self._place, path)) in self._library.absent

    def _is_label(self, target: str) -> bool:
        """Whether a path is none, but a label of MyST, or one of what the build makes, which is not known here.

        Such are names of objects in code, and words unlike all labels that are known.
        """
        if self._renderer != "myst":
            return False
        name = target.lower()
        if name.endswith(_FILES):
            return False
        if name in self._labels or self._is_code(target):
            return True
        return _WORD.fullmatch(name) is not None and self._is_unlike(name)

    def _is_code(self, name: str) -> bool:
        """Whether a name may be one in code: it has a dot, or is written as one and no label is much like it."""
        return _CODE_NAME.fullmatch(name) is not None and ("." in name or self._is_unlike(name.lower()))

    def _is_unlike(self, name: str) -> bool:
        """Whether no label is so much like a name that this may be a slip of the pen."""
        if name not in self._unlike:
            from difflib import SequenceMatcher

            matcher = SequenceMatcher(b=name)
            letters, share = set(name), 1 - _ALIKE
            for label, others in self._letters_by_label.items():
                most = share * (len(name) + len(label))
                # Each letter that only one of the two has is one that no match covers, which is quicker to see.
                if abs(len(name) - len(label)) <= most and len(letters ^ others) <= most:
                    matcher.set_seq1(label)
                    if matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
                        break
            else:
                self._unlike[name] = True
            self._unlike.setdefault(name, False)
        return self._unlike[name]

    @cached_property
    def _letters_by_label(self) -> Mapping[str, frozenset[str]]:
        return {label: frozenset(label) for label in self._labels}

    @cached_property
    def _labels(self) -> frozenset[str]:
        """What a text of the project leads to by `#label`, whichever text it stands in."""
        if self._renderer != "myst":
            return frozenset()
        return frozenset().union(
            *(find_labels(card.body) for card in self._library.cards), *self._list_other()
        )

    def _list_other(self) -> Iterator[frozenset[str]]:
        """The labels of the project's reStructuredText, and of its Markdown that is no card."""
        config, top = self._library.config, self._library.config.boundary
        cards = {normpath(join(config.place, path)) for path in self._by_path}
        for name in list_repository_files(config):
            if name in cards or not name.endswith((".rst", ".md")):
                continue
            if is_inside(top / name, top) and (top / name).is_file():
                text = (top / name).read_text(encoding="utf-8", errors="replace")
                yield find_labels(text) | frozenset(map(str.lower, _RST_LABEL.findall(text)))

    def _lies_beside(self, card: Card) -> bool:
        """Whether a card lies outside of the folders that are the site's root to other cards."""
        return bool(self._page_roots) and not any(map(card.path.startswith, self._page_roots))

    @cached_property
    def _page_roots(self) -> tuple[str, ...]:
        folders = {dirname(path) for path in self._by_path}
        roots = {root for folder in folders for root in self._destinations.list_roots(folder)}
        tops = tuple("" if root == "." else f"{root}/" for root in sorted(roots))
        return tuple(top for top in tops if any(path.startswith(top) for path in self._by_path))

    def _has_anchor(self, goal: Card, anchor: str) -> bool:
        if goal is self._card and "/" in anchor and self._destinations.find_card(normpath(anchor.strip("/"))):
            return True  # an address, to a page that finds others by it
        if goal is self._card and anchor.lower() in self._labels:
            return True
        if goal is self._card and self._renderer == "myst" and self._is_code(anchor):
            return True
        if goal is self._card and is_piece(goal, self._renderer, self._library.by_id):
            return True  # a piece of pages, in which others may have the anchor
        if goal.path not in self._anchors:
            # What is called README, or no page of the site, is read where the repository is, too, and where wiki
            # links are followed, as notes.
            is_read_there = basename(goal.id) == "README" or self._lies_beside(goal)
            hosts = ("github", "gitlab") if self._is_read_at_host and is_read_there else ()
            notes = ("obsidian",) if self._follows_wiki_links else ()
            self._anchors[goal.path] = [
                Anchors(goal.body, goal.own_title, name)
                for name in dict.fromkeys((self._renderer, *hosts, *notes))
            ]
        # What a template adds to a page is not known here, nor what a site lists on one that says nothing itself.
        return (
            any(anchors.has(anchor) for anchors in self._anchors[goal.path])
            or self._anchors[goal.path][0].is_filled_in
            or (basename(goal.id) in INDEX_NAMES and self._is_site and "\n##" not in goal.body)
        )


def _identify_link(found: Finding, names: Names) -> tuple[str, str]:
    """A link is the same as written, or by where it leads; one that leads nowhere is not one that misses its heading."""
    kind = "anchor" if _NO_ANCHOR in found.message else "nowhere"
    full, anchor = _resolve_link(names.prefix + found.path, found.subject)
    return f"{kind} {found.subject}", f"{kind} leads to {names.find_full(full)}#{anchor}"


def _list_needed(found: Finding, context: CheckContext) -> tuple[str]:
    return (_resolve_link(context.prefix + found.path, found.subject)[0],)


def _resolve_link(path: str, raw: str) -> tuple[str, str]:
    """Where a link in the file at `path` leads: a path from the same top, and the anchor."""
    _, target, anchor = classify_target(raw)
    return (normpath(join(dirname(path), target)) if target else path), anchor


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
    from kbcli.foundation.weblinks.asking import LinkCache, ask_web
    from kbcli.foundation.weblinks.outcomes import WebSettings

    chosen = settings or WebSettings(private=library.config.links_private)
    urls = [link.url for link in find_web_links(library, paths=paths)]
    cache = LinkCache(cache_folder or find_cache_folder("web"), time.time() if now is None else now)
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


RULES = (
    Rule(
        id="broken-link",
        severity="warning",
        title="A link that leads nowhere",
        what="A relative link names no card or file of the repository, or an anchor that its target does not have.",
        why="Whoever follows it in the middle of a case loses the thread.",
        mend="Mend the link. `kb mv` keeps links right when a card moves.",
        find=find_broken_links,
        reads=(f"**/{JEKYLL_SETTINGS}", "**/*.rst"),
        identify=_identify_link,
        rests_on=_list_needed,
    ),
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
