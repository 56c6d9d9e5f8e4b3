"""Setting fields of a card by editing its bytes: what was not asked for stays as it is, byte for byte.

YAML (`---`) and JSON (`{`) are edited by the characters of a value, TOML (`+++`) through tomlkit, which keeps
every other one.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher

from kbcli.errors import RefusedError
from kbcli.foundation.typed import Any
from kbcli.knowledge.cards.header.document import (
    MAX_HEADER_CHARACTERS,
    READ_ANYWAY,
    Document,
    FieldValue,
    FrontMatterError,
    Value,
    list_members,
    parse_header,
    parse_json,
    parse_toml,
    parse_yaml,
    split_document,
    unify_newlines,
)
from kbcli.knowledge.cards.header.yaml import format_scalar, format_value, set_yaml_field

# A new field goes below the last one of its group that stands before it here.
_GROUPS = """
    title type aliases tags product audience owner lang
    translation_of translation_digest
    verify_every verify_never_reason verified verified_by verified_digest due depends_on depends_digest flagged evidence
"""
FIELD_GROUPS = tuple(tuple(line.split()) for line in _GROUPS.strip().splitlines())
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_TABLE_LINE = re.compile(r"(?<![^\r\n])[ \t]*\[")
_NOTHING_MORE = re.compile(r"(?:(?<![^\n])|(?<=\r)(?!\n))(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))+\Z")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_LINE_BREAK = re.compile(r"(?<!\r)\n")


def set_fields(
    data: bytes,
    changes: Mapping[str, FieldValue | None],
    *,
    groups: Sequence[Sequence[str]] = FIELD_GROUPS,
) -> bytes:
    """The file with these front matter fields set; None deletes one. Names are those in the file.

    Comments, quotes, order, newlines, byte order mark and body stay as they are; `groups` says
    which fields belong together, for the place of a new one. A file without front matter gets
    one. Raises RefusedError, with the reason and the line, when the result would not read back
    as asked with everything else unchanged.
    """
    document = split_document(data)
    if document.encoding == "utf-16":
        raise RefusedError("the file is UTF-16", "Save it as UTF-8.")
    for rule, line, message, hint in document.trouble:
        if rule != "bad-encoding" and message not in READ_ANYWAY:
            raise RefusedError(f"the front matter cannot be edited: {message} (line {line})", hint)
    for name, value in changes.items():
        _check_encodable(name, value, document)
    if not document.mark:
        return _add_front_matter(data, document, changes, groups)
    start, end = _find_header_bytes(document)
    header = _decode_header(data[start:end], document)
    try:
        after = _edit_header(header, document, changes, groups)
    except FrontMatterError as error:
        line = document.header_line + error.line - 1
        raise RefusedError(f"the front matter cannot be edited: {error} (line {line})", error.hint) from None
    result = data[:start] + after.encode("utf-8") + data[end:]
    _verify(header, after, document.mark, changes)
    _verify_cut(result, document, after, data[end:])
    return result


def _check_encodable(name: str, value: FieldValue | None, document: Document) -> None:
    inner = (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    written = "".join(text for text in (name, value, *inner) if isinstance(text, str))
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        raise RefusedError(f"the value for “{name}” is not valid Unicode text") from None
    if document.encoding != "utf-8" and not written.isascii():
        # The whole file is read in the encoding it seems to have, so the value would come back as other letters.
        raise RefusedError(
            f"the file is not UTF-8, and the value for “{name}” needs it", "Save the file as UTF-8."
        )


def _find_header_bytes(document: Document) -> tuple[int, int]:
    """The bytes between the fences. A file that is not UTF-8 was read one byte a character."""
    before, header = document.text[: document.header_start], document.header
    lead = 3 if document.bom else 0
    if document.encoding != "utf-8":
        return lead + len(before), lead + len(before) + len(header)
    start = lead + len(before.encode("utf-8"))
    return start, start + len(header.encode("utf-8"))


def _decode_header(data: bytes, document: Document) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = document.header_line + data[: error.start].count(b"\n")
        raise RefusedError(
            f"the front matter is not UTF-8 (line {line})", "Save the file as UTF-8."
        ) from None


def _edit_header(
    header: str, document: Document, changes: Mapping[str, FieldValue | None], groups: Sequence[Sequence[str]]
) -> str:
    if document.mark == "+++":
        return set_toml_fields(header, changes)
    if document.mark == "{":
        for name, value in changes.items():
            header = set_json_field(header, name, value, _find_predecessors(name, groups))
        return header
    values = parse_yaml(header).values
    for name, value in changes.items():
        if name in values and value is not None and values[name] == _expect(value):
            continue
        header = set_yaml_field(
            header, name, value, after=_find_predecessors(name, groups), newline=document.newline
        )
    return header


def _find_predecessors(name: str, groups: Sequence[Sequence[str]]) -> Sequence[str]:
    """The fields below which a new one belongs: those before it in its group."""
    for group in groups:
        if name in group:
            return tuple(group[: list(group).index(name)])
    return ()


def _add_front_matter(
    data: bytes, document: Document, changes: Mapping[str, FieldValue | None], groups: Sequence[Sequence[str]]
) -> bytes:
    if document.text.lstrip().startswith(("---", "+++")):
        hint = "Add front matter by hand, or another line before it."
        raise RefusedError("the text begins with what could be a fence (line 1)", hint)
    if all(value is None for value in changes.values()):
        return data
    lead = 3 if document.bom else 0
    header = _edit_header("", document, changes, groups)
    mark = f"---{document.newline}"
    result = data[:lead] + f"{mark}{header}{mark}".encode() + data[lead:]
    _verify("", header, "---", changes)
    _verify_cut(result, document, header, data[lead:])
    return result


def _expect(value: FieldValue) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: str(item) for name, item in value.items()}
    return list(value) if isinstance(value, list) else value


def _verify(before: str, after: str, mark: str, changes: Mapping[str, FieldValue | None]) -> None:
    """Read both headers, and raise RefusedError unless exactly what was asked for differs."""
    try:
        old, new = parse_header(mark, before), parse_header(mark, after)
    except FrontMatterError as error:
        raise RefusedError(
            f"the edited front matter would not be readable: {error}", "Change it by hand."
        ) from None
    for name, value in changes.items():
        if value is None:
            if name in new.values:
                raise RefusedError(f"“{name}” would still be there", "Delete it by hand.")
        elif new.values.get(name) != _expect(value):
            raise RefusedError(f"“{name}” would not read back as written", "Change it by hand.")
    kept_before = [item for item in old.values.items() if item[0] not in changes]
    kept_after = [item for item in new.values.items() if item[0] not in changes]
    if kept_before != kept_after or [item[0] for item in old.duplicates] != [
        item[0] for item in new.duplicates
    ]:
        raise RefusedError("another field would change too", "Change it by hand.")
    merged = [name for name, line in old.lines.items() if line == old.lines.get("<<")]
    order_before = [name for name in old.values if name in new.values and name not in merged]
    if order_before != [name for name in new.values if name in old.values and name not in merged]:
        raise RefusedError("the order of the fields would change", "Change it by hand.")


def _verify_cut(result: bytes, document: Document, header: str, rest: bytes) -> None:
    """Check that the result is cut at the same places: same body, same newlines, same header."""
    if len(header) > MAX_HEADER_CHARACTERS:
        raise RefusedError("the front matter would be larger than 64 kB", "Move some of it into the body.")
    start, end = _find_header_bytes(split_document(result))
    if result[start:end] != header.encode("utf-8") or result[end:] != (
        rest if document.mark else f"---{document.newline}".encode() + rest
    ):
        raise RefusedError("the file would be cut differently", "Change it by hand.")


def set_toml_fields(header: str, changes: Mapping[str, FieldValue | None]) -> str:
    """The header with these top-level fields set, or deleted where the value is None.

    New fields go below the last one above the first table. Raises FrontMatterError for what is not
    TOML, and when another line would change.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    known = parse_toml(header)
    try:
        document = tomlkit.parse(header)
        for name, value in changes.items():
            if name in document and value is not None:
                _replace(document, name, value)
            elif name in document:
                del document[name]
            elif value is not None:
                # Spelt out, as tomlkit sets blank lines around it.
                text = document.as_string()
                place = _find_new_place(text)
                line = f"{tomlkit.key(name).as_string()} = {_make_item(value).as_string()}\n"
                document = tomlkit.parse(f"{text[:place]}{line}{text[place:]}")
    except (TOMLKitError, ValueError) as error:
        raise FrontMatterError(f"it is not valid TOML: {error}", 1, "Mend that line.") from None
    result = document.as_string()
    if "\r\n" in header and not _LINE_BREAK.search(header):
        result = _LINE_BREAK.sub("\r\n", result)
    _check_lines(header, result, set(changes), known.lines)
    return result


