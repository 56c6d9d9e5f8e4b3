"""Sites: what kb.toml and the settings of a generator, a host or a vault say of the addresses of pages."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from posixpath import basename, dirname, join, normpath, relpath, splitext

from kbcli.config import Config
from kbcli.foundation.disk.paths import is_inside, match_globs
from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import INDEX_NAMES, fold_address
from kbcli.knowledge.cards.permalinks import JEKYLL_SETTINGS, Permalinks
from kbcli.knowledge.cards.reader import is_language_code

_MOST_CHARACTERS = 1_000_000
_HUGO_ENDINGS = (".toml", ".yaml", ".yml")
_MOUNT = compile_late(
    r"\bsource[\"']?\s*[:=]\s*[\"']?([^\s\"',]+)[\"']?[,\s]+[\"']?target[\"']?\s*[:=]\s*[\"']?(?:content|static)/([^\s\"',]+)"
)
_ATTACHMENTS = compile_late(r"\"attachmentFolderPath\"\s*:\s*\"(?:\./)?([^\"]+)\"")
# Settings that may redirect addresses, of hosts and generators, and how they say from where.
_REDIRECTING = (
    "vercel.json",
    "docs.json",
    "mint.json",
    *(f"{name}.config.{ending}" for name in ("next", "docusaurus") for ending in ("js", "mjs", "ts")),
)
# Those of headers say from where alone; `has` and `missing` are lists of objects within.
_FROM, _TO = r"\b(?:source|from)[\"']?\s*:\s*[\"'](/[^\"'\s]*)[\"']", r"\b(?:destination|to)[\"']?\s*:"
_WITHIN = r"(?:[^{}]|\{[^{}]*\}){0,1000}?"
_SOURCE = compile_late(rf"{_FROM}{_WITHIN}{_TO}|{_TO}\s*(?:\"[^\"\n]*\"|'[^'\n]*'){_WITHIN}{_FROM}")
_FIRST_WORD = compile_late(r"(?m)^[^\S\n]*(\S+)")
_REDIRECT = compile_late(r"(?m)^\s*from\s*=\s*[\"']([^\"']+)")
_ALIASES = compile_late(r"\balias\s*:\s*\{([^{}]*)\}")
_KEY = compile_late(r"[\"']([^\"'\n]+)[\"']\s*:(?!//)")


class SiteSettings:
    """Answers for some cards what files of their site say: addresses of pages, redirects, what is mounted or attached."""

    def __init__(self, config: Config, cards: Sequence[Card], roots: Sequence[str]) -> None:
        self._config = config
        self._cards = cards
        self._roots = roots
        self._boundary = config.boundary

    def find_permalink(self, card: Card) -> str:
        """The address of a card's page by the settings of the site, "" where they say none."""
        return next((found for one in self._permalinks if (found := one.find(card))), "")

    @cached_property
    def permalink_folders(self) -> frozenset[str]:
        """The folders, folded, of all addresses that the settings give."""
        found = map(self.find_permalink, self._cards) if self._permalinks else ()
        return frozenset(fold_address(dirname(address.rstrip("/"))) for address in found if address)

    @cached_property
    def _permalinks(self) -> tuple[Permalinks, ...]:
        if self._config.renderer not in ("jekyll", "kramdown"):
            return ()
        texts = {root: self._read_text(join(root, JEKYLL_SETTINGS)) for root in (".", *self._roots)}
        return tuple(Permalinks(text, root) for root, text in texts.items() if text)

    @cached_property
    def is_redirected(self) -> Callable[[str], bool]:
        """Whether a folded address leads somewhere else, by files of the site: Netlify's, what Hugo makes of templates, docsify's aliases."""
        files = [f"{folder}/_redirects" for folder in (*self._roots, "static", "public")]
        files += ["layouts/index.redirects", "layouts/_default/index.redirects"]
        lines = [found for path in files for found in _FIRST_WORD.findall(self._read_text(path))]
        lines += _REDIRECT.findall(self._read_text("netlify.toml"))
        for name in _REDIRECTING:
            lines += [found[1] or found[2] for found in _SOURCE.finditer(self._read_text(name))]
        if self._config.renderer.startswith("hugo"):
            lines += self.mounts
        if self._config.renderer == "docsify":
            for root in (".", *self._roots):
                found = _ALIASES.search(self._read_text(f"{root}/index.html"))
                keys = _KEY.findall(found[1]) if found else ()
                lines += [re.sub(r"\(?\.\*\)?", "*", key).replace("\\", "") for key in keys]
        # A star stands for all that follows, :name for one part. What is said of all addresses tells of none.
        folded = (re.sub(r":\w+", "*", fold_address(line)).replace("*", "**") for line in lines)
        return match_globs(one for one in folded if "{" not in one and one.strip("*/"))

    @cached_property
    def mounts(self) -> tuple[str, ...]:
        """The addresses below which Hugo has pages from outside of the repository, by the settings of its modules."""
        return tuple(self._list_mounts())

    def _list_mounts(self) -> Iterator[str]:
        sites = {card.path.partition("/content/")[0] for card in self._cards if "/content/" in card.path}
        tops = dict.fromkeys(
            top for root in (".", *self._roots) for top in (root, dirname(root), dirname(dirname(root)))
        ) | dict.fromkeys(sorted(sites))
        for top in (normpath(top or ".") for top in tops):
            settings = os.path.join(self._config.root, top, "config/_default")
            names = (
                os.listdir(settings)
                if os.path.isdir(settings) and is_inside(settings, self._boundary)
                else ()
            )
            paths = [f"config/_default/{name}" for name in names if name.endswith(_HUGO_ENDINGS)]
            paths += [f"{name}{ending}" for name in ("hugo", "config") for ending in _HUGO_ENDINGS]
            for path in paths:
                for source, target in _MOUNT.findall(self._read_text(join(top, path))):
                    if not os.path.exists(os.path.join(self._config.root, top, source)):
                        page = splitext(target)[0]
                        page = dirname(page) if basename(page) in INDEX_NAMES else page
                        yield from (page, f"{page}/**")

    def _read_text(self, path: str) -> str:
        """A file of the repository, "" when it is not there; of a large one the beginning."""
        full = os.path.join(self._config.root, path)
        if not is_inside(full, self._boundary) or not os.path.isfile(full):
            return ""
        try:
            with open(full, encoding="utf-8", errors="replace") as stream:
                return stream.read(_MOST_CHARACTERS)
        except OSError:
            return ""

    @cached_property
    def attachments(self) -> str:
        """The folder of a vault in which Obsidian keeps pictures."""
        found = _ATTACHMENTS.search(self._read_text(".obsidian/app.json"))
        return found[1].strip("/") if found else "attachments"


def find_content(folder: str, config: Config) -> str | None:
    """The folder that `@/` stands for in a folder's pages on a site of Zola; None on others, and without one."""
    if config.renderer != "zola":
        return None
    parts = [*(() if config.place == "." else config.place.split("/")), *filter(None, folder.split("/"))]
    if "content" not in parts:
        return None
    return relpath("/".join(parts[: parts.index("content") + 1]), config.place)


def is_localised(config: Config) -> bool:
    """Whether the pages of translations have addresses that do not say where their files lie: Docusaurus's."""
    return config.renderer.startswith("docusaurus") and "i18n/{lang}/" in config.translation_pattern


def read_head(address: str, config: Config) -> str:
    """What stands before an address on its site: where that lies on its host, and a language (`/handbook/de`); "" mostly."""
    base = config.links_base.strip("/")
    head = f"/{base}" if base and f"{address}/".startswith(f"/{base}/") else ""
    if is_localised(config):
        name = address[len(head) + 1 :].partition("/")[0]
        head += f"/{name}" if is_language_code(name) else ""
    return head
