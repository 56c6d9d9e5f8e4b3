"""Setting a field touches that field and nothing else, or refuses."""

import os
import string
from datetime import date

import pytest
import yaml
from hypothesis import example, given, settings, strategies as st
from trials import count_trials

from kbcli.errors import RefusedError
from kbcli.knowledge.cards.header.document import parse_yaml, split_document
from kbcli.knowledge.cards.header.edit import set_fields

TRICKY = [
    "no", "yes", "y", "null", "~", "", " ", "1.10", "0o17", "1e3", "2026-02-30", "2026-11-01", "a: b", "a #b", "#x", "@x",
    "`x`", "- x", "? x", "!x", "&x", "*x", "%x", "{x}", "[x]", "x,", "it's", 'say "hi"', "back\\slash", "\ttab", "end:",
    ":", "---", "+++", "...", "🙂 ok", "किताबें", "一、二", "\u2028", "\x85", "\x00", "\ufeff", "a\nb", "<<", "=", "12:30", "0x1F",
    "x" * 3000, "https://example.org/?a=b#c", "Ada <ada@example.org>", "<<<<<<< HEAD", "é", "e\u0301",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(TRICKY), st.text(max_size=30).filter(lambda text: text.isprintable() or not text)
)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1))
VALUES = st.one_of(
    TEXTS,
    DAYS,
    st.lists(TEXTS, max_size=4),
    st.dictionaries(st.sampled_from(["by", "on", "reason"]), st.one_of(TEXTS, DAYS), min_size=1),
)
ENTRIES = st.sampled_from([
    "{k}: plain text", "{k}: plain text   # a comment", "{k}: 'single ''quoted'''", '{k}: "double # quoted"  # comment',
    "{k}:", "{k}: ", "{k}:   # only a comment", "{k}: ~", "{k}: 2026-01-01", "{k}: 2026-02-30 # no such day", "{k}: 12",
    "{k}: [a, b, c]", '{k}: ["a", "b"]   # comment', "{k}: []", "{k}: [a,\n  b,\n  c,\n]", "{k}: [a, # about a\n  b]",
    "{k}:\n  - a\n  - b", "{k}:\n- a # about a\n# about b\n- 'b'", "{k}:\n  - one\n\n  - two", "{k}:\n- - nested\n  - list",
    "{k}: |\n  literal\n  text # no comment", "{k}: >-\n  folded\n  text", "{k}: |+\n  kept\n\n",
    "{k}: {{by: a, reason: b}}", '{k}:\n  by: a\n  on: 2026-01-01 # when\n  reason: "x"', "{k}: 🙂 emoji",
    "# a comment of its own\n{k}: x", "{k}: several\n  lines of\n  plain text", '"{k}": quoted key', "{k}: !!str tagged",
    "{k}: x\n# trailing comment\n",
])  # fmt: skip
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
KEYS = ["title", "verified", "tags", "owner", "extra key", "flagged", "z"]


@st.composite
def cards(draw):
    """A card as (bytes before the entries, entries, bytes after), each entry (key, bytes)."""
    newline = draw(NEWLINES)
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=5))
    entries = []
    for key in keys:
        text = draw(ENTRIES).format(k=key) + "\n"
        entries.append((key, text.replace("\n", newline).encode()))
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    body = draw(
        st.sampled_from(
            [
                b"",
                b"Text",
                b"Text\n",
                b"# T\r\n\r\nx\r\n",
                "Täxt\n".encode(),
                b"caf\xe9 \x81\n",
                b"---\nrule\n",
            ]
        )
    )
    return bom + f"---{newline}".encode(), entries, f"---{newline}".encode() + body


def read(data, card):
    """The fields between the fences of a card as `cards` makes them."""
    before, _, after = card
    assert data.startswith(before)
    assert data.endswith(after)
    return parse_yaml(data[len(before) : len(data) - len(after)].decode())


