"""Where links lead: the card or file that a destination names, in every notation that links have."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from posixpath import basename, commonpath, dirname, join, normpath, relpath, splitext

from kbcli.foundation.disk.paths import fold_name, is_inside, match_globs, spell_composed
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.typed import NamedTuple, compile_late
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import (
    INDEX_NAMES,
    fold_address,
    is_index,
    is_site,
    list_page_folders,
    map_addresses,
    split_ending,
)
from kbcli.knowledge.cards.reader import is_language_code, match_translation, normalize_tag
from kbcli.knowledge.cards.sites import SiteSettings, find_content, is_localised, read_head
from kbcli.knowledge.cards.walk import list_repository_files

WEB_SUFFIXES = (".html", ".htm")
_DEEPEST = 3
_FILE_SUFFIXES = (*WEB_SUFFIXES, ".md", ".mdx", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf")

# Generators whose relative links may begin at the site's root.
_FROM_TOP = ("hugo", "docsify")
_PAGE_LINK = compile_late(r"\]\(((?:\.\.?/)+[\w/-]*)(?=[#?)])")


class PageLink(NamedTuple):
    """A relative path as an address: from the page, a folder to browsers, to `place`, where `goal` is (as `find`).

    `page` and `place` are "" where the front matter of one of the two says its address.
    """

    page: str
    place: str
    goal: str


class Destinations:
    """Answers for one library where destinations lead: to a card (its path), elsewhere ("") or nowhere (None).

    Elsewhere is a file, or what cannot be judged here. Paths are relative to the knowledge base.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._config = library.config
        self._suffixes = tuple(dict.fromkeys((*library.config.extensions, *WEB_SUFFIXES)))
        self._boundary = library.config.boundary
        self.roots = tuple(
            normpath(root)
            for root in library.config.links_roots
            if is_inside(Path(library.config.root, root.partition("*")[0]), self._boundary)
        )
        generated = library.config.links_generated
        self._matches_generated = match_globs(generated) if generated else None
        self.site = SiteSettings(library.config, library.cards, self.roots)
        self._is_site = is_site(library.config.renderer, self.roots)
        self._roots_by_folder: dict[str, tuple[str, ...]] = {}
        self._tops_by_folder: dict[str, tuple[str, ...]] = {}
        self._find_by_kind: Mapping[str, Callable[[str, str], str | None]] = {
            "absolute": self._find_absolute,
            "alias": self._find_alias,
            "wiki": self._find_wiki,
            "ref": self._find_ref,
            "link": self._find_link,
            "post": self._find_post,
        }

    def find(self, kind: str, target: str, folder: str) -> str | None:
        """Where a destination that is no relative path leads, written in a file of a folder."""
        return self._find_by_kind[kind](target, folder) if kind in self._find_by_kind else ""

    def find_card(self, path: str) -> Card | None:
        """The card that a path names: its own, or its ID once a suffix is taken off or a folder's index added."""
        if card := self._library.by_path.get(path):
            return card
        find = self._library.find_id
        bare, suffix = split_ending(path, self._suffixes)
        if suffix:
            if card := find(bare) or find(path):
                return card
            if basename(path) != f"index{suffix}" or suffix not in WEB_SUFFIXES:
                return None
            path = dirname(path) or "."  # the page of a folder, whatever its file is called
        if card := find(path):
            return card
        names = (f"{path}/{name}" if path != "." else name for name in INDEX_NAMES)
        return next((self._library.by_id[name] for name in names if name in self._library.by_id), None)

    def find_by_name(self, target: str, folder: str = "") -> str | None:
        """The card or file anywhere whose path ends so: of several as Obsidian chooses.

        That is the one at just this path, else one in the folder or below it, else the one with the shortest
        path; within the vault, where vaults lie side by side.
        """
        target = fold_name(target.strip("/"))
        bare = split_ending(target, self._config.extensions)[0]
        vaults = [f"{root}/" for root in self.list_roots(folder) if root != "."]

        def rank(found: tuple[str, str]) -> tuple[bool, bool, bool, int, str]:
            path, folded = found
            vault = next((one for one in vaults if path.startswith(one)), "")
            is_exact = (fold_name(path[len(vault) :]) if vault else folded) == wanted
            is_below = not folder or path.startswith(f"{folder}/")
            return bool(vaults and not vault), not is_exact, not is_below, len(path), path

        of_cards = [(bare, self._cards_by_name)]
        of_files = [
            (name, self._files_by_name) for name in (target, *(bare + end for end in self._config.extensions))
        ]
        for wanted, names in (*of_cards, *of_files):
            paths = names.get(basename(wanted), ())
            ends = [one for one in paths if one[1] == wanted or one[1].endswith(f"/{wanted}")]
            if ends:
                best = min(ends, key=rank)[0]
                return self._library.by_id[best].path if names is self._cards_by_name else ""
        return None

    @cached_property
    def _cards_by_name(self) -> Mapping[str, list[tuple[str, str]]]:
        return _group_by_name(card.id for card in self._library.cards)

    @cached_property
    def _files_by_name(self) -> Mapping[str, list[tuple[str, str]]]:
        files = self._library.files
        listed = list_repository_files(self._config) if files is None else files
        place = self._config.place
        return _group_by_name(listed if place == "." else (relpath(path, place) for path in listed))

    @cached_property
    def _pages(self) -> Mapping[str, tuple[str, ...]]:
        """The cards by the addresses that their front matter says, or that their renderer makes of their names."""
        return map_addresses(self._library.cards, self._config.renderer, self.site.find_permalink)

    def follow(self, kind: str, target: str, card: Card) -> str | None:
        """Where any destination in a card leads that names a path: as `find`."""
        if kind != "relative":
            return self.find(kind, target, dirname(card.path))
        if page := self.read_page_link(target, card):
            return page.goal
        return self.look_up(normpath(join(dirname(card.path), target)))

    def look_up(self, path: str) -> str | None:
        """What a path leads to: a card, a file or folder of the repository ("") or nothing."""
        if card := self.find_card(path):
            return card.path
        full = os.path.join(self._config.root, spell_composed(self._config.root, path))
        is_there = os.path.exists(full) or normpath(join(self._config.place, path)) in self._library.absent
        return "" if is_there and is_inside(full, self._boundary) else None

    def find_below_roots(self, address: str, folder: str = "") -> str | None:
        """As look_up, for the path of an address of the site that is written in a folder."""
        found = map(self.look_up, self.list_below_roots(address, folder))
        return next((one for one in found if one is not None), None)

    def list_below_roots(self, address: str, folder: str) -> list[str]:
        """The paths that an address of the site, written in a folder, may mean."""
        inside = address[len(read_head(address, self._config)) :]
        return [_join_address(root, inside) for root in self.list_roots(folder)]

    def list_roots(self, folder: str) -> tuple[str, ...]:
        """The folders that are the site's root for what lies in a folder: those with a * stand for one above it."""
        if folder not in self._roots_by_folder:
            found = (_fill_pattern(root, folder) if "*" in root else root for root in self.roots)
            self._roots_by_folder[folder] = tuple(dict.fromkeys(root for root in found if root))
        return self._roots_by_folder[folder]

    def list_tops(self, folder: str) -> tuple[str, ...]:
        """Those of the site's roots that a folder lies in, else Hugo's folder of pages around it, else the knowledge base itself."""
        if folder not in self._tops_by_folder:
            found = (
                root for root in self.list_roots(folder) if not relpath(folder or ".", root).startswith("..")
            )
            self._tops_by_folder[folder] = tuple(found) or self._list_content(folder) or (".",)
        return self._tops_by_folder[folder]

    def _list_content(self, folder: str) -> tuple[str, ...]:
        """Hugo's folder of pages that a folder lies in, and that of the language."""
        parts = folder.split("/")
        if not self._config.renderer.startswith("hugo") or "content" not in parts:
            return ()
        depth = parts.index("content") + 1
        is_language = depth < len(parts) and is_language_code(parts[depth])
        return tuple("/".join(parts[:end]) for end in (depth, depth + 1)[: 1 + is_language])

    def find_from_page(self, target: str, card: Card) -> Iterator[str]:
        """Where a relative path may lead from the addresses that a card's page may have: as `find`, each only once.

        An address does not climb above the site's root. Hugo and docsify look from there too, and Docusaurus for a
        file from all folders above. Last comes what stands in for a page that is not translated.
        """
        folder = dirname(card.path)
        places = [] if self._is_file(target) else list(self.list_places(target, card))
        places += self._list_own_language(normpath(join(folder, target)), card)
        if self._config.renderer.startswith("docusaurus") and not target.startswith("."):
            above = folder.split("/")[:-1]
            places += [join(*above[:depth], target) for depth in range(len(above), -1, -1)]
        if not self._is_file(target) and self._leaves_book(normpath(join(folder, target)), folder):
            return iter([""])
        sources = self._list_source_places((normpath(join(folder, target)), *places))
        found = (goal for place in (*places, *sources) for goal in self._look_up_page(place, folder))
        return iter(dict.fromkeys(found))

    def _leaves_book(self, place: str, folder: str) -> bool:
        """Whether a place lies outside of the book of mdBook that a folder is of, beside which others may be served."""
        if self._config.renderer != "mdbook":
            return False
        parts = folder.split("/") if folder else []
        tops = ("/".join(parts[:depth]) for depth in range(len(parts), -1, -1))
        top = next((top for top in tops if self.look_up(join(top, "SUMMARY.md")) is not None), "")
        return bool(top) and not f"{place}/".startswith(f"{top}/")

    def _list_own_language(self, place: str, card: Card) -> Iterator[str]:
        """The file in a card's own language that is meant where names of files say it: from `a.en.md` by `b.md`, `b.en.md`."""
        lang = splitext(card.id)[1]
        if is_language_code(lang.removeprefix(".")):
            bare, ending = split_ending(place, self._config.extensions)
            if ending:
                yield bare + lang + ending

    def _list_source_places(self, places: Iterable[str]) -> Iterator[str]:
        """The places in the source's language that a site shows where it has no translation."""
        if self._config.translation_fallback:
            for place in dict.fromkeys(places):
                suffix = split_ending(place, self._suffixes)[1]
                if source := match_translation(self._config, place)[1]:
                    yield source if source.endswith(suffix) else source + suffix

    def read_page_link(self, target: str, card: Card) -> PageLink | None:
        """A relative path that browsers, and no file system, follow from a card: None where it leads to a file beside it.

        Pages of Hugo, and of sites whose addresses end with a slash, are folders to browsers.
        """
        if not self._is_site or self._is_file(target):
            return None
        is_file = self.look_up(normpath(join(dirname(card.path), target))) is not None
        if is_file and not self._is_folder_link(target):
            return None
        page = dirname(card.id) if is_index(card.id, self._config.renderer) else card.id
        for root in self.list_tops(dirname(card.path)):
            inside = relpath(page or ".", root)
            if inside.startswith(".."):
                continue
            place = _join_address(root, join(inside, target))
            if (goal := self.look_up(place)) is not None:
                return PageLink(page, place, goal)
        goal = None if is_file else next(self.find_from_page(target, card), None)
        return None if goal is None else PageLink("", "", goal)

    def _is_folder_link(self, target: str) -> bool:
        renderer = self._config.renderer
        if splitext(target)[1] or renderer.startswith(("docusaurus", "vitepress", "mkdocs")):
            return False
        return renderer.startswith("hugo") or target.endswith("/") or self._ends_with_slash

    @cached_property
    def _ends_with_slash(self) -> bool:
        """Whether most relative addresses in cards end with a slash."""
        found: list[str] = [
            target for card in self._library.cards for target in _PAGE_LINK.findall(card.body)
        ]
        return 2 * sum(target.endswith("/") for target in found) > len(found)

    def _is_file(self, target: str) -> bool:
        """Whether a path means a file and no page: generators make addresses of such, all but these only of what is there."""
        return not self._config.renderer.startswith(_FROM_TOP) and target.endswith(self._config.extensions)

    def is_generated(self, kind: str, target: str, card: Card) -> bool:
        """Whether kb.toml says that the build makes what a destination leads to, or knows what it means."""
        if self._matches_generated is None:
            return False
        name = name_goal(kind, target, dirname(card.path))
        written = (target.strip("/"), name, *self.list_files(kind, target, card))
        return any(map(self._matches_generated, written))

    def list_files(self, kind: str, target: str, card: Card) -> Iterator[str]:
        """The files of the repository that a destination in a card may mean, whether they are there or not."""
        folder = dirname(card.path)
        places: list[str] = []
        if kind == "absolute":
            places = self.list_below_roots(target, folder)
        elif kind == "wiki" and splitext(target)[1]:
            places = [normpath(join(place, target)) for place in (".", folder, self.site.attachments)]
        elif kind == "relative":
            places = [normpath(join(folder, target)), *self.list_places(target, card)]
        for place in places:
            if not (place.startswith("..") and normpath(join(self._config.place, place)).startswith("..")):
                yield place
                if not place.endswith(self._config.extensions):
                    yield from (place + ending for ending in self._config.extensions)

    def list_places(self, target: str, card: Card) -> Iterator[str]:
        """The paths that a relative one may mean as an address, from each address of a card's page; none where pages have no addresses."""
        if not self._is_site:
            return
        folder = dirname(card.path)
        roots = dict.fromkeys((*self.list_roots(folder), *self.list_tops(folder)))
        tops = ("/",) if self._config.renderer.startswith(_FROM_TOP) else ()
        for base in (*list_page_folders(card, self._config.renderer, self.site.find_permalink(card)), *tops):
            for root in roots:
                inside = base if base.startswith("/") else relpath(base or ".", root)
                if not inside.startswith(".."):
                    yield _join_address(root, join(inside, target))
                elif root in self.roots and splitext(target)[1]:
                    # A folder of files that has the same folders within as the one of pages.
                    _, *parts = base.split("/")
                    yield from (
                        join(root, *parts[depth:], target) for depth in range(min(len(parts), _DEEPEST))
                    )

    def _look_up_page(self, place: str, folder: str) -> Iterator[str]:
        """What a place means as an address that is written in a folder: as `find`."""
        bare = split_ending(place, self._suffixes)[0]
        goals = [self.look_up(place)]
        if basename(bare) in INDEX_NAMES and (goal := self.find_card(dirname(bare))):
            goals.append(goal.path)  # to Hugo a/index.md and a.md are the same page
        for root in (".", *self.list_roots(folder)):
            paths = self._pages.get(fold_address(relpath(bare, root)), ())
            near: list[str] = sorted(paths, key=lambda path: -_count_shared(path, folder))
            goals += near
        found = [goal for goal in goals if goal is not None]
        return iter(found or ([""] if self.is_source_of(place) or self._is_moved(place, folder) else []))

    def _is_moved(self, place: str, folder: str) -> bool:
        return any(
            self.site.is_redirected(fold_address(relpath(place, root))) for root in self.list_tops(folder)
        )

    def is_source_of(self, place: str) -> bool:
        """Whether a file lies there that is no card, and that a generator may make a page, or a file, of that name of: one with another ending."""
        full = os.path.join(self._config.root, place)
        if not is_inside(full, self._boundary) or not os.path.isdir(os.path.dirname(full)):
            return False
        bare = split_ending(basename(place), WEB_SUFFIXES)[0]
        return any(one.startswith(f"{bare}.") for one in os.listdir(os.path.dirname(full)))

    def _find_absolute(self, target: str, folder: str) -> str | None:
        """A path from the site's root, in the language that it names or is written in, where that has the page."""
        head = read_head(target, self._config)
        found = self._find_from_root(target[len(head) :] or "/", folder)
        if not found or not self._localised:
            return found
        place = join(folder, "page" + self._config.extensions[0])
        named = basename(head) if is_language_code(basename(head)) else ""
        lang = normalize_tag(named) if named else match_translation(self._config, place)[0]
        card = self._library.by_path.get(found)
        return found if card is None else self._localised.get((lang, card.id), found)

    @cached_property
    def _localised(self) -> Mapping[tuple[str, str], str]:
        """The paths of translations by language and source, where a site's addresses do not say the folder they lie in."""
        if not is_localised(self._config):
            return {}
        matched = ((match_translation(self._config, card.path), card.path) for card in self._library.cards)
        return {(lang, source): path for (lang, source), path in matched if source}

    def _find_from_root(self, target: str, folder: str) -> str | None:
        """A path from the site's root. It leads nowhere where its folder is there, and nothing of its name in it."""
        if not self.roots or (found := self.find_below_roots(target, folder)) is not None:
            return found if self.roots else ""
        if not self._is_file(target):
            for place in self.list_below_roots(target, folder):
                if (found := next(self._look_up_page(place, folder), None)) is not None:
                    return found
        bare = normpath(f"/{target.strip('/')}").strip("/")
        suffix = splitext(bare)[1].lower()
        if (suffix and suffix not in _FILE_SUFFIXES) or not ("/" in bare or suffix):
            return ""
        places = self.list_below_roots(target, folder)
        for place in self._list_source_places(places):
            if (found := next(self._look_up_page(place, folder), None)) is not None:
                return found
        is_folder = any(os.path.isdir(os.path.join(self._config.root, dirname(place))) for place in places)
        if not is_folder and fold_address(dirname(bare)) not in self.site.permalink_folders:
            return ""
        if self._is_file(target):
            return None
        plain = bare.removesuffix(suffix)
        names = [fold_address(name) for name in (bare, plain, basename(plain))]
        is_known = any(name in self._pages or self.site.is_redirected(name) for name in names)
        return "" if is_known else None

    def _find_alias(self, target: str, folder: str) -> str | None:
        """A path from the folder that a generator's sign stands for: known of Zola's `@/`."""
        top = find_content(folder, self._config)
        if top is None or not target.startswith("@/"):
            return ""
        return self.look_up(normpath(join(top, target.removeprefix("@/"))))

    def _find_wiki(self, target: str, folder: str) -> str | None:
        if not self._config.links_wiki:
            return ""
        if target.startswith("."):
            return self.look_up(normpath(join(folder, target)))
        card = self.find_card(target)
        found = card.path if card else self.find_by_name(target, folder)
        return "" if found is None and self._is_list(target) else found

    def _is_list(self, target: str) -> bool:
        """Whether a path names what sites of vaults make: the list of a folder, or of what has a tag (`tags/a`)."""
        tag = target.strip("/").removeprefix("tags/")
        if tag != target.strip("/"):
            tags = {one for card in self._library.cards for one in card.tags}
            return any(f"{one}/".startswith(f"{tag}/") for one in tags)
        return target.endswith("/") and any(f"/{target}" in f"/{card.path}" for card in self._library.cards)

    def _find_ref(self, target: str, folder: str) -> str | None:
        bare = target.strip("/")
        # Hugo goes by its own folder of pages, wherever links in Markdown begin.
        roots = dict.fromkeys((*self.list_roots(folder), *self._list_content(folder)))
        tops = [normpath(join(root, bare)) for root in roots or (".",)]
        for path in tops if target.startswith("/") else (normpath(join(folder, bare)), *tops):
            if card := self.find_card(path):
                return card.path
        # Hugo looks for a lone name everywhere, with a slash before it, too.
        found = None
        if "/" not in bare or not target.startswith("/"):
            names = (bare, *(f"{bare}/{name}" for name in INDEX_NAMES))
            found = next(
                (one for name in names if (one := self.find_by_name(name, folder)) is not None), None
            )
        # A page of that name may come with what is mounted from elsewhere.
        is_unknown = (target.startswith("/") and not self.roots) or ("/" not in bare and self.site.mounts)
        return "" if found is None and is_unknown else found

    def _find_link(self, target: str, folder: str) -> str | None:
        found = (
            self.find_below_roots(target, folder) if self.roots else self.look_up(normpath(target.strip("/")))
        )
        return found if self.roots else found or ""

    def _find_post(self, target: str, _folder: str) -> str | None:
        posts = [card for card in self._library.cards if "_posts/" in card.path]
        found = next((card.path for card in posts if f"/{card.id}".endswith(f"/{target.strip('/')}")), None)
        return found if posts else ""


