"""Front matter below what is no text: never taken for missing, never given a second one."""

from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.knowledge.cards.header.document import split_document
from kbcli.knowledge.edit.fields import edit_fields

FIELDS = "---\ntitle: T\nowner: ada\n---\nBody\n"


@pytest.mark.parametrize(
    "above",
    [
        "{% comment %}\nnote\n{% endcomment %}\n",
        "{%- comment -%} x {%- endcomment -%}\n",
        "{% capture x %}\n# words\n{% endcapture %}\n",
        "{# note\nmore #}\n",
        "{/* note\nmore */}\n",
        "/* note\n more */\n",
        "%% note\nmore %%\n",
        "<%# note\nmore %>\n",
        "[comment]: <> (This)\n\n",
        "# Not YAML\n",
        "A line of text\n",
    ],
)
@pytest.mark.parametrize("fields", [FIELDS, FIELDS.replace("---", "+++").replace(":", " =")])
def test_a_second_front_matter_is_never_written(above: str, fields: str) -> None:
    """Below comments of every notation, of several lines too, or a line of text, a write is refused with the line."""
    data = (above + fields).encode()
    ((rule, line, message, _),) = split_document(data).trouble
    assert (rule, line, message) == (
        "bad-front-matter",
        above.count("\n") + 1,
        "the front matter has text above it",
    )
    with pytest.raises(KbError):
        edit_fields(Config(root=Path()), "a.md", data, {"verified": "2026-11-01"})


@pytest.mark.parametrize(
    "text",
    [
        "Text\n\n---\n\ntitle: this is a sentence\n\n---\n\nMore\n",
        "# Write a card\n\n```yaml\n---\ntitle: T\n---\n```\n",
        "Text\n---\ntitle: a heading over text\nand more of it\n---\n",
        "Line\n" * 12 + "---\ntitle: T\n---\n",
    ],
)
def test_lines_across_the_page_are_no_front_matter(text: str) -> None:
    """Text between two lines, an example in code and what begins far below are what they are."""
    assert split_document(text.encode()).trouble == ()
