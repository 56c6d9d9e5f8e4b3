"""Long texts are made short before anything is looked up."""

from kbcli.search.telling import thin_text


def test_a_text_of_few_different_words_is_left_as_it_is() -> None:
    """Up to the limit, every word of a ticket is considered, as it was written."""
    text = "the  export\nfails, the export fails"
    assert thin_text(text, limit=4) == text


def test_a_long_text_keeps_its_beginning_and_what_it_repeats() -> None:
    """Of a ticket that is mostly a log, the question in front and the words said again are kept."""
    log = " ".join(f"line{number}" for number in range(2000))
    kept = thin_text(f"why does the export fail {log} deadlock {log} deadlock deadlock", limit=30).split()
    assert kept[:5] == ["why", "does", "the", "export", "fail"]
    assert kept.count("deadlock") == 3
    assert len(set(kept)) == 30
