"""`synonyms.toml`: other words for the same thing."""

from collections.abc import Callable

import pytest

CARDS = {
    "builder.md": "---\ntitle: Custom letter builder\nlang: en\n---\nWrite to all of your customers at once.\n",
    "merge.md": "---\ntitle: Mail merge\nlang: en\n---\nAn old name.\n",
    "login.md": "---\ntitle: Zwei-Faktor-Anmeldung\nlang: de\n---\nMit einem Code vom Telefon.\n",
    "group.md": "---\ntitle: 群发邮件\nlang: zh\n---\n发送给所有客户。\n",
    "letter.md": "---\ntitle: Letter\nlang: en\n---\nPaper.\n",
}
LINES = '"mail merge" = ["custom letter builder", "群发邮件"]\n2fa = "Zwei-Faktor-Anmeldung"\n'


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("mail merge", {"merge", "builder", "group"}),
        ("Mail-Merge", {"merge", "builder", "group"}),
        ("custom letter builder", {"merge", "builder", "group"}),
        ("群发邮件", {"merge", "builder", "group"}),
        ("2fa", {"login"}),
        ("mailbox", set()),
    ],
)
def test_each_line_works_both_ways(make_base: Callable, query: str, ids: set[str]) -> None:
    """Every wording of a line finds the cards of the others, of several words and across languages."""
    base = make_base({**CARDS, "synonyms.toml": LINES})
    found = set(base.find(query, exact=True))
    assert ids <= found
    assert found <= {*ids, "letter"}


def test_the_typed_words_rank_first(make_base: Callable) -> None:
    """A card with the very words comes before one with their synonym, and that before a part of it."""
    base = make_base({**CARDS, "synonyms.toml": LINES})
    found = base.find("mail merge")
    assert found[0] == "merge"
    assert found.index("builder") < found.index("letter")


def test_part_of_a_wording_is_no_synonym(make_base: Callable) -> None:
    """A wording counts only when all of it was typed, in order."""
    base = make_base({**CARDS, "synonyms.toml": LINES})
    assert "builder" not in base.find("mail", exact=True)
    assert "builder" not in base.find("merge mail", exact=True)


def test_synonyms_are_explained(make_base: Callable) -> None:
    """An explanation names the wording that stood in the query and those searched for with it."""
    base = make_base({**CARDS, "synonyms.toml": LINES})
    explanation = base.search("2fa", explain=True).hits[0].explanation
    assert [tuple(use) for use in explanation.synonyms] == [("2fa", "Zwei-Faktor-Anmeldung")]


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("not toml at all", "was not used"),
        ('"a" = 5\n"mail merge" = "custom letter builder"', "must be a text or a list"),
        ('a = "b"\na = "c"', "was not used"),
        ("\ud800".encode("utf-8", "surrogatepass"), "was not used"),
        ("a = " + "[" * 5000, "was not used"),
    ],
)
def test_a_bad_file_is_a_warning(make_base: Callable, text: str | bytes, warned: str) -> None:
    """What cannot be read of the file is said, and the search goes on with the rest."""
    base = make_base({**CARDS, "synonyms.toml": text})
    result = base.search("mail merge")
    assert result.hits[0].record.id == "merge"
    assert len(result.warnings) == 1
    assert warned in result.warnings[0]
    if "must be" in warned:
        assert "builder" in [hit.record.id for hit in result.hits]


def test_without_a_file_there_is_no_warning(make_base: Callable) -> None:
    """A base need not have synonyms."""
    assert make_base(CARDS).search("mail").warnings == ()


def test_changes_are_seen(make_base: Callable) -> None:
    """An edited file counts at the next search."""
    base = make_base({**CARDS, "synonyms.toml": ""})
    assert base.find("2fa") == []
    (base.config.root / "synonyms.toml").write_text(LINES)
    assert base.find("2fa") == ["login"]


def test_a_link_out_of_the_base_is_not_read(make_base: Callable, tmp_path) -> None:
    """A synonyms.toml that is a link is not followed."""
    base = make_base(CARDS)
    (tmp_path / "elsewhere.toml").write_text(LINES)
    (base.config.root / "synonyms.toml").symlink_to(tmp_path / "elsewhere.toml")
    result = base.search("2fa")
    assert result.hits == ()
    assert "link" in result.warnings[0]


def test_a_word_with_a_synonym_is_not_taken_for_misspelt(make_base: Callable) -> None:
    """What synonyms.toml explains has no other spelling."""
    base = make_base({"quota.md": "# Quotas\nSending mail.\n", "synonyms.toml": '"spending" = "quota"\n'})
    result = base.search("spending")
    assert [hit.record.id for hit in result.hits] == ["quota"]
    assert result.spellings == ()
