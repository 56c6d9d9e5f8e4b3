"""A card file cut in two: front matter and body. Bytes in, text and places out; nothing is interpreted."""

import re
from dataclasses import dataclass

MAX_HEADER_CHARACTERS = 65_536

_NEWLINE = r"(?:\r\n|\n|\r)"
_OPEN = re.compile(rf"(?P<blank>[ \t\r\n]*)(?P<mark>---|\+\+\+)[ \t]*{_NEWLINE}")
_CLOSE = {
    mark: re.compile(rf"(?<![^\r\n]){re.escape(mark)}[ \t]*(?:{_NEWLINE}|\Z)") for mark in ("---", "+++")
}
_ANY_NEWLINE = re.compile(_NEWLINE)
_KEY_LINE = re.compile(r"[\"']?[A-Za-z_][\w. -]*[\"']?:(?:[ \t\u00a0]|$)")
_KNOWN_FIRST_KEYS = re.compile(
    r"(?:title|type|tags|owner|status|lang|layout|description|date|owner_slack|last_review\w*|review\w*|expires"
    r"|verified|verify_every|category|weight):(?:[ \t]|$)"
)
_CONFLICT = re.compile(r"(?<![^\r\n])<{7}[ \r\n]")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Document:
    """One file's text, cut at its fences.

    `mark` is `---` (YAML), `+++` (TOML) or "" (no front matter). `header` is the text between
    the fences with its own newlines; it starts at character `header_start` of `text` and on
    1-based line `header_line`. `body` starts at character `body_start`, byte `body_offset` of
    the file and line `body_line`. `newline` is the file's first newline. `trouble` names what is
    wrong with the fences or the encoding as (rule, line, message, hint).
    """

    text: str
    encoding: str = "utf-8"
    bom: bool = False
    mark: str = ""
    header: str = ""
    header_start: int = 0
    header_line: int = 1
    body_start: int = 0
    body_offset: int = 0
    body_line: int = 1
    newline: str = "\n"
    trouble: tuple[tuple[str, int, str, str], ...] = ()

    @property
    def body(self) -> str:
        """The text after the front matter, newlines unified to LF."""
        return unify_newlines(self.text[self.body_start :])


def unify_newlines(text: str) -> str:
    """The text with CRLF and lone CR as LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def count_newlines(text: str) -> int:
    """How many line breaks a text has; CRLF is one."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def decode_card(data: bytes) -> tuple[str, str, tuple[tuple[str, int, str, str], ...]]:
    """The text of a file (byte order mark cut), its encoding, and what was wrong with that.

    UTF-8 is what a card should be. Bytes that are not are read as Windows-1252, so that the card
    can still be found; UTF-16 and UTF-32 are read by their byte order mark.
    """
    start = data.removeprefix(_BOM)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            text = data.decode("utf-16", "replace")
        hint = "Save it as UTF-8."
        return text.removeprefix("\ufeff"), "utf-16", (("bad-encoding", 1, "the file is UTF-16", hint),)
    try:
        return start.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError as error:
        line = start[: error.start].count(b"\n") + 1
        message = f"byte 0x{start[error.start]:02x} is not UTF-8"
        text = start.decode("cp1252", "replace")
        return text, "cp1252", (("bad-encoding", line, message, "Save the file as UTF-8."),)


def split_document(data: bytes) -> Document:
    """Cut a file at its front matter fences. Never raises; `trouble` says what is damaged."""
    text, encoding, trouble = decode_card(data)
    bom = data.startswith(_BOM)
    first_newline = _ANY_NEWLINE.search(text)
    newline = first_newline[0] if first_newline else "\n"
    opening = _OPEN.match(text)
    if opening is None:
        trouble += _find_missing_fence(text)
        return Document(text, encoding, bom, body_offset=3 if bom else 0, newline=newline, trouble=trouble)
    mark = opening["mark"]
    # Nearly always the fence after the first line feed and mark is the one; the pattern alone is slower.
    guess = text.find(f"\n{mark}", opening.end() - 1) + 1
    near = 0 < guess <= opening.end() + 4_000 and "\r" not in text[opening.end() : guess]
    closing = _CLOSE[mark].match(text, guess) if near else None
    if closing is None:
        closing = _CLOSE[mark].search(text, opening.end(), opening.end() + MAX_HEADER_CHARACTERS)
    if closing is None:
        trouble += _judge_unclosed(text, opening, mark)
        return Document(text, encoding, bom, body_offset=3 if bom else 0, newline=newline, trouble=trouble)
    if opening["blank"]:
        line = count_newlines(opening["blank"]) + 1
        message = "the front matter does not begin on the first line"
        trouble += (("bad-front-matter", line, message, "Delete what stands before its first fence."),)
    header_line = count_newlines(text[: opening.end()]) + 1
    header = text[opening.end() : closing.start()]
    return Document(
        text,
        encoding,
        bom,
        mark,
        header,
        opening.end(),
        header_line,
        body_start=closing.end(),
        body_offset=len(text[: closing.end()].encode(encoding, "replace")) + (3 if bom else 0),
        body_line=header_line + count_newlines(text[opening.end() : closing.end()]),
        newline=newline,
        trouble=trouble,
    )


def _judge_unclosed(text: str, opening: re.Match[str], mark: str) -> tuple[tuple[str, int, str, str], ...]:
    """An opening fence without its partner is damage only when fields follow it; else it is a rule."""
    line = text.count("\n", 0, opening.end()) or 1
    rest = text[opening.end() : opening.end() + 400]
    if len(text) - opening.end() > MAX_HEADER_CHARACTERS and _CLOSE[mark].search(text, opening.end()):
        hint = "Move its content into the body."
        return (("bad-front-matter", line, "the front matter is larger than 64 kB", hint),)
    if mark == "+++" or _KEY_LINE.match(rest):
        return (
            (
                "bad-front-matter",
                line,
                "the front matter is not closed",
                f"Add a line {mark} after its last field.",
            ),
        )
    return ()


def _find_missing_fence(text: str) -> tuple[tuple[str, int, str, str], ...]:
    """Front matter whose first fence is damaged, missing, or behind a merge conflict mark."""
    lines = _ANY_NEWLINE.split(text[:4000])[:60]
    number = next((index for index, line in enumerate(lines) if line.strip()), None)
    if number is None:
        return ()
    first, rest = lines[number], lines[number + 1 :]
    following = rest[0] if rest else ""
    if _CONFLICT.match(first + "\n") and "---" in (line.strip() for line in rest):
        hint = "Resolve the conflict: keep one side and delete the marks."
        return (("merge-conflict", number + 1, "a merge conflict mark stands before the front matter", hint),)
    closed = any(line.rstrip() in ("---", "+++") for line in rest)
    if (
        re.fullmatch(r"[-\u2010-\u2015\u2212]{1,8}|\+{1,8}", first.strip())
        and closed
        and _KEY_LINE.match(following)
    ):
        message = f"the first fence is “{first.strip()}”, not three hyphens"
        return (("bad-front-matter", number + 1, message, "Make it ---."),)
    if _KNOWN_FIRST_KEYS.match(first) and (_KEY_LINE.match(following) or closed):
        message = "this looks like front matter without its first fence"
        return (("bad-front-matter", number + 1, message, "Add a line --- before it and one after it."),)
    return ()
