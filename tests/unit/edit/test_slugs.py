"""File names from titles."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbcli.knowledge.edit.slugs import make_slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Explain a 429 “too many requests”", "explain-a-429-too-many-requests"),
        ("Can't sign in?", "cant-sign-in"),
        ("Größe ändern", "größe-ändern"),
        ("किताबें कैसे खोजें", "किताबें-कैसे-खोजें"),
        ("パスワードを忘れた", "パスワードを忘れた"),
        ("CON", "con-card"),
        ("com1", "com1-card"),
        ("../../etc/passwd", "etc-passwd"),
        ("...", "card"),
        ("🙂", "card"),
        (".hidden", "hidden"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_titles_become_file_names(title, slug):
    """Letters, digits and marks of every script stay; names no system can hold are avoided."""
    assert make_slug(title) == slug


def test_a_long_title_is_cut_between_words():
    """At most 80 bytes, ending with a whole word, and never between a letter and its mark."""
    slug = make_slug("word " * 40)
    assert len(slug) <= 80
    assert slug.endswith("word")
    assert not unicodedata.category(make_slug("क" + "ि" * 60)[-1:]).startswith("Z")


@given(st.text(max_size=200))
def test_every_title_has_a_safe_name(title):
    """Whatever the title, the name is short, NFC, visible, one path part, and stable when made again."""
    slug = make_slug(title)
    assert slug
    assert len(slug.encode()) <= 85
    assert unicodedata.is_normalized("NFC", slug)
    assert not set(slug) & set('/\\:*?"<>|.\0 \n')
    assert not slug.startswith("-")
    assert make_slug(slug) == slug
