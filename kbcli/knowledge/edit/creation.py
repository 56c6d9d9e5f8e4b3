"""New cards from templates (`kb new`)."""

import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from unicodedata import category, combining, normalize

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError, UsageError, refuse_unknown
from kbcli.foundation.disk.files import create_file
from kbcli.knowledge.cards.header.document import FieldValue, Value, split_document
from kbcli.knowledge.cards.header.edit import compose_card
from kbcli.knowledge.cards.model import TYPES
from kbcli.knowledge.cards.walk import (
    MAX_CARD_BYTES,
    TEMPLATE_FOLDER,
    card_id,
    list_card_files,
    select_card_paths,
)
from kbcli.knowledge.edit.fields import edit_fields, read_raw_fields

_NAME = re.compile(r"\{([a-z_]+)\}")
_BUILT_IN = os.path.join(os.path.dirname(__file__), "templates")


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card that does not exist yet: its ID, its path below the knowledge base, and its text."""

    id: str
    path: str
    text: str


def plan_card(
    config: Config,
    title: str,
    *,
    today: date,
    card_type: str = "answer",
    folder: str = "",
    slug: str = "",
    owner: str = "",
    lang: str = "",
    draft: bool = False,
    body: str | None = None,
    fields: Mapping[str, str | list[str]] | None = None,
) -> NewCard:
    """The new card to show in an editor. `body` replaces the template's, `fields` (kb names) are laid over it.

    A template may hold `{title}`, `{date}`, `{owner}`, `{lang}`, `{type}` and `{id}`; it can
    do nothing else. Raises UsageError for an unknown type or an empty title, OutsidePathError,
    RefusedError when a card of that ID exists.
    """
    title = " ".join(title.split())
    if not title:
        raise UsageError("a card needs a title", "Say what the customer asks.")
    refuse_unknown(card_type, TYPES + config.types, f"“{card_type}” is not a type")
    path = _choose_path(config, folder, slug or make_slug(title))
    ident = card_id(path, config)
    _check_free(config, ident)
    own = {"owner": owner, "lang": lang if lang != config.lang else "", "status": "draft" if draft else ""}
    given: dict[str, FieldValue] = {"title": title, "type": card_type}
    given |= {name: value for name, value in (*own.items(), *(fields or {}).items()) if value}
    names = {"title": title, "type": card_type, "owner": owner, "lang": lang or config.lang}
    names |= {"date": today.isoformat(), "id": ident}
    template = _read_own_template(config, card_type)
    if template is None:
        return NewCard(ident, path, _fill_built_in(config, path, names, given, body))
    return NewCard(ident, path, _fill_own_template(config, path, template, names, given, body))


def _choose_path(config: Config, folder: str, slug: str) -> str:
    wanted = folder.strip().strip("/") if folder.strip() != "." else ""
    if folder.startswith(("/", "~")) or "\0" in folder + slug or "\\" in folder + slug or "/" in slug:
        raise UsageError(
            f"“{folder or slug}” is not a folder of the knowledge base", "Give one such as billing/refunds."
        )
    endings = sorted(config.extensions, key=lambda ending: (ending != ".md", len(ending)))
    for ending in endings:
        path = posixpath.normpath(posixpath.join(wanted, slug + ending))
        config.locate(path)
        if not path.startswith("../") and select_card_paths(config, [path]):
            return path
    hint = (
        "kb.toml's include and exclude, a hidden folder or templates/ leave it out; choose another --folder."
    )
    raise RefusedError(f"{posixpath.join(wanted, slug)} would not be a card", hint)


def _check_free(config: Config, ident: str) -> None:
    for entry in list_card_files(config):
        if card_id(entry.path, config).casefold() == ident.casefold():
            raise RefusedError(f"{entry.path} exists already", "Improve that card, or choose another title.")


def read_template(config: Config, card_type: str) -> str:
    """The template of a type, the knowledge base's own or kb's, as `templates/TYPE.md` would hold it."""
    own = _read_own_template(config, card_type)
    if own is not None:
        return own.decode("utf-8", "replace")
    fields: dict[str, FieldValue] = {
        "title": "{title}",
        "type": card_type,
        "aliases": [],
        "tags": [],
        "owner": "{owner}",
    }
    return compose_card(
        {config.field_name(name): value for name, value in fields.items()}, _read_built_in(card_type)
    )


def _read_built_in(card_type: str) -> str:
    name = f"{card_type}.md"
    file = os.path.join(_BUILT_IN, name if name in os.listdir(_BUILT_IN) else "answer.md")
    with open(file, encoding="utf-8") as stream:
        return stream.read()


def _read_own_template(config: Config, card_type: str) -> bytes | None:
    """The knowledge base's template of a type. Raises OutsidePathError when it is a link that leads outside."""
    path = config.locate(f"{TEMPLATE_FOLDER}/{card_type}.md")
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise RefusedError(f"{path} is larger than 5 MB")
        return path.read_bytes()
    except OSError as error:
        raise KbError(f"the template {path} cannot be read: {error.strerror}") from error


