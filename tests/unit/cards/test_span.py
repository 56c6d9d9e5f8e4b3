"""Single fields set in YAML and TOML headers, by example."""

from datetime import date

import pytest
from damagedfiles import DAMAGED

from kbcli.errors import RefusedError
from kbcli.knowledge.cards.header.document import parse_header, split_document
from kbcli.knowledge.cards.header.edit import set_fields

DAY = date(2026, 11, 21)


def edit(header, changes, body="Text\n", mark="---"):
    """The header after setting fields of a card with this header."""
    result = set_fields(f"{mark}\n{header}{mark}\n{body}".encode(), changes).decode()
    assert result.startswith(f"{mark}\n")
    assert result.endswith(f"{mark}\n{body}")
    return result.removeprefix(f"{mark}\n").removesuffix(f"{mark}\n{body}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("verified: 2026-01-01\n", "verified: 2026-11-21\n"),
        ("verified: 2026-01-01   # by hand\n", "verified: 2026-11-21   # by hand\n"),
        ('verified: "2026-01-01"\n', 'verified: "2026-11-21"\n'),
        ("verified: '2026-01-01' # x\n", "verified: '2026-11-21' # x\n"),
        ("verified:\ntitle: x\n", "verified: 2026-11-21\ntitle: x\n"),
        ("verified:   # to be filled\n", "verified: 2026-11-21   # to be filled\n"),
        ("verified: YYYY-MM-DD\n", "verified: 2026-11-21\n"),
        ("verified: !!str 2026-01-01 # x\n", "verified: !!str 2026-11-21 # x\n"),
        ("verified: !!timestamp 2026-1-1\n", "verified: !!timestamp 2026-11-21\n"),
        ("verified: 2026-1-1 8:00:00 +2\n", "verified: 2026-11-21\n"),
        ("title: a\u2028b\u0085\nverified: 2026-01-01\n", "title: a\u2028b\u0085\nverified: 2026-11-21\n"),
        (
            "b: &b {verified: 2026-01-01}\n<<: *b\n",
            "b: &b {verified: 2026-01-01}\n<<: *b\nverified: 2026-11-21\n",
        ),
        ("verified: |  # why\n  long\n\ntitle: x\n", "verified: 2026-11-21  # why\n\ntitle: x\n"),
        ("{verified: 2026-01-01, title: x}\n", "{verified: 2026-11-21, title: x}\n"),
    ],
)
def test_quotes_and_comments_of_a_value_stay(before, after):
    """A date changes within its own quotes, and what else stands on the line stays."""
    assert edit(before, {"verified": DAY}) == after


def test_new_fields_go_below_their_relatives():
    """The verifier and the digest land below the date, in their order, not at the end."""
    header = "title: x\nverified: 2026-01-01 # c\nzz: last\n"
    changes = {
        "verified": DAY,
        "verified_by": "a@example.org",
        "verified_digest": "v1:00",
        "evidence": ["https://e.org"],
    }
    assert edit(header, changes) == (
        "title: x\nverified: 2026-11-21 # c\nverified_by: a@example.org\nverified_digest: v1:00\n"
        "evidence: [https://e.org]\nzz: last\n"
    )


def test_a_field_without_relatives_goes_to_the_end():
    """Without a related field a new one is the last, with the indentation of the others."""
    assert edit("title: x\n# end\n", {"former_ids": ["a/b"]}) == "title: x\n# end\nformer_ids: [a/b]\n"
    assert edit("  title: x\n", {"owner": "me"}) == "  title: x\n  owner: me\n"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("tags: [a, b]\n", ["a", "b", "c"], "tags: [a, b, c]\n"),
        ("tags: ['a', 'b']\n", ["b", "c"], "tags: ['b', 'c']\n"),
        ("tags: [a,\n  b]\n", ["a", "b", "c"], "tags: [a,\n  b,\n  c]\n"),
        (
            "tags:\n  - a # first\n  - b\nx: 1\n",
            ["a", "b", "c"],
            "tags:\n  - a # first\n  - b\n  - c\nx: 1\n",
        ),
        ("tags:\n- a\n# about b\n- b\n", ["b"], "tags:\n# about b\n- b\n"),
        ("tags:\n- a\n- b\n", ["z", "b"], "tags:\n- z\n- b\n"),
        ("tags:\n- a # x\nx: 1\n", [], "tags: []\nx: 1\n"),
        ("tags: []\n", ["a: b"], 'tags: ["a: b"]\n'),
        ("tags: one\n", ["one", "two"], "tags: [one, two]\n"),
    ],
)
def test_lists_change_only_where_items_differ(before, wanted, after):
    """Items that stay keep their characters and comments."""
    assert edit(before, {"tags": wanted}) == after