def expected(value):
    """A value as kb reads it back: all text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: str(item) for name, item in value.items()}
    return value


@settings(max_examples=count_trials(100, 600), deadline=None)
@given(card=cards(), name=st.sampled_from([*KEYS, "verified_by", "new"]), value=st.one_of(VALUES, st.none()))
def test_only_the_field_itself_changes(card, name, value):
    """Every byte of the other fields, the fences and the body survives; the field reads back as set."""
    before, entries, after = card
    data = before + b"".join(text for _, text in entries) + after
    try:
        result = set_fields(data, {name: value})
    except RefusedError:
        return
    fields = read(result, card).values
    if value is None:
        assert name not in fields
    else:
        assert fields[name] == expected(value)
    index = next((number for number, (key, _) in enumerate(entries) if key == name), None)
    if index is not None:
        lead = before + b"".join(text for _, text in entries[:index])
        rest = b"".join(text for _, text in entries[index + 1 :]) + after
        assert result.startswith(lead)
        assert result.endswith(rest)
    else:
        added = len(result) - len(data)
        place = next(at for at in range(len(data) + 1) if result[:at] + result[at + added :] == data)
        assert place <= len(data)
        assert added >= 0
    comments = [line for line in data.split(b"\n") if line.strip().startswith(b"# ")]
    if value is not None:
        assert all(comment in result for comment in comments)


@settings(max_examples=count_trials(40, 150), deadline=None)
@given(card=cards(), name=st.sampled_from(KEYS), value=VALUES)
def test_setting_twice_is_setting_once(card, name, value):
    """A value that is already there leaves the file as it is."""
    before, entries, after = card
    data = before + b"".join(text for _, text in entries) + after
    try:
        once = set_fields(data, {name: value})
    except RefusedError:
        return
    assert set_fields(once, {name: value}) == once


@settings(max_examples=count_trials(40, 200), deadline=None)
@given(card=cards(), value=DAYS)
def test_ordinary_cards_are_never_refused(card, value):
    """A day can be set in every readable card whose field is one value: refusing is for the impossible."""
    before, entries, after = card
    kept = [(key, text) for key, text in entries if key != "verified"]
    data = before + b"".join(text for _, text in kept) + after
    assert read(set_fields(data, {"verified": value}), card).values["verified"] == value.isoformat()


@settings(max_examples=count_trials(60, 300), deadline=None)
@given(text=TEXTS)
@example("\ud800")
def test_other_yaml_readers_see_the_same_text(text):
    """PyYAML's own loader reads a text written by kb as that text, not as a number, date or boolean."""
    data = b"---\ntitle: x\n---\nText\n"
    try:
        result = set_fields(data, {"owner": text, "tags": [text, "b"], "flagged": {"reason": text}})
    except RefusedError:
        assert any("\ud800" <= char <= "\udfff" for char in text)
        return
    header = split_document(result).header
    loaded = yaml.safe_load(header)
    assert loaded == {"title": "x", "owner": text, "tags": [text, "b"], "flagged": {"reason": text}}


@settings(max_examples=count_trials(80, 300), deadline=None)
@given(
    data=st.one_of(st.binary(max_size=80), st.text(alphabet=string.printable, max_size=80).map(str.encode)),
    day=DAYS,
)
def test_any_bytes_are_edited_cleanly_or_refused(data, day):
    """Whatever a file holds, the result reads back with the body untouched, or it is refused."""
    for candidate in (data, b"---\n" + data + b"\n---\nText\n", b"+++\n" + data + b"\n+++\nText\n"):
        try:
            result = set_fields(candidate, {"verified": day})
        except RefusedError:
            continue
        document = split_document(result)
        assert document.mark
        assert result.endswith(candidate[split_document(candidate).body_offset :])


@settings(max_examples=count_trials(30, 100), deadline=None)
@given(
    old=st.lists(TEXTS, min_size=1, max_size=5),
    new=st.lists(TEXTS, min_size=1, max_size=5),
    block=st.booleans(),
)
def test_lists_keep_their_style(old, new, block):
    """A list in lines stays one in lines, a list in brackets one in brackets, whatever is added or taken out."""
    if block:
        start = set_fields(b"---\ntags:\n- first\n---\n", {"tags": ["first", *old]})
    else:
        start = set_fields(b"---\ntags: [first]\n---\n", {"tags": ["first", *old]})
    result = set_fields(start, {"tags": ["first", *new]})
    assert (b"\n- first\n" in result) == block
    assert parse_yaml(split_document(result).header).values["tags"] == ["first", *new]


@pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_mode_and_link_survive_a_write(tmp_path, mode):
    """A card behind a symbolic link is edited where it lies, and keeps its mode."""
    from kbcli.config import Config
    from kbcli.knowledge.edit.fields import edit_fields, rewrite_card

    real, link = tmp_path / "real.md", tmp_path / "link.md"
    real.write_bytes(b"---\nverified: 2026-01-01\n---\nText")
    real.chmod(mode)
    link.symlink_to("real.md")
    config, changes = Config(root=tmp_path), {"verified": date(2026, 2, 2)}
    rewrite_card(config, "link.md", lambda data: edit_fields(config, "link.md", data, changes))
    assert link.is_symlink()
    assert real.read_bytes() == b"---\nverified: 2026-02-02\n---\nText"
    assert real.stat().st_mode & 0o777 == mode
