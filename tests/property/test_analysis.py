"""Analysis: nothing makes it fail, and every text finds itself."""

from hypothesis import example, given, settings, strategies as st
from trials import count_trials

from kbcli.foundation.text.languages import STEMMERS
from kbcli.foundation.text.pipeline import (
    _IDLE_AT_END,
    _IDLE_SIGNS,
    QueryWord,
    analyse_query,
    analyse_text,
    find_matches,
    guess_language,
    word_terms,
)
from kbcli.foundation.text.words import CHUNK, read_compounds

LANGS = ("en", "de", "it", "fr", "hi", "zh", "ja", "ko", "ru", "th")


@settings(max_examples=count_trials(40, 300), deadline=None)
@given(st.text(max_size=60), st.sampled_from([*LANGS, "", "xx", "zh-Hant-TW", "\0"]))
def test_no_text_can_make_it_fail(text: str, lang: str) -> None:
    """Any text, lone surrogates included, is analysed, asked for, guessed and searched without failing."""
    terms = analyse_text(text, lang)
    assert all(0 < len(term) <= 200 for term in terms)
    words = analyse_query(text, [lang, "de"])
    assert all(word.terms for word in words)
    assert guess_language(text, [lang], "en") in (lang, "en")
    for start, end, index in find_matches(text, words, lang):
        assert 0 <= start < end <= len(text)
        assert 0 <= index < len(words)


@settings(max_examples=count_trials(60, 400), deadline=None)
@given(
    st.text(
        alphabet="aB1_-./@:+#'\\~ Ãéßßä\u0301ʼ’क\u093c\u094dि漢字カなー한글ไทย٣Ⅷ½ﬁ\u200d\u00ad\udc80",
        max_size=40,
    ),
    st.sampled_from(LANGS),
)
@example("1#_", "en")
@example("_C++_", "de")
def test_a_text_finds_itself(text: str, lang: str) -> None:
    """Whatever is typed finds the text that is exactly that."""
    terms = set(analyse_text(text, lang))
    for word in analyse_query(text, [lang]):
        assert not word.required or any(term in terms for term, _ in word.terms), word


@settings(max_examples=count_trials(150, 400), deadline=None)
@given(
    st.sampled_from(["", "ge", "ber", "ux", "gc", "be"]),
    st.text(alphabet="abdegiklnorstuy", min_size=1, max_size=7),
    st.sampled_from(["", "s", "ing", "ying", "en", "te", "heit", "."]),
    st.sampled_from([*sorted(STEMMERS), "zh", "ko"]),
)
def test_no_first_letter_hides_a_match(before: str, middle: str, after: str, lang: str) -> None:
    """Whatever a stemmer does to the beginning of a word, the word is marked where its stem was asked for."""
    word = f"{before}{middle}{after}"
    terms = tuple((term, 1.0) for term in analyse_text(word, lang))
    assert find_matches(f"a {word} of it", [QueryWord(word, terms)], lang), (word, lang, terms)


@settings(max_examples=count_trials(60, 500), deadline=None)
@given(
    st.text(alphabet="aabcdeABCs15_-\\'.,/:@+# é", max_size=24)
    | st.from_regex(r"([A-C]{0,3}[as]{0,3}[0-9]{0,2}[-_.,']?){1,9}", fullmatch=True),
    st.sampled_from(("en", "de", "zh")),
)
def test_the_quick_ways_read_the_same(text: str, lang: str) -> None:
    """What is read quickly, because it is plain, has the terms that reading it word by word gives."""
    words = [
        word
        for chunk in CHUNK.findall(text)
        for parts, wholes in read_compounds(chunk.strip(_IDLE_SIGNS).rstrip(_IDLE_AT_END))
        for word in (*parts, *wholes)
    ]
    expected = sorted(term for word in words for term in word_terms(word, lang))
    assert sorted(analyse_text(text, lang)) == expected