def test_a_mapping_in_lines_stays_one():
    """A flag written over several lines is edited line by line."""
    header = "flagged:\n  by: a # who\n  reason: x\ntitle: t\n"
    assert edit(
        header, {"flagged": {"by": "b", "on": DAY}}
    ) == "flagged:\n  by: b # who\n  on: 2026-11-21\ntitle: t\n".replace("  on:", '  "on":')


def test_deleting_takes_the_whole_entry_and_no_more():
    """A deleted field takes its lines along and leaves the comment lines around it."""
    assert (
        edit("a: 1\n# about b\nb:\n  - x\n  - y # z\n# about c\nc: 2\n", {"b": None})
        == "a: 1\n# about b\n# about c\nc: 2\n"
    )
    assert edit("a: 1\n", {"nothing": None}) == "a: 1\n"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"---\ntitle: x\n", "not closed"),
        (b"title: x\nowner: y\n---\nText\n", "first fence"),
        (b"---\na: b: c\n---\n", "line 2"),
        (b"---\nverified: 1\nverified: 2\n---\n", "twice (line 3)"),
        (b"---\na: &d 2026-01-01\nverified: *d\n---\n", "repeats another field"),
        (b"---\nverified: &d 2026-01-01\na: *d\n---\n", ""),
        (b"---\ntags: [a, # about a\n  b]\n---\n", ""),
        ("---\ntitle: x\n---\n".encode("utf-16"), "UTF-16"),
        (b"---\ntitle: caf\xe9\n---\n", "not UTF-8"),
        (b"--- # what\nx\n", "could be a fence"),
        (b"<<<<<<< HEAD\n---\ntitle: x\n---\n=======\n", "merge conflict"),
        (b"---\n? verified\n: 1\n---\n", ""),
    ],
)
def test_what_cannot_be_done_cleanly_is_refused(data, word):
    """Damage, repeated values, comments inside lists and foreign encodings are refused with the reason."""
    with pytest.raises(RefusedError) as caught:
        set_fields(data, {"verified": DAY, "tags": ["b"]})
    assert word in caught.value.message


def test_a_file_without_front_matter_gets_one():
    """The byte order mark stays first, the newline is the file's own, and the text is untouched."""
    assert (
        set_fields(b"\xef\xbb\xbf# T\r\n", {"verified": DAY})
        == b"\xef\xbb\xbf---\r\nverified: 2026-11-21\r\n---\r\n# T\r\n"
    )
    assert set_fields(b"", {"verified": DAY}) == b"---\nverified: 2026-11-21\n---\n"
    assert set_fields(b"# T", {"verified": None}) == b"# T"


def test_a_body_that_is_not_utf8_keeps_its_bytes():
    """Only the header has to be UTF-8; but a letter that would be misread there is refused."""
    data = b"---\ntitle: x\n---\ncaf\xe9\x81"
    assert set_fields(data, {"verified": DAY}) == b"---\ntitle: x\nverified: 2026-11-21\n---\ncaf\xe9\x81"
    with pytest.raises(RefusedError, match="UTF-8"):
        set_fields(data, {"owner": "Jörg"})


def test_numbers_and_dates_stay_bare_where_they_were():
    """A number replaced by a number stays one for other tools; a text that only looks like one is quoted."""
    assert edit("expiration_in_days: 90\n", {"expiration_in_days": "180"}) == "expiration_in_days: 180\n"
    assert edit("owner: x\n", {"owner": "180"}) == 'owner: "180"\n'
    assert edit("date: 2026-01-01\n", {"date": "2026-11-21"}) == "date: 2026-11-21\n"


def test_too_large_a_header_is_refused():
    """A value that would push the header over what kb reads is refused."""
    with pytest.raises(RefusedError, match="64 kB"):
        set_fields(b"---\ntitle: x\n---\n", {"evidence": ["x" * 70_000]})


def test_toml_keeps_everything_but_the_field():
    """In a +++ header comments, order, quotes and tables stay; a new field goes above the tables."""
    header = "# top\ntitle = 'x' # c\nverified = 2026-01-01\ntags = ['a', \"b\"]  # tags\n\n[extra]\nk = 1\n"
    result = edit(
        header, {"verified": DAY, "title": "y", "tags": ["b", "c"], "verified_by": "me"}, mark="+++"
    )
    assert "# top\ntitle = 'y' # c\nverified = 2026-11-21\n" in result
    assert "# tags\n" in result
    assert result.index("verified_by = ") < result.index("[extra]")
    assert result.endswith("[extra]\nk = 1\n")