def name_goal(kind: str, target: str, folder: str) -> str:
    """The name by which `generated` of kb.toml calls what is written in a folder: its path, for an address that of a page (`a/b.html`)."""
    path = normpath(join(folder, target)) if kind == "relative" else target.strip("/")
    return path if splitext(path)[1][1:2].isalpha() else f"{path}{WEB_SUFFIXES[0]}"


def _join_address(root: str, address: str) -> str:
    """The path that an address means below the folder of a site's root, above which it does not climb."""
    return normpath(join(root, normpath(f"/{address}").strip("/")))


def _fill_pattern(pattern: str, folder: str) -> str:
    """The folder, of one and those above it, that a pattern of path segments names; "" when none does."""
    parts = folder.split("/")[: pattern.count("/") + 1]
    names = pattern.split("/")
    fits = len(parts) == len(names) and all(map(fnmatchcase, parts, names))
    return "/".join(parts) if fits else ""


def _count_shared(path: str, folder: str) -> int:
    """The length of what two paths begin with alike."""
    return len(commonpath((path, folder))) if folder else 0


def _group_by_name(paths: Iterable[str]) -> Mapping[str, list[tuple[str, str]]]:
    """Paths by their last name, folded; each with itself folded."""
    folded = ((path, fold_name(path)) for path in paths)
    return group_pairs((basename(both[1]), both) for both in folded)
