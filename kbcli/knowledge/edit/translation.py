"""Starting a translation of a card (`kb new --translate`): its place, its fields, and the text to translate.

It is a draft, so that nobody is given an untranslated text as an answer, and `kb verify` refuses
it while the marks around that text are there.
"""

import posixpath
from collections.abc import Callable

from kbcli.errors import RefusedError, UsageError
from kbcli.knowledge.cards.header.document import FieldValue
from kbcli.knowledge.cards.header.edit import compose_card
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import match_translation, normalize_tag
from kbcli.knowledge.cards.walk import card_id, select_card_paths
from kbcli.knowledge.edit.creation import NewCard
from kbcli.knowledge.edit.fields import edit_fields
from kbcli.knowledge.edit.links import resolve_target, rewrite_links

_BEGIN_LINE = (
    "<!-- kb:translate from {lang}: the text of {source} begins here."
    " Translate it in place, then delete this line and the last one. -->"
)
_END_LINE = "<!-- kb:translate end -->"


def plan_translation(library: Library, source: Card, lang: str, *, title: str = "") -> NewCard:
    """The new card: a draft with the source's text between two marks, its links still leading where they led.

    The path follows kb.toml's translations pattern, else it is `LANG/` and the source's ID. The
    title is the source's unless one is given; type, tags, product, audience, owner and
    interval are the source's. Raises UsageError for the source's own language, RefusedError
    when there is a translation or a file already.
    """
    config = library.config
    if source.translation_of and (original := library.find_id(source.translation_of)) is not None:
        source = original
    if normalize_tag(lang).casefold() == source.lang.casefold():
        raise UsageError(f"{source.id} is in {source.lang} already", "Name another language with --lang.")
    _check_missing(library, source, lang)
    path = _choose_path(library, source, lang)
    fields: dict[str, FieldValue] = {"title": " ".join(title.split()) or source.title}
    given: dict[str, FieldValue] = {
        "type": source.type,
        "tags": list(source.tags),
        "product": source.product,
        "audience": source.audience if source.audience != "internal" or "audience" in source.lines else "",
        "owner": list(source.owners) if len(source.owners) > 1 else source.owner,
        "lang": lang,
        "translation_of": source.id,
        "status": "draft",
        "verify_every": str(source.verify_every)
        if source.verify_every and "verify_every" in source.lines
        else "",
        "verify_never_reason": source.verify_never_reason,
    }
    fields |= {name: value for name, value in given.items() if value}
    text = compose_card(
        {config.field_name(name): value for name, value in fields.items()}, _frame_text(source)
    )
    # Status and type in the knowledge base's own words.
    data = edit_fields(config, path, text.encode("utf-8"), fields)
    data, _ = rewrite_links(data, _keep_goals(library, source, lang), path)
    return NewCard(card_id(path, config), path, data.decode("utf-8"))


def _check_missing(library: Library, source: Card, lang: str) -> None:
    for card in library.cards:
        if card.lang.casefold() == lang.casefold() and card.translation_of:
            original = library.find_id(card.translation_of)
            if original is not None and original.id == source.id:
                raise RefusedError(f"{card.id} is that translation", f"Work on it with `kb edit {card.id}`.")


def _choose_path(library: Library, source: Card, lang: str) -> str:
    config = library.config
    ending = next(ending for ending in config.extensions if source.path.endswith(ending))
    ident = _find_id_by_pattern(library, source, lang) or f"{lang}/{source.id}"
    path = ident + ending
    if config.locate(path).exists() or any(card.id.casefold() == ident.casefold() for card in library.cards):
        raise RefusedError(f"{path} exists already", "Improve that file, or move it away first.")
    if not select_card_paths(config, [path]):
        raise RefusedError(f"{path} would not be a card", "kb.toml's include and exclude leave it out.")
    return path


def _find_id_by_pattern(library: Library, source: Card, lang: str) -> str:
    """The ID that kb.toml's pattern gives, "" where it has none or the source does not follow it."""
    config = library.config
    if not config.translation_pattern:
        return ""
    folder = _find_spelling(library, lang)
    before, _, after = config.source_pattern.partition("{path}")
    if not (source.id.startswith(before) and source.id.endswith(after)):
        return ""
    inner = source.id[len(before) : len(source.id) - len(after)]
    return config.translation_pattern.replace("{lang}", folder).replace("{path}", inner)


def _find_spelling(library: Library, lang: str) -> str:
    """A language as the folders here spell it (`zh-cn` for zh-CN)."""
    before, _, after = library.config.translation_pattern.partition("{lang}")
    stop = after[:1] or "/"
    for card in library.cards:
        if (
            card.id.startswith(before)
            and match_translation(library.config, card.path)[0].casefold() == lang.casefold()
        ):
            return card.id[len(before) :].split(stop, 1)[0]
    return lang


def _frame_text(source: Card) -> str:
    # Two hyphens in a row would end the comment for some readers.
    opening = _BEGIN_LINE.format(lang=source.lang, source=source.id.replace("--", "-"))
    return f"{opening}\n\n{source.body.strip()}\n\n{_END_LINE}\n"


def _keep_goals(library: Library, source: Card, lang: str) -> Callable[[str], str | None]:
    """Where a link of the source leads, from the knowledge base: to the translation of that card if there is one."""
    folder = posixpath.dirname(source.path)
    translated = {
        original.path: card.path
        for card in library.cards
        if card.translation_of
        and card.lang.casefold() == lang.casefold()
        and (original := library.find_id(card.translation_of)) is not None
    }

    def decide(target: str) -> str | None:
        goal = resolve_target(target, folder)
        return None if goal.startswith("../") else translated.get(goal, goal)

    return decide