def test_toml_keeps_its_newlines():
    """Windows line ends in a +++ header stay, also for new lines."""
    assert set_fields(b"+++\r\ntitle = 'x'\r\n+++\r\nText", {"verified": DAY}) == (
        b"+++\r\ntitle = 'x'\r\nverified = 2026-11-21\r\n+++\r\nText"
    )


def test_toml_that_is_broken_is_refused():
    """A +++ header that is no TOML is refused with its line."""
    with pytest.raises(RefusedError, match="line 3"):
        set_fields(b"+++\ntitle = 'x'\nverified = \n+++\n", {"verified": DAY})


@pytest.mark.parametrize("word", ["y", "N", "1e3", "0o17", "12:30", "no", "2026-02-30", "1_000"])
def test_what_another_reader_would_take_for_a_number_is_quoted(word):
    """Words that YAML 1.1 or 1.2 see as numbers, days or booleans are quoted when they are meant as text."""
    assert edit("title: x\n", {"owner": word}) == f'title: x\nowner: "{word}"\n'


@pytest.mark.parametrize(
    ("edited", "word"),
    [
        ("title: y\nverified: 2026-11-21\n", "another field"),
        ("title: x\nverified: 2026-11-22\n", "read back"),
        ("verified: 2026-11-21\ntitle: x\nzz: 1\n", "order"),
        ("title: x: y\n", "not be readable"),
        ("zz: 1\ntitle: x\nverified: 2026-11-21\n", "another field"),
        ("title: x\n---\nverified: 2026-11-21\n", ""),
    ],
)
def test_an_edit_that_went_wrong_is_never_returned(monkeypatch, edited, word):
    """Whatever the editing itself does, a result in which anything else moved is refused."""
    monkeypatch.setattr("kbcli.knowledge.cards.header.edit.set_yaml_field", lambda *_args, **_options: edited)
    with pytest.raises(RefusedError) as caught:
        set_fields(b"---\ntitle: x\nverified: 2026-01-01\nzz: 1\n---\nText\n", {"verified": DAY})
    assert word in caught.value.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1\n[t]\n", "a = 1\nverified = 2026-11-21\n[t]\n"),
        ("a = 1\n\n# of t\n[t]\n", "a = 1\nverified = 2026-11-21\n\n# of t\n[t]\n"),
        (
            'a = [\n[1],\n]\nb = """\n[x]\n"""\n[[t]]\n',
            'a = [\n[1],\n]\nb = """\n[x]\n"""\nverified = 2026-11-21\n[[t]]\n',
        ),
        ("[t]\r\nx = 1\r\n", "verified = 2026-11-21\r\n[t]\r\nx = 1\r\n"),
    ],
)
def test_a_new_toml_field_stands_above_the_tables_and_moves_nothing(before, after):
    """A field of TOML is one line more, below the last one that is in no table."""
    assert edit(before, {"verified": DAY}, mark="+++") == after


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ('{"title": "x"}', {"verified": DAY}, '{"title": "x", "verified": "2026-11-21"}'),
        (
            '{\n\t"verified": "2026-01-01",\n\t"n": 1\n}',
            {"verified_by": 'a"b'},
            '{\n\t"verified": "2026-01-01",\n\t"verified_by": "a\\"b",\n\t"n": 1\n}',
        ),
        ('{"n": 1, "title": "x"}', {"n": "2", "title": None}, '{"n": 2}'),
        ('{"n": 1,\n"title": "x"}', {"n": None, "tags": ["é"]}, '{"title": "x", "tags": ["é"]}'),
    ],
)
def test_json_is_edited_member_by_member(before, changes, after):
    """JSON keeps its layout, and numbers stay numbers."""
    assert set_fields(f"{before}\nText\n".encode(), changes).decode() == f"{after}\nText\n"


@pytest.mark.parametrize("lead", ["<!-- (c) -->\n", "\n \n", "\ufeff\n\ufeff", "<!-- a\n b -->\r\n\r\n"])
def test_what_stands_above_front_matter_stays_above_it(lead):
    """Below comments, blank lines and byte order marks, front matter is edited in place."""
    data = f"{lead}---\ntitle: x\n...\nText\n".encode()
    assert set_fields(data, {"owner": "me"}).decode() == f"{lead}---\ntitle: x\nowner: me\n...\nText\n"


def test_no_file_ever_gets_a_second_front_matter():
    """Damaged front matter is edited where it stands or not at all, and the text stays the text."""
    for name, (data, *_) in DAMAGED.items():
        try:
            result = set_fields(data, {"verified_by": "me"})
        except RefusedError:
            continue
        before, after = split_document(data), split_document(result)
        assert after.body == before.body, name
        assert parse_header(after.mark, after.header).values["verified_by"] == "me", name
        assert before.mark or not any(rule == "bad-front-matter" for rule, *_ in before.trouble), name
