"""Links in Markdown: where they stand and what they point to. A scanner, exact for what kb must repair."""

from typing import NamedTuple


class Link(NamedTuple):
    """One link, image or reference definition.

    `target` is the destination as a path or URL (unescaped, percent-decoded for `relative` and
    `anchor`), without its fragment, which is in `anchor` (without `#`). `raw` is the destination
    as written, standing at characters `start` to `end` of the text, without angle brackets.
    `line` counts from 1 within the text. `kind` is `relative`, `absolute` (begins with /),
    `anchor` (only a fragment) or `web` (any scheme, or //). `form` is `inline`, `image`,
    `definition`, `autolink` or `html`.
    """

    target: str
    anchor: str
    raw: str
    line: int
    start: int
    end: int
    kind: str
    form: str


def find_links(text: str) -> list[Link]:
    """Every link of a Markdown text outside code, in order of place. Newlines must be `\\n`, `\\r\\n` or `\\r`."""
    raise NotImplementedError
