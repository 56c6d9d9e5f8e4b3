"""The texts to send of a card: Markdown between `<!-- reply -->` and `<!-- /reply -->`, with variables.

A card may hold several, then all but one have a name: `<!-- reply short -->`. `{name}` is to be filled in,
`{name|default}` may be; `{{` is a brace. A name is of letters, digits and `_`, in any script. Code is sent as it
stands, with its braces; other HTML comments are not sent. References that are defined elsewhere in the card bring their
definitions.
"""

from collections.abc import Iterator, Sequence

from kbcli.foundation.markdown.blocks import blank_code
from kbcli.foundation.markdown.links import find_definitions_used
from kbcli.foundation.typed import NamedTuple, compile_late
from kbcli.knowledge.cards.model import Mistake
from kbcli.knowledge.cards.reply_marks import ReplyMark, find_reply_marks

_NAME = compile_late(r"[\w-]+\Z")
_SIGN = compile_late(
    r"(?P<lines>(?m:^)[ \t]*<!--(?s:.*?)-->[ \t]*\n)|<!--(?s:.*?)(?:-->|\Z)|\{(?:\{|(?P<inner>[^{}\n]*)\}|)"
)
_VARIABLE = compile_late(r"(?P<name>\w+)(?:\|(?P<default>(?:(?!<!--).)*))?\Z")


class Variable(NamedTuple):
    """What is to be filled in: its name, and what stands there otherwise (None: it must be filled in)."""

    name: str
    default: str | None = None


class ReplyText(NamedTuple):
    """One text to send. `name` is "" for the one without; `parts` are Markdown and variables, in order.

    It is the characters `start` to `stop` of the card's Markdown, and begins on the 1-based line `line`. `borrowed` are the
    places of the definitions outside it that its references use; the last of `parts` has them.
    """

    name: str
    line: int
    start: int
    stop: int
    parts: tuple[str | Variable, ...]
    mistakes: tuple[Mistake, ...] = ()
    borrowed: tuple[tuple[int, int], ...] = ()

    @property
    def variables(self) -> dict[str, str | None]:
        """The default of each variable (None: it has none), in the order of the text."""
        found: dict[str, str | None] = {}
        for part in self.parts:
            if isinstance(part, Variable) and found.get(part.name) is None:
                found[part.name] = part.default
        return found


def read_texts(body: str) -> tuple[tuple[ReplyText, ...], tuple[Mistake, ...]]:
    r"""The texts to send of a card's Markdown, and what is wrong with their marks. Newlines must be `\n`."""
    marks = find_reply_marks(body)
    if not marks:
        return (), ()
    blanked = blank_code(body)
    texts: list[ReplyText] = []
    mistakes: list[Mistake] = []

    def note(mark: ReplyMark, message: str, hint: str) -> None:
        mistakes.append(Mistake(_count_line(body, mark.start), message, hint))

    opening: ReplyMark | None = None
    for mark in marks:
        if not mark.is_alone:
            written = body[mark.start : mark.stop]
            note(mark, f"“{written}” shares its line", "Give it a line of its own, at its beginning.")
        elif not mark.closes and opening is not None:
            note(mark, "a text to send begins within another", "Write <!-- /reply --> above it.")
        elif not mark.closes:
            opening = mark
            if mark.name and not _NAME.match(mark.name):
                note(mark, f"“{mark.name}” is no name for a text to send", "Use letters, digits, - and _.")
        elif opening is None:
            note(
                mark,
                "a text to send ends that did not begin",
                "Delete the mark, or write <!-- reply --> above.",
            )
        else:
            texts.append(_read_text(body, blanked, opening, mark))
            opening = None
    if opening is not None:
        note(opening, "a text to send has no end", "Write <!-- /reply --> below it.")
    return tuple(texts), (*mistakes, *_find_namesakes(texts))


def _find_namesakes(texts: Sequence[ReplyText]) -> Iterator[Mistake]:
    names = [text.name for text in texts]
    for number, text in enumerate(texts):
        if text.name in names[:number]:
            named = f"is called “{text.name}”" if text.name else "has no name"
            yield Mistake(text.line, f"a second text to send {named}", "Name each: <!-- reply short -->.")


def _count_line(body: str, place: int) -> int:
    return body.count("\n", 0, place) + 1


def _read_text(body: str, blanked: str, opening: ReplyMark, closing: ReplyMark) -> ReplyText:
    start = min(blanked.find("\n", opening.stop) + 1, closing.start)
    stop = blanked.rfind("\n", 0, closing.start) + 1
    line = _count_line(body, opening.start)
    mistakes: list[Mistake] = []
    parts = tuple(_read_parts(body, blanked, start, stop, mistakes))
    if not "".join(part if isinstance(part, str) else part.name for part in parts).strip():
        mistakes.append(Mistake(line, "a text to send is empty", "Write it, or delete its marks."))
    borrowed = tuple(find_definitions_used(body, start, stop))
    for first, last in borrowed:
        parts = (*parts, "\n", *_read_parts(body, blanked, first, last, mistakes))
    return ReplyText(opening.name, line, start, stop, parts, tuple(mistakes), borrowed)


def _read_parts(
    body: str, blanked: str, start: int, stop: int, mistakes: list[Mistake]
) -> Iterator[str | Variable]:
    """The text between two places, its comments left out and its variables read; code is as in `body`."""
    at = start
    for sign in _SIGN.finditer(blanked, start, stop):
        yield body[at : sign.start()]
        at = sign.end()
        if "<!--" in sign[0][:4] and not sign[0].rstrip().endswith("-->"):
            message = "a comment has no end, and all that follows is not sent"
            mistakes.append(Mistake(_count_line(body, sign.start()), message, "Write --> behind it."))
        elif sign[0] == "{{":
            yield "{"
        elif sign["inner"] is not None or sign[0] == "{":
            found = _VARIABLE.match(sign["inner"] or "")
            if found is not None:
                yield Variable(found["name"], found["default"])
            else:
                hint = (
                    "A variable is {name} or {name|default}, of letters, digits and _; write {{ for a brace."
                )
                mistakes.append(Mistake(_count_line(body, sign.start()), f"“{sign[0]}” is no variable", hint))
                yield sign[0]
    yield body[at:stop]