def _find_new_place(header: str) -> int:
    """Where a new top-level field goes: below the last one above the first table, else to the end."""
    import tomllib

    for table in _TABLE_LINE.finditer(header):
        try:
            tomllib.loads(unify_newlines(header[: table.start()]))
        except tomllib.TOMLDecodeError:
            continue  # inside a list or a text
        return len(_NOTHING_MORE.sub("", header[: table.start()]))
    return len(header)


def _replace(document: Any, name: str, value: FieldValue) -> None:
    old = document[name]
    plain = old.unwrap()
    if isinstance(value, str):
        if plain != value:
            document[name] = _make_text(value, old)
    elif isinstance(value, date) and isinstance(plain, str):
        document[name] = _make_text(value.isoformat(), old)
    elif isinstance(value, list) and isinstance(plain, list):
        _edit_array(old, value)
    else:
        document[name] = _make_item(value)


def _make_text(value: str, old: Any) -> Any:
    """A text in the old one's quotes; a number or day stays one when the text still is one."""
    import tomlkit
    from tomlkit.items import String

    if not isinstance(old, String):
        unwrapped = old.unwrap()
        if isinstance(unwrapped, date) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
        if type(unwrapped) is int and re.fullmatch(r"[1-9]\d{0,17}", value):
            return int(value)
        return tomlkit.string(value)
    literal = old.as_string().startswith("'") and not re.search("['\x00-\x08\x0a-\x1f\x7f]", value)
    return tomlkit.string(value, literal=literal)


