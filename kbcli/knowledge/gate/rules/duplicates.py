"""duplicate-id, duplicate-title, near-duplicate: two cards under one name, or with one text."""

import re
from collections import Counter
from collections.abc import Callable, Collection
from posixpath import basename, dirname
from unicodedata import normalize

from kbcli.foundation.groups import group_pairs
from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import INDEX_NAMES, are_versions, is_of_project, is_piece, leads_on
from kbcli.knowledge.cards.reader import is_language_code
from kbcli.knowledge.gate.change import Change
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, Rule, report_card
from kbcli.knowledge.likeness.pairs import DuplicatePair


def find_duplicate_ids(context: CheckContext) -> Findings:
    """Equal IDs, IDs that differ only in case, and former IDs that another card has or had."""
    first: dict[str, Card] = {}
    for card in context.cards:
        key = card.id.casefold()
        other = first.setdefault(key, card)
        if other is not card:
            is_same = other.id == card.id
            how = (
                f"is the ID of {other.path} too"
                if is_same
                else f"differs only in case from the ID of {other.path}"
            )
            yield report_card(
                "duplicate-id", card, f"its ID {card.id} {how}", "Rename one with `kb mv`.", subject=other.id
            )
    former: dict[str, Card] = {}
    for card in context.cards:
        for ident in card.former_ids:
            key = ident.casefold()
            other = first.get(key) or former.setdefault(key, card)
            if other is not card:
                how = "is" if key in first else "was also"
                yield report_card(
                    "duplicate-id",
                    card,
                    f"its former ID {ident} {how} the ID of {other.path}",
                    "Delete it from former_ids of the card that it does not belong to.",
                    line=card.line_of("former_ids"),
                    subject=ident,
                )


def _recall_ids(change: Change, before: tuple[Finding, ...]) -> Callable[[Finding], bool]:
    """A card and the first holder of the ID both had it before."""
    del before
    now = _list_holders(change.now)
    then = {
        ident: {change.names.find_path(path) for path in paths}
        for ident, paths in _list_holders(change.before).items()
    }

    def was_there(found: Finding) -> bool:
        ident = found.subject.casefold()
        holders = then.get(ident, set())
        return found.path in holders and now.get(ident, [""])[0] in holders

    return was_there


def _list_holders(library: Library) -> dict[str, list[str]]:
    """The paths of the cards that have an ID (without case), and after them of those that had it."""
    now = [(card.id, card.path) for card in library.cards]
    former = [(ident, card.path) for card in library.cards for ident in card.former_ids]
    return group_pairs((ident.casefold(), path) for ident, path in now + former)


def find_duplicate_titles(context: CheckContext) -> Findings:
    """Cards whose title, but for case and letter forms, an earlier card of the same language has."""
    first: dict[tuple[str, ...], list[Card]] = {}
    titled = [
        card
        for card in context.cards
        if card.own_title and card.status != "archived" and not _is_no_page(card, context.library)
    ]
    folders = {dirname(card.id) for card in titled}
    kinds = list(map(_name_series, titled))
    series = Counter(kinds)
    for card, kind in zip(titled, kinds, strict=True):
        is_one_of_series = series[kind] >= _SERIES
        text = card.body.strip() or card.id
        others = first.setdefault((*kind, text) if is_one_of_series else kind[:2], [])
        other = next((other for other in others if not _are_told_apart(card, other, folders)), None)
        others.append(card)
        if other is not None:
            yield report_card(
                "duplicate-title",
                card,
                f"{other.path} has the same title, “{card.own_title}”",
                f"Merge them, say in the title how they differ, or add distinct_from: [{other.id}].",
                line=card.line_of("title") if not card.heading_title else card.body_line,
                subject=other.id,
            )