def _fill_built_in(
    config: Config,
    path: str,
    names: Mapping[str, str],
    given: Mapping[str, FieldValue],
    body: str | None,
) -> str:
    template = _read_built_in(names["type"])
    first: dict[str, FieldValue] = {name: given[name] for name in ("title", "type")}
    rest = {name: value for name, value in given.items() if name not in first}
    ordered = {**first, "aliases": [], "tags": [], **rest}
    text = compose_card(
        {config.field_name(name): value for name, value in ordered.items()},
        _substitute(template, names) if body is None else body,
    )
    # Status and type in the knowledge base's own words.
    return edit_fields(config, path, text.encode("utf-8"), given).decode("utf-8")


def _fill_own_template(
    config: Config,
    path: str,
    template: bytes,
    names: Mapping[str, str],
    given: Mapping[str, FieldValue],
    body: str | None,
) -> str:
    try:
        template.decode("utf-8")
    except UnicodeDecodeError as error:
        raise KbError("the template is not UTF-8", "Save it as UTF-8.") from error
    document = split_document(template)
    present = read_raw_fields(template)
    filled: dict[str, FieldValue | None] = {}
    for name, value in present.items():
        text = _placeholder(value)
        if text is not None:
            filled[name] = _substitute(text, names) or None
    rest = _substitute(document.body, names) if body is None else body.strip("\n") + "\n"
    data = template[: document.body_offset] + rest.encode("utf-8")
    data = edit_fields(config._replace(fields={}, values={}), path, data, filled)
    kept = {
        name: value
        for name, value in given.items()
        if name != "type" or config.field_name(name) not in present
    }
    return edit_fields(config, path, data, kept).decode("utf-8")


def _placeholder(value: Value) -> str | None:
    """A template field's text when it holds a name in braces: YAML reads a bare `{title}` as a mapping."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) is None:
        return f"{{{next(iter(value))}}}"
    return value if isinstance(value, str) and _NAME.search(value) else None


def _substitute(text: str, names: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: names.get(match[1], match[0]), text)


def create_card(
    config: Config, new: NewCard, text: str | None = None, *, allow_unchanged: bool = False
) -> NewCard | None:
    """Write the new card, with the text as edited; None, and nothing written, when it is still the bare template.

    An emptied text also creates nothing. Raises RefusedError when a file has appeared there meanwhile.
    """
    edited = new.text if text is None else text
    if not edited.strip() or (edited == new.text and not allow_unchanged):
        return None
    path = config.locate(new.path)
    if os.path.lexists(path) or os.path.lexists(os.path.join(config.root, new.path)):
        raise RefusedError(f"{new.path} exists already", "Choose another title or folder.")
    create_file(path, edited.encode("utf-8"))
    return replace(new, text=edited)


MAX_BYTES = 80
FALLBACK = "card"

# Left out rather than made a hyphen: apostrophes, joiners, soft hyphen.
_DROPPED = str.maketrans("", "", "'’ʼ`\u00ad\u200b\u200c\u200d\u2060\ufeff")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])\Z")


def make_slug(text: str) -> str:
    """A file name for a title: letters, digits and marks of any script, lower-case, hyphens, at most 80 bytes.

    Never empty ("card" when nothing is left), hidden, or a name that Windows reserves. NFC.
    """
    lowered = normalize("NFC", normalize("NFC", text).lower()).translate(_DROPPED)
    kept = "".join(char if category(char)[0] in "LMN" else "-" for char in lowered)
    # A mark that has lost its letter is no word.
    words = [word for word in kept.split("-") if any(category(char)[0] != "M" for char in word)]
    slug = _shorten("-".join(words)) or FALLBACK
    return f"{slug}-{FALLBACK}" if _RESERVED.match(slug) else slug


def _shorten(slug: str) -> str:
    """Cut at a hyphen where one is near, and never between a letter and its marks."""
    if len(slug.encode("utf-8")) <= MAX_BYTES:
        return slug
    whole = slug.encode("utf-8")[: MAX_BYTES + 1].decode("utf-8", "ignore")
    while len(whole.encode("utf-8")) > MAX_BYTES or _is_mark(slug, len(whole)):
        whole = whole[:-1]
    if slug[len(whole)] == "-":
        return whole
    head, hyphen, _ = whole.rpartition("-")
    return head if hyphen and len(head.encode("utf-8")) >= MAX_BYTES // 2 else whole


def _is_mark(text: str, index: int) -> bool:
    return index < len(text) and (category(text[index])[0] == "M" or combining(text[index]) > 0)
