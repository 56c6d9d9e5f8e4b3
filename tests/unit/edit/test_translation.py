"""Starting translations."""

from datetime import date

import pytest

from kbcli.config import load_config
from kbcli.errors import RefusedError, UsageError
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.creation import create_card
from kbcli.knowledge.edit.translation import plan_translation
from kbcli.knowledge.edit.verification import find_untranslated, stamp_card
from kbcli.knowledge.index.references import load_card

DAY = date(2026, 11, 21)


@pytest.fixture
def config(kb_root):
    """The settings of the example knowledge base."""
    return load_config(kb_root, kb_root, {})


def plan(config, ident, lang, **more):
    """The planned translation of a card."""
    library = load_library(config)
    return plan_translation(library, library.by_id[ident], lang, **more)


def start(config, ident, lang, **more):
    """The translation, written and read."""
    new = create_card(config, plan(config, ident, lang, **more), allow_unchanged=True)
    return load_card(config, new.path)


def test_fields_come_from_the_source(config):
    """Type, tags, owner and interval are the source's; it is a draft of its language and knows its source."""
    card = start(config, "api/quotas", "de", title="Kontingente")
    source = load_card(config, "api/quotas")
    assert (card.id, card.title, card.lang, card.translation_of) == (
        "de/api/quotas",
        "Kontingente",
        "de",
        "api/quotas",
    )
    assert (card.type, card.tags, card.owners, card.verify_every) == (
        source.type,
        source.tags,
        source.owners,
        source.verify_every,
    )
    assert (card.status, card.verified, card.translation_digest, card.aliases) == ("draft", None, "", ())


def test_the_text_to_translate_stands_between_marks_and_its_links_lead_on(config, kb_root):
    """The source's text is there, its relative links lead where they led, or to the translation of that card."""
    assert "[what a 429 means](../../api/too-many-requests.md)" in start(config, "api/quotas", "de").body
    (kb_root / "de/api/quotas.md").unlink()
    start(config, "api/too-many-requests", "de")
    card = start(config, "api/quotas", "de")
    assert "[what a 429 means](too-many-requests.md)" in card.body
    assert find_untranslated(card) == card.body_line + 1


def test_kb_toml_says_where_translations_lie(config, kb_root):
    """With a pattern the path follows it, in the spelling of the folders that are there."""
    toml = kb_root / "kb.toml"
    toml.write_text('[translations]\npattern = "docs/{lang}/{path}"\nsource = "en"\n')
    for path in ("docs/en/a.md", "docs/en/b.md", "docs/zh-cn/a.md"):
        (kb_root / path).parent.mkdir(parents=True, exist_ok=True)
        (kb_root / path).write_text("---\ntitle: x\n---\nText\n")
    config = load_config(kb_root, kb_root, {})
    assert plan(config, "docs/en/b", "zh-CN").id == "docs/zh-cn/b"
    assert plan(config, "docs/en/b", "de").id == "docs/de/b"
    assert plan(config, "api/quotas", "de").id == "de/api/quotas"
    with pytest.raises(RefusedError, match="is that translation"):
        plan(config, "docs/en/a", "zh-CN")


def test_nothing_is_overwritten(config, kb_root):
    """The source's own language, a translation and a file that are there are refused."""
    with pytest.raises(UsageError):
        plan(config, "api/quotas", "en")
    (kb_root / "de/api").mkdir(parents=True)
    (kb_root / "de/api/quotas.md").write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        plan(config, "api/quotas", "de")
    assert (kb_root / "de/api/quotas.md").read_text() == "mine"


def test_it_is_verified_only_when_it_is_translated(config, kb_root):
    """While the marks are there an active translation is refused; then it is pinned to its source's text."""
    card = start(config, "api/quotas", "de")
    path = kb_root / card.path
    path.write_text(path.read_text().replace("status: draft", "status: active"))
    with pytest.raises(RefusedError, match="text to translate"):
        stamp_card(config, load_card(config, card.path), DAY, "bo")
    text = path.read_text()
    lines = [line for line in text.splitlines(keepends=True) if "kb:translate" not in line]
    path.write_text("".join(lines))
    stamp_card(config, load_card(config, card.path), DAY, "bo")
    assert load_card(config, card.path).translation_digest == load_card(config, "api/quotas").digest


def test_a_mark_in_an_example_is_none(config, kb_root):
    """A card that shows the mark in a code block can be verified."""
    (kb_root / "example.md").write_text(
        "---\ntitle: x\n---\nSo:\n\n```\n<!-- kb:translate from en -->\n```\n"
    )
    assert find_untranslated(load_card(config, "example")) is None


def test_digests_that_no_longer_apply_are_taken_out(config, kb_root):
    """A card that is no translation any more, or depends on nothing, loses the digests for that when it is verified."""
    (kb_root / "old.md").write_text(
        "---\ntitle: x\ntranslation_digest: v1:0000000000000000\ndepends_digest: v1:0000000000000000\n---\nText\n"
    )
    stamp_card(config, load_card(config, "old"), DAY, "bo")
    card = load_card(config, "old")
    assert (card.translation_digest, card.depends_digest, card.verified) == ("", "", DAY)