_REMARK = compile_late(
    r"<!--.*?(?:-->|\Z)|\{/\*.*?(?:\*/\}|\Z)|^\[(?://|comment)\]:.*?$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
# A remark may also say so of what the card is about, or of its contents.
_WHOLE = r"(?:files?|pages?|documents?|documentation|docs?|references?|content|markdown)"
_CHANGE = r"\b(?:edit|modify|change)\b"
_GENERATED = compile_late(
    r"\A\W*(?:(?:comment|begin|start)\W+)*(?:\w+:\s*)?(?:auto(?:matically)?[\s-]*)?generated\b"
    rf"|(?:\b{_WHOLE}\b|\b(?:this|it) (?:is|was)\b|{_CHANGE}).{{0,80}}?\b(?:auto)?generated\b"
    rf"|\b(?:auto)?generated\b(?:\s+{_WHOLE}\b|.{{0,200}}?{_CHANGE})",
    re.DOTALL | re.IGNORECASE,
)
# Language and country as some write them: ptbr, zhcn.
_GLUED = compile_late(r"(?:pt|zh|en|es|fr)(?:br|pt|cn|tw|hk|us|gb|mx|ca)", re.IGNORECASE)
_HEAD = 1000
# So many folders have a page of one name and title: its folder tells each apart, but from one with the same text.
_SERIES = 3


def _is_no_page(card: Card, library: Library) -> bool:
    """Whether a card is a piece of pages, only leads on to another, or is not called by its title."""
    renderer = library.config.renderer
    if renderer == "obsidian" and card.heading_title:
        return True  # a vault calls notes as their files, and their first heading may be that of a part
    if is_of_project(card) and basename(card.id) != "README":
        return True
    return is_piece(card, renderer, library.by_id) or leads_on(card)


def _is_generated(card: Card) -> bool:
    """Whether a comment at its head says that a program makes the file of others: `<!-- DO NOT EDIT, IT IS AUTO-GENERATED -->`."""
    return any(_GENERATED.search(remark[0]) for remark in _REMARK.finditer(card.body[:_HEAD]))


def _name_series(card: Card) -> tuple[str, str, str]:
    """What pages of one kind share that many folders have: `go/install`, `java/install`, `php/install/index`."""
    folder, _, name = card.id.rpartition("/")
    own = folder.rpartition("/")[2] if name in INDEX_NAMES else name
    return card.lang.casefold(), fold_title(card.own_title), own.casefold()


def fold_title(title: str) -> str:
    """A title as it is compared: NFKC, casefolded, spaces as one."""
    return " ".join(normalize("NFKC", normalize("NFKC", title).casefold()).split())


def _drop_languages(ident: str) -> str:
    """An ID without the languages that its folders, or the end of its name, say: `ptbr/a` and `a.zh-cn` are `a`."""
    *folders, name = ident.split("/")
    stem, _, ending = name.rpartition(".")
    plain = (folder for folder in folders if not (is_language_code(folder) or _GLUED.fullmatch(folder)))
    return "/".join([*plain, stem if is_language_code(ending) else name])


def _heads_folder(card: Card, folders: Collection[str]) -> bool:
    return card.id in folders or card.path.rpartition("/")[2].partition(".")[0].casefold() in (
        "index",
        "_index",
        "readme",
        "summary",
    )


def _are_told_apart(card: Card, other: Card, folders: Collection[str]) -> bool:
    """Whether the cards say themselves that they are two: a translation, distinct_from, of two versions, the first pages of two folders, or made of others."""
    return (
        (_heads_folder(card, folders) and _heads_folder(other, folders))
        or are_versions(card.id, other.id)
        or _drop_languages(card.id) == _drop_languages(other.id)
        or "hero" in {**card.extra, **other.extra}  # the door to a page is called as that
        or other.id == card.translation_of
        or card.id == other.translation_of
        or other.id in card.distinct_from
        or card.id in other.distinct_from
        or _is_generated(card)
        or _is_generated(other)
    )


def _recall_titles(change: Change, before: tuple[Finding, ...]) -> Callable[[Finding], bool]:
    """Of cards that had one title it makes no difference which two of them are told."""
    parents: dict[str, str] = {}

    def find_root(name: str) -> str:
        while parents.get(name, name) != name:
            name = parents[name]
        return name

    for found in before:
        one, other = change.names.find_id(found.card), change.names.find_id(found.subject)
        parents.setdefault(one, one)
        parents.setdefault(other, other)
        parents[find_root(one)] = find_root(other)
    return lambda found: found.card in parents and find_root(found.card) == find_root(found.subject)


def find_near_duplicates(context: CheckContext) -> Findings:
    """Both cards of each pair, so that it is seen whichever of them a change (or `kb check PATH`) is about."""
    for pair in context.duplicates:
        yield _report_pair(pair, pair.a, pair.b)
        yield _report_pair(pair, pair.b, pair.a)


def _report_pair(pair: DuplicatePair, card: Card, other: Card) -> Finding:
    share = f"{int(pair.similarity * 100)} %"
    message = f"it says much the same as {other.path} ({share} of the shorter one)"
    if pair.contained is not None:
        part, whole = ("it", other.path) if pair.contained is card else (other.path, "it")
        message = f"{part} is contained in {whole} ({share})"
    hint = f"Merge them, or add distinct_from: [{other.id}] when both are needed."
    return report_card("near-duplicate", card, message, hint, line=card.line_of("title"), subject=other.id)


def _recall_pairs(change: Change, before: tuple[Finding, ...]) -> Callable[[Finding], bool]:
    """A pair was there when it was told of, or when the change touched neither: the rest of the base decides, too."""
    told = {(change.names.find_path(found.path), change.names.find_id(found.subject)) for found in before}

    def was_there(found: Finding) -> bool:
        pair = (change.held.by_path.get(found.path), change.held.by_id.get(found.subject))
        if (found.path, found.subject) in told:
            return True
        return all(card is not None and change.is_untouched(card) for card in pair)

    return was_there


RULES = (
    Rule(
        id="duplicate-id",
        severity="error",
        title="Two cards with one ID",
        what="Two files have one ID, IDs differ only in upper and lower case, or a former ID is in use.",
        why="A reference would lead to either card, and some file systems cannot hold both.",
        mend="Rename one with `kb mv`, or delete the former ID from the card it does not belong to.",
        find=find_duplicate_ids,
        recall=_recall_ids,
        archived=True,
    ),
    Rule(
        id="duplicate-title",
        severity="warning",
        title="Two cards with one title",
        what="Two cards of one language have the same title; a translation is no duplicate.",
        why="People who search see twice the same line and cannot choose; sooner or later the two disagree.",
        mend="Merge them, tell them apart in the title, or list one in distinct_from of the other.",
        find=find_duplicate_titles,
        recall=_recall_titles,
    ),
    Rule(
        id="near-duplicate",
        severity="off",
        title="Two cards that say the same",
        what="Most of one card's text stands in another too; translations and distinct_from are no duplicates.",
        why="Of two cards on one matter, one is corrected and the other goes on giving the old answer.",
        mend="Merge them (`kb duplicates` shows the pairs), or list one in distinct_from of the other.",
        find=find_near_duplicates,
        severity_in_change="warning",
        digests=True,
        recall=_recall_pairs,
    ),
)
