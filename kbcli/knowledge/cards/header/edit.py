"""Setting fields of a card by editing its bytes: what was not asked for stays as it is, byte for byte."""

from collections.abc import Mapping, Sequence
from datetime import date

from kbcli.errors import RefusedError
from kbcli.knowledge.cards.header.document import MAX_HEADER_CHARACTERS, Document, split_document
from kbcli.knowledge.cards.header.read import FrontMatterError, Value, parse_header, parse_yaml

FieldValue = str | date | list[str] | dict[str, str | date]

# A new field goes below the last one of its group that stands before it here.
_GROUPS = """
    title type aliases tags product audience owner lang
    translation_of translation_digest
    verify_every verify_never_reason verified verified_by verified_digest due depends_on depends_digest flagged evidence
"""
FIELD_GROUPS = tuple(tuple(line.split()) for line in _GROUPS.strip().splitlines())


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
        from kbcli.knowledge.cards.header.toml import set_toml_fields

        return set_toml_fields(header, changes)
    from kbcli.knowledge.cards.header.yaml import set_yaml_field

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
    again = split_document(result)
    start, end = _find_header_bytes(again)
    if result[start:end] != header.encode("utf-8") or result[end:] != (
        rest if document.mark else f"---{document.newline}".encode() + rest
    ):
        raise RefusedError("the file would be cut differently", "Change it by hand.")
