"""The digest that pins a verification to a text.

Scheme v1: SHA-256 over the UTF-8 bytes of title, NUL, audience, NUL, body, of which the
first 16 hex digits are kept. Title and body are NFC; newlines are unified; blank lines at the
ends of the body do not count. A line break becomes a space only between two lines of one plain
paragraph, so that reflowing keeps the digest, while anything that renders differently changes it.
"""

import hashlib
import re
from unicodedata import is_normalized, normalize

SCHEME = "v1"

# A line that begins like this is not plain text of a paragraph: indentation, heading, quote,
# list, table, thematic break or setext underline, fence, HTML, comment, reference definition,
# definition, attribute list, admonition, math. Wrongly counting a line here only makes the
# digest stricter.
_BLOCK_START = re.compile(r"[ \t]|[#>|<:{=~`$]|[-+*_](?:[ \t]|[-+*_ \t]*$)|\d{1,9}[.)](?:[ \t]|$)|\[[^\]]*\]:|!!!|\?\?\?")
_FENCE = re.compile(r" {0,3}(?:[-+*>][ \t]+|\d{1,9}[.)][ \t]+)*(`{3,}(?!.*`)|~{3,}|\$\$)")
_RAW_START = re.compile(r" {0,3}<(?:(pre|script|style|textarea)(?=[\s>]|$)|(!--)|(\?)|(!\[CDATA\[)|(![A-Za-z]))", re.I)
_RAW_ENDS = ("-->", "?>", "]]>", ">")


def digest_text(title: str, audience: str, body: str) -> str:
    """The digest of a card's text: `v1:` and 16 hexadecimal digits."""
    text = "\0".join((_compose(title), audience, normalize_body(body)))
    return f"{SCHEME}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _compose(text: str) -> str:
    return text if is_normalized("NFC", text) else normalize("NFC", text)


def normalize_body(body: str) -> str:
    """The body as the digest sees it: NFC, one newline style, paragraphs on one line each."""
    text = _compose(body).replace("\r\n", "\n").replace("\r", "\n")
    lines = _trim_blank_ends(text.split("\n"))
    joined: list[str] = []
    previous_plain = False
    closing: str | re.Pattern[str] | None = None
    for line in lines:
        if closing is not None:
            joined.append(line)
            closing = None if _closes(closing, line) else closing
            previous_plain = False
            continue
        plain = bool(line) and not _BLOCK_START.match(line) and "|" not in line
        if plain and previous_plain and not joined[-1].endswith(("  ", "\\", "\t")):
            joined[-1] = f"{joined[-1].removesuffix(' ')} {line}"
        else:
            joined.append(line)
        previous_plain = plain
        if not plain:
            closing = _find_closing(line)
    return "\n".join(joined)


def _trim_blank_ends(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip(" \t"):
        start += 1
    while end > start and not lines[end - 1].strip(" \t"):
        end -= 1
    return lines[start:end]


def _find_closing(line: str) -> str | re.Pattern[str] | None:
    """What ends the block that a line opens, when its lines must be taken as they are."""
    if match := _FENCE.match(line):
        mark = match[1]
        if mark == "$$":
            return None if line.rstrip().endswith("$$") and len(line.strip()) > 2 else "$$"
        return re.compile(rf"[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    if match := _RAW_START.match(line):
        end = f"</{match[1].lower()}" if match[1] else _RAW_ENDS[[bool(match[n]) for n in range(2, 6)].index(True)]
        return None if end in line[match.end() :].lower() else end
    if line.lstrip(" ").startswith("<") and len(line) - len(line.lstrip(" ")) < 4:
        return ""
    return None


def _closes(closing: str | re.Pattern[str], line: str) -> bool:
    if isinstance(closing, str):
        return closing in line.lower() if closing else not line.strip()
    return closing.match(line) is not None
