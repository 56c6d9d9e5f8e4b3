"""What changed between two texts, as rows of a page: lines with the words that differ marked."""

from collections.abc import Sequence

from kbcli.foundation.text.difference import LineMatcher
from kbcli.foundation.typed import NamedTuple
from kbcli.render.diff import CONTEXT, Piece, compare_words


class DifferenceRow(NamedTuple):
    """One line: `kind` is `same`, `gone` or `come`, or `gap` between two places; pieces with whether they differ."""

    kind: str
    pieces: tuple[Piece, ...] = ()


def list_differences(old: str, new: str) -> list[DifferenceRow]:
    """The lines that differ, with two lines around each; none where nothing does."""
    before, after = old.splitlines(), new.splitlines()
    rows: list[DifferenceRow] = []
    for group in LineMatcher(old, new).get_grouped_opcodes(CONTEXT):
        if rows:
            rows.append(DifferenceRow("gap"))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                rows += [DifferenceRow("same", ((line, False),)) for line in after[new_start:new_end]]
                continue
            gone, come = before[old_start:old_end], after[new_start:new_end]
            old_pieces, new_pieces = compare_words("\n".join(gone), "\n".join(come))
            rows += _split_lines("gone", old_pieces) if gone else []
            rows += _split_lines("come", new_pieces) if come else []
    return rows


def _split_lines(kind: str, pieces: Sequence[Piece]) -> list[DifferenceRow]:
    lines: list[list[Piece]] = [[]]
    for text, changed in pieces:
        first, *others = text.split("\n")
        lines[-1].append((first, changed))
        lines += [[(other, changed)] for other in others]
    return [DifferenceRow(kind, tuple(piece for piece in line if piece[0])) for line in lines]
