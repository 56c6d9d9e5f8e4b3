"""The title that a page says itself: the heading it begins with."""

from kbcli.foundation.markdown.blocks import read_heading, scan_blocks
from kbcli.foundation.typed import compile_late

_MARKUP = compile_late(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]+|\{[#:][^}]*\}|<[^>]*>")
_TEMPLATE_CODE = compile_late(r"<%|\{\{|\{%")
_CONTROL = compile_late(r"[\x00-\x08\x0b-\x1f\x7f]")
_REACHES = (1_000, 20_000)


def find_title(body: str, *, any_level: bool = False) -> str:
    """The text of the heading that a page begins with, without its markup; "" where that is no H1.

    What stands in lists and quotes is none. A page whose first heading is a lower one has sections, and no title,
    but for digests of scheme v1 (`any_level`).
    """
    for reach in _REACHES:
        # Most often it stands in the first lines; a line that may be cut is not read.
        text = body if len(body) <= reach else body[: body.rfind("\n", 0, reach) + 1]
        for block in scan_blocks(text):
            if block.kind != "heading" or block.depth:
                continue
            heading = read_heading(text, block)
            lines = text[block.start : block.stop].split("\n")
            if not any_level and lines[-1].lstrip().startswith(("##", "-")):
                return ""
            if len(lines) == 1:
                # Hashes at its end have never been part of a title, and a title is in the digest.
                heading = heading.rstrip("#")
            if _TEMPLATE_CODE.search(heading):
                continue
            if cleaned := " ".join(_MARKUP.sub(lambda found: found[1] or "", heading).split()):
                return _CONTROL.sub("", cleaned)
        if len(body) <= reach:
            break
    return ""
