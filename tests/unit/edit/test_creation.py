"""New cards from templates."""

import os
import unicodedata
from datetime import date

import pytest
from hypothesis import given, strategies as st

from kbcli.config import Config, load_config
from kbcli.errors import KbError, OutsidePathError, RefusedError, UsageError
from kbcli.knowledge.cards.model import TYPES
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.creation import create_card, make_slug, plan_card
from kbcli.knowledge.index.references import load_card

DAY = date(2026, 11, 21)


@pytest.fixture
def config(kb_root):
    """The settings of the example knowledge base."""
    return load_config(kb_root, kb_root, {})


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_a_template_that_reads_back(config, kind):
    """A new card of each type is clean, and holds what was given."""
    new = plan_card(
        config,
        'What: "is" #1?',
        today=DAY,
        card_type=kind,
        folder="billing",
        owner="api-team",
        lang="de",
        draft=True,
    )
    card = read_card(new.text.encode(), new.path, config)
    assert (card.title, card.type, card.owners, card.lang, card.status) == (
        'What: "is" #1?',
        kind,
        ("api-team",),
        "de",
        "draft",
    )
    assert card.problems == ()
    assert new.path == "billing/what-is-1.md"


def test_the_bare_template_creates_nothing(config):
    """Leaving the editor without a change, or with an empty text, leaves no file."""
    new = plan_card(config, "New", today=DAY)
    assert create_card(config, new, new.text) is None
    assert create_card(config, new, "  \n") is None
    assert not (config.root / new.path).exists()
    assert create_card(config, new, new.text + "Text\n").text.endswith("Text\n")
    assert load_card(config, new.id).title == "New"


def test_a_given_body_replaces_the_template(config):
    """Text from a pipe becomes the body as it is; further fields are laid over the template's."""
    new = plan_card(
        config, "New", today=DAY, body="Do {this}.\n", fields={"tags": ["a", "b"], "verify_every": "90d"}
    )
    create_card(config, new, allow_unchanged=True)
    card = load_card(config, new.id)
    assert (card.body.strip(), card.tags, str(card.verify_every)) == ("Do {this}.", ("a", "b"), "90d")


def test_nothing_is_overwritten(config):
    """A title whose ID exists, in any case or with another suffix, is refused, also when the file appears later."""
    for title, folder in (("Refund", "billing"), ("REFUND", "billing")):
        with pytest.raises(RefusedError, match="exists already"):
            plan_card(config, title, today=DAY, folder=folder)
    new = plan_card(config, "New", today=DAY)
    (config.root / new.path).write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        create_card(config, new, "other")
    assert (config.root / new.path).read_text() == "mine"


@pytest.mark.parametrize(
    "folder", ["..", "../x", "a/../../x", "/etc", ".git/hooks", ".hidden", "templates", "a\\b"]
)
def test_a_card_lands_nowhere_else(config, folder):
    """Folders outside, hidden ones, git's own and the templates' are refused."""
    with pytest.raises((KbError,)):
        plan_card(config, "New", today=DAY, folder=folder)
    with pytest.raises(UsageError):
        plan_card(config, "New", today=DAY, slug="../x")


def test_types_and_titles_must_mean_something(config):
    """An unknown type is refused with the known ones; so is an empty title."""
    with pytest.raises(UsageError) as caught:
        plan_card(config, "New", today=DAY, card_type="../../secret")
    assert "answer" in caught.value.hint
    with pytest.raises(UsageError):
        plan_card(config, "  ", today=DAY)


def test_a_template_of_the_knowledge_base_wins(config):
    """Its comments, order and quotes stay, its names are filled in, quoted where they must be, and nothing else happens."""
    folder = config.root / "templates"
    folder.mkdir()
    (folder / "answer.md").write_text(
        "---\ntype: answer\ntitle: {title} # what they ask\nowner: '{owner}'\nseen: {date}\nlang: {lang}\n---\n"
        "# {title}\n{unknown} {date.__class__} $(touch x) <%= x %>\n"
    )
    new = plan_card(config, "A: b", today=DAY, owner="")
    assert new.text == (
        '---\ntype: answer\ntitle: "A: b" # what they ask\nseen: "2026-11-21"\nlang: en\n---\n'
        "# A: b\n{unknown} {date.__class__} $(touch x) <%= x %>\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_a_template_outside_is_not_read(config, tmp_path):
    """A template that is a link out of the repository is refused, not copied into a card."""
    (tmp_path / "secret").write_text("secret")
    (config.root / "templates").mkdir()
    (config.root / "templates/answer.md").symlink_to(tmp_path / "secret")
    with pytest.raises(OutsidePathError):
        plan_card(config, "New", today=DAY)


def test_another_schema_has_its_own_names_and_suffix(tmp_path):
    """Mapped names, mapped values and the suffix that counts as a card there are used."""
    config = Config(
        root=tmp_path, extensions=(".html.md.erb", ".md"), include=("**/*.html.md.erb",),
        fields={"owner": "owner_slack"}, values={"status": {"wip": "draft"}},
    )  # fmt: skip
    new = plan_card(config, "New", today=DAY, owner="#team", draft=True)
    assert new.path == "new.html.md.erb"
    assert 'owner_slack: "#team"\n' in new.text
    assert "status: wip\n" in new.text


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
