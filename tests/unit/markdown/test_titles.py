"""The title of a card that has none of its own: its H1."""

import pytest

from kbcli.foundation.markdown.titles import find_title


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("Text.\n\n# The `kb` [command](x.md) {#id}\n", "The kb command"),
        ("## First section\n\n# A page of three\n", ""),
        ("First section\n---\n", ""),
        ("Under\nlined\n===\n\n# Later\n", "lined"),
        ("# <%= title %>\n\n# Second\n", "Second"),
        ("#\n\n# Second ##\n", "Second"),
        ("- Run:\n\n  ```sh\n  # a comment\n  ```\n\n# The title\n", "The title"),
        ("- Run:\n\n  ~~~\n# The title\n", "The title"),
        ("    # code\n\n# The title\n", "The title"),
        ("<!--\n# hidden\n-->\n\n# The title\n", "The title"),
        ("> # quoted\n\n- # item\n\n# The title\n", "The title"),
        ("- item\n---\n\n# The title\n", "The title"),
        ("word\n" * 2_000 + "\n# The title\n", "The title"),
        ("word\n" * 199 + "\n# The title that the first reach cuts\n", "The title that the first reach cuts"),
        ("Only text.\n", ""),
    ],
)
def test_a_page_is_called_by_the_heading_it_begins_with(body: str, title: str) -> None:
    """Lower headings, code in whatever it stands, comments, quotes and items give no title; markup is left out of it."""
    assert find_title(body) == title
