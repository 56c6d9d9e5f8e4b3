"""Setting fields of a card by editing its bytes: what was not asked for stays as it is, byte for byte.

YAML (`---`) is edited by the characters of a value, TOML (`+++`) through tomlkit, which keeps every other one.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from kbcli.errors import RefusedError
from kbcli.foundation.typed import Any
from kbcli.knowledge.cards.header.document import (
    MAX_HEADER_CHARACTERS,
    Document,
    FrontMatterError,
    Value,
    parse_header,
    parse_toml,
    parse_yaml,
    split_document,
)
from kbcli.knowledge.cards.header.yaml import format_scalar, set_yaml_field

FieldValue = str | date | list[str] | dict[str, str | date]

# A new field goes below the last one of its group that stands before it here.
_GROUPS = """
    title type aliases tags product audience owner lang
    translation_of translation_digest
    verify_every verify_never_reason verified verified_by verified_digest due depends_on depends_digest flagged evidence
"""
FIELD_GROUPS = tuple(tuple(line.split()) for line in _GROUPS.strip().splitlines())
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
    if isinstance(value, dict):
        texts: list[object] = [*value, *value.values()]
    else:
        texts = list(value) if isinstance(value, list) else [value]
    written = "".join(text for text in (name, *texts) if isinstance(text, str))
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
    damage = next((item for item in document.trouble if item[0] != "bad-encoding"), None)
    if damage is not None:
        _, line, message, hint = damage
        raise RefusedError(f"the front matter cannot be edited: {message} (line {line})", hint)
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
    order_before = [name for name in old.values if name in new.values]
    if order_before != [name for name in new.values if name in old.values]:
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


def set_toml_fields(header: str, changes: Mapping[str, "FieldValue | None"]) -> str:
    """The header with these top-level fields set, or deleted where the value is None.

    New fields go to the end, above the first table. Raises FrontMatterError for what is not
    TOML, and when another line would change.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    known = parse_toml(header)
    try:
        document = tomlkit.parse(header)
    except (TOMLKitError, ValueError) as error:
        raise FrontMatterError(f"it is not valid TOML: {error}", 1, "Mend that line.") from None
    for name, value in changes.items():
        if value is None:
            if name in document:
                del document[name]
        elif name not in document:
            document.append(name, _make_item(value))
        else:
            _replace(document, name, value)
    result = document.as_string()
    if "\r\n" in header and not _LINE_BREAK.search(header):
        result = _LINE_BREAK.sub("\r\n", result)
    _check_lines(header, result, set(changes), known.lines)
    return result


def _replace(document: Any, name: str, value: "FieldValue") -> None:
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


def _make_item(value: "FieldValue") -> Any:
    import tomlkit

    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return tomlkit.item(value)


def _edit_array(array: Any, wanted: list[str]) -> None:
    from difflib import SequenceMatcher

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
    from difflib import SequenceMatcher

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = sorted((line, name) for name, line in lines.items())
    for action, first, last, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if action in ("equal", "insert"):
            continue
        for number in range(first + 1, last + 1):
            owner = next((name for line, name in reversed(starts) if line <= number), "")
            if owner not in names:
                raise FrontMatterError("another line would change too", number, "Change it by hand.")


def compose_card(fields: Mapping[str, FieldValue], body: str) -> str:
    """A card file's text: front matter in the order of `fields`, then the body.

    Lists stand in brackets on one line; texts are quoted where another reader would see a
    number, a date or a boolean; no script is escaped.
    """
    import frontmatter
    import yaml

    class Dumper(yaml.SafeDumper):
        """PyYAML's, with lists on one line and its anchors off."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

    def represent_text(dumper: Dumper, text: str) -> yaml.Node:
        written = format_scalar(text, flow=True)
        style = written[0] if written[:1] in ("'", '"') else None
        if style == '"' and max(text, default="") > "\uffff" and text.isprintable():
            # In double quotes PyYAML escapes emoji.
            style = "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def represent_list(dumper: Dumper, items: list[Any]) -> yaml.Node:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)

    Dumper.add_representer(str, represent_text)
    Dumper.add_representer(list, represent_list)
    post = frontmatter.Post(body.strip("\n"))
    post.metadata = dict(fields)
    return (
        str(frontmatter.dumps(post, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100_000)) + "\n"
    )