def _make_item(value: FieldValue) -> Any:
    import tomlkit

    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return tomlkit.item(value)


def _edit_array(array: Any, wanted: list[str]) -> None:
    old = [str(item) for item in array.unwrap()]
    for action, first, last, begin, end in reversed(
        SequenceMatcher(None, old, wanted, autojunk=False).get_opcodes()
    ):
        if action == "equal":
            continue
        for index in reversed(range(first, last)):
            del array[index]
        for offset, text in enumerate(wanted[begin:end]):
            array.insert(first + offset, text)


def _check_lines(before: str, after: str, names: set[str], lines: Mapping[str, int]) -> None:
    """Raise FrontMatterError when a line changed that does not belong to one of the fields."""
    old, new = _LINE.findall(before), _LINE.findall(after)
    starts = sorted((line, name) for name, line in lines.items())
    for action, first, last, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if action in ("equal", "insert"):
            continue
        for number in range(first + 1, last + 1):
            owner = next((name for line, name in reversed(starts) if line <= number), "")
            if owner not in names:
                raise FrontMatterError("another line would change too", number, "Change it by hand.")


def set_json_field(header: str, name: str, value: FieldValue | None, after: Sequence[str]) -> str:
    """The object with one of its members set, or deleted where the value is None; `after`: see set_yaml_field."""
    import json

    members = list_members(header)
    places = [index for index, member in enumerate(members) if member[0] == name]
    if len(places) > 1:
        raise FrontMatterError(f"“{name}” stands twice", 1, "Delete one of the two.")
    expected = None if value is None else _expect(value)
    written = json.dumps(expected, ensure_ascii=False)
    if places:
        _, key, start, end = members[places[0]]
        if value is not None:
            old = header[start:end]
            bare = isinstance(expected, str) and old[0] != '"' and _JSON_NUMBER.fullmatch(expected)
            same = parse_json(header).values[name] == expected
            return header if same else f"{header[:start]}{expected if bare else written}{header[end:]}"
        if len(members) == 1:
            raise FrontMatterError("it would be empty", 1, "Delete the front matter by hand.")
        first = members[places[0] - 1][3] if places[0] else key
        return header[:first] + header[end if places[0] else members[1][1] :]
    if value is None:
        return header
    known = [index for index, member in enumerate(members) if member[0] in after]
    place = members[known[-1] if known else -1]
    gap = (
        header[1 : members[0][1]]
        if len(members) == 1
        else header[members[0][3] : members[1][1]].lstrip(" \t,")
    )
    return f"{header[: place[3]]},{gap or ' '}{json.dumps(name, ensure_ascii=False)}: {written}{header[place[3] :]}"


def compose_card(fields: Mapping[str, FieldValue], body: str) -> str:
    """A card file's text: front matter in the order of `fields`, then the body.

    Lists stand in brackets on one line; texts are quoted where another reader would see a
    number, a date or a boolean; no script is escaped.
    """
    import frontmatter

    class Handler(frontmatter.YAMLHandler):
        """Writes values as they are written into front matter that is there already."""

        def export(self, metadata: Mapping[str, Any], **_: object) -> str:
            return "\n".join(
                f"{format_scalar(name)}: {format_value(value, flow=True)}" for name, value in metadata.items()
            )

    post = frontmatter.Post(body.strip("\n"), Handler())
    post.metadata = dict(fields)
    return f"{frontmatter.dumps(post)}\n"
