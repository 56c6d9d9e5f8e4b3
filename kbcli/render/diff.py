"""What changed between two texts: lines as in a unified diff, and inside changed lines the words."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache

from kbcli.foundation.text.difference import LineMatcher
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.render.ansi import paint, wrap_words
from kbcli.render.escape import make_visible

if TYPE_CHECKING:
    from regex import Pattern

# They write no spaces between words, or hang much on one: compared by character.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
CONTEXT = 2
_MAX_TOKENS = 3000
_ALIKE = 0.4
Piece = tuple[str, bool]


def format_diff(old: str, new: str, *, color: bool, first_line: int = 1, width: int = 10_000) -> str:
    """The difference with two lines of context; "" when there is none.

    Changed words are underlined in colour, else marked as `[-gone-]` and `{+new+}`. `first_line`
    is the number of the new text's first line in its file. Lines are broken between words at `width`.
    """
    before, after = old.splitlines(), new.splitlines()
    lines: list[str] = []
    for group in LineMatcher(old, new).get_grouped_opcodes(CONTEXT):
        start, end = group[0][3] + first_line, group[-1][4] + first_line - 1
        lines.append(paint(f"@@ {start}" + (f"-{end}" if end > start else "") + " @@", "cyan", color=color))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                lines += [f"  {make_visible(line)}".rstrip() for line in after[new_start:new_end]]
            else:
                lines += _format_change(before[old_start:old_end], after[new_start:new_end], color)
    return "".join(f"{wrap_words(line, width, '  ')}\n" for line in lines)


def _format_change(gone: Sequence[str], come: Sequence[str], color: bool) -> Iterator[str]:
    old_pieces, new_pieces = compare_words("\n".join(gone), "\n".join(come))
    if gone:
        yield from _format_side("- ", old_pieces, "red", ("[-", "-]"), color)
    if come:
        yield from _format_side("+ ", new_pieces, "green", ("{+", "+}"), color)


@cache
def _word_pattern() -> "Pattern[str]":
    """A word, white space, or one character; signs are never apart from the letter they stand on."""
    import regex

    return regex.compile(
        rf"[{_UNSPACED}]\p{{M}}*|(?:(?![{_UNSPACED}])\w[\p{{M}}\u200c\u200d]*)+|[^\S\n]+|\n|\X"
    )


def compare_words(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, each with whether it changed; unmarked where nearly everything did."""
    before, after = _word_pattern().findall(old), _word_pattern().findall(new)
    if not before or not after or len(before) + len(after) > _MAX_TOKENS:
        return [(old, False)], [(new, False)]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [(old, False)], [(new, False)]
    old_pieces: list[Piece] = []
    new_pieces: list[Piece] = []
    opcodes = matcher.get_opcodes()
    for number, (tag, old_start, old_end, new_start, new_end) in enumerate(opcodes):
        between = 0 < number < len(opcodes) - 1
        # A blank between two changed words is part of one change.
        changed = tag != "equal" or (between and before[old_start:old_end] == [" "])
        _add_piece(old_pieces, "".join(before[old_start:old_end]), changed=changed)
        _add_piece(new_pieces, "".join(after[new_start:new_end]), changed=changed)
    return old_pieces, new_pieces


def _add_piece(pieces: list[Piece], text: str, *, changed: bool) -> None:
    if pieces and pieces[-1][1] == changed:
        pieces[-1] = (pieces[-1][0] + text, changed)
    else:
        pieces.append((text, changed))


def _format_side(
    sign: str, pieces: Sequence[Piece], style: str, marks: tuple[str, str], color: bool
) -> Iterator[str]:
    """One side of a change, line by line, each with its sign."""
    lines = [""]
    for text, changed in pieces:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append("")
            visible = make_visible(part)
            if color:
                lines[-1] += paint(visible, f"{style} underline" if changed else style, color=True)
            else:
                lines[-1] += f"{marks[0]}{visible}{marks[1]}" if changed and visible else visible
    return (paint(sign, style, color=color) + line for line in lines)
