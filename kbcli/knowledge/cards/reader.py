"""Bytes to Card. Pure: reads no disk, knows no day, and never fails."""

import re
from collections.abc import Mapping
from functools import lru_cache

from kbcli.config import Config
from kbcli.foundation.disk.globs import match_globs
from kbcli.foundation.typed import Any
from kbcli.knowledge.cards.fields import FieldReader
from kbcli.knowledge.cards.header.document import Document, count_newlines, split_document
from kbcli.knowledge.cards.header.read import Fields, FrontMatterError, parse_toml, parse_yaml
from kbcli.knowledge.cards.languages import guess_script_language
from kbcli.knowledge.cards.model import Card, Problem
from kbcli.knowledge.cards.walk import card_id

_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]+|\{[#:][^}]*\}|<[^>]*>")
_TEMPLATE_CODE = re.compile(r"<%|\{\{|\{%")
_TITLE_LINE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_CONFLICT = re.compile(r"^<{7}(?: .*)?$.*?^={7}$.*?^>{7}(?: .*)?$", re.MULTILINE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_HEADING_REACHES = (1_000, 20_000)
_HEADER_REACH = 2_000
_TEXTS = ("product", "translation_digest", "verify_never_reason", "verified_by", "depends_digest")
_LISTS = ("depends_on", "distinct_from", "evidence", "former_ids")


def read_card(data: bytes, path: str, config: Config) -> Card:
    """What the file with these bytes means, `path` being relative to the knowledge base.

    Always a card: what cannot be understood is left out and noted in `problems`, with its line
    and remedy, so that a damaged card is still found and shown.
    """
    document = split_document(data)
    problems = [Problem(rule, path, line, message, hint) for rule, line, message, hint in document.trouble]
    fields, salvaged = _read_fields(document, path, problems)
    reader = FieldReader(fields, config, path, document.header_line, find_defaults(config, path))
    body = document.body
    _note_conflict(body, document, path, problems)
    path_lang, path_source = match_translation(config, path)
    ident = card_id(path, config)
    translation_of = reader.read_text("translation_of") or path_source
    return Card(
        id=ident,
        path=path,
        **_read_title(reader, salvaged, body, ident),
        type=reader.read_type(),
        aliases=reader.read_list("aliases", split=True),
        tags=reader.read_list("tags", split=True),
        audience=reader.read_audience(),
        owners=reader.read_list("owner"),
        lang=reader.read_lang() or path_lang or guess_script_language(body) or config.lang,
        translation_of="" if translation_of == ident else translation_of,
        status=reader.read_status(),
        verify_every=reader.read_interval(),
        verified=reader.read_date("verified"),
        due_on=reader.read_date("due") if "due" in config.fields else None,
        flagged=reader.read_flag(),
        **_read_plain_fields(reader),
        extra=reader.extra,
        body=body,
        body_line=document.body_line,
        body_offset=document.body_offset,
        lines=reader.lines,
        problems=(*problems, *reader.problems),
    )


def _read_title(reader: FieldReader, salvaged: str, body: str, ident: str) -> dict[str, Any]:
    own = reader.read_text("title") or salvaged
    heading = "" if own else find_heading_title(body)
    title = own or heading
    return {
        "title": title or _name_from_path(ident),
        "own_title": title,
        "heading_title": bool(heading),
    }


def _read_plain_fields(reader: FieldReader) -> dict[str, Any]:
    """The fields that are taken as they are written."""
    fields: dict[str, Any] = {name: reader.read_text(name) for name in _TEXTS}
    fields |= {name: reader.read_list(name) for name in _LISTS}
    # A digest that was emptied pins nothing, but it must not read as a card that never had one.
    emptied = "(empty)" if "verified_digest" in reader.lines else ""
    return fields | {"verified_digest": reader.read_text("verified_digest") or emptied}


def _read_fields(document: Document, path: str, problems: list[Problem]) -> tuple[Fields, str]:
    """The header's fields, and the title when all that could be saved of it is that line."""
    if not document.mark:
        # With a damaged fence the header is part of the text; its title is saved all the same.
        damaged = any(problem.rule != "bad-encoding" for problem in problems)
        match = _TITLE_LINE.search(document.text[:_HEADER_REACH].replace("\r", "\n")) if damaged else None
        return Fields({}, {}), match[1].strip("\"'` ") if match else ""
    try:
        return (parse_toml if document.mark == "+++" else parse_yaml)(document.header), ""
    except FrontMatterError as error:
        conflict = "<<<<<<<" in document.header
        rule = "merge-conflict" if conflict else "bad-front-matter"
        message = "the front matter holds a merge conflict" if conflict else str(error)
        hint = "Resolve the conflict: keep one side and delete the marks." if conflict else error.hint
        line = document.header_line + error.line - 1
        if conflict:
            line = document.header_line + count_newlines(document.header[: document.header.index("<<<<<<<")])
        problems.append(Problem(rule, path, line, message, hint))
        match = _TITLE_LINE.search(document.header.replace("\r", "\n"))
        return Fields({}, {}), match[1].strip("\"'` ") if match else ""


def _note_conflict(body: str, document: Document, path: str, problems: list[Problem]) -> None:
    if "\n=======\n" not in body or any(problem.rule == "merge-conflict" for problem in problems):
        return
    from kbcli.foundation.markdown.blocks import blank_code

    match = _CONFLICT.search(blank_code(body))
    if match:
        line = document.body_line + body.count("\n", 0, body.find("<<<<<<<"))
        hint = "Resolve the conflict: keep one side and delete the marks."
        problems.append(Problem("merge-conflict", path, line, "the text holds a merge conflict", hint))


def find_heading_title(body: str) -> str:
    """The text of the first heading, without its markup, outside of lists and quotes; "" when there is none."""
    from kbcli.foundation.markdown.blocks import read_heading, scan_blocks

    for reach in _HEADING_REACHES:
        # Most often it stands in the first lines; a line that may be cut is not read.
        text = body if len(body) <= reach else body[: body.rfind("\n", 0, reach) + 1]
        for block in scan_blocks(text):
            if block.kind != "heading" or block.depth:
                continue
            heading = read_heading(text, block)
            if block.end == block.first + 1:
                # Hashes at its end have never been part of a title, and a title is in the digest.
                heading = heading.rstrip("#")
            if _TEMPLATE_CODE.search(heading):
                continue
            if cleaned := " ".join(_MARKUP.sub(lambda found: found[1] or "", heading).split()):
                return _CONTROL.sub("", cleaned)
        if len(body) <= reach:
            break
    return ""


def _name_from_path(ident: str) -> str:
    *folders, name = ident.split("/")
    if name in ("index", "README", "_index") and folders:
        name = folders[-1]
    return re.sub(r"[-_]+", " ", name).strip() or ident


def find_defaults(config: Config, path: str) -> Mapping[str, str | tuple[str, ...]]:
    """The field values that kb.toml gives to cards at this path; a later table wins."""
    if not config.defaults:
        return {}
    merged: dict[str, str | tuple[str, ...]] = {}
    for entry in config.defaults:
        if match_globs(entry.paths)(path):
            merged.update(entry.values)
    return merged


@lru_cache(maxsize=8)
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\{lang\}", r"(?P<lang>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*)")
    return re.compile(escaped.replace(r"\{path\}", r"(?P<path>.+)") + r"\Z")


def match_translation(config: Config, path: str) -> tuple[str, str]:
    """Language and source ID of a card by kb.toml's `translations` pattern; both "" when it has none.

    With the pattern `{lang}/{path}` and source `en`, `de/pod.md` is German and a translation
    of `en/pod`.
    """
    if not config.translation_pattern:
        return "", ""
    ident = card_id(path, config)
    match = _compile_pattern(config.translation_pattern).match(ident)
    if match is None:
        return "", ""
    from kbcli.knowledge.cards.languages import normalize_tag

    source = config.translation_pattern.replace("{lang}", config.translation_source).replace(
        "{path}", match["path"]
    )
    is_source = match["lang"] == config.translation_source or not config.translation_source
    return normalize_tag(match["lang"]), "" if is_source else source
