"""Texts that render differently have different digests, found where they once did not."""

import sys
from itertools import pairwise
from unicodedata import category, combining, normalize

import regex

from kbcli.foundation.markdown.digest import _FIRST_SPACELESS, _SPACELESS, digest_text, normalize_body
from kbcli.foundation.text.languages import is_among

DIFFERENT = {
    "a backtick that NFC makes": ("Run `rm -rf` now", "Run \u1fefrm -rf\u1fef now"),
    "a semicolon that NFC makes": ("&lt;b&gt;", "&lt\u037eb&gt\u037e"),
    "a tag that NFC unmakes": ("<b>\u0338x</b>", "<b\u226fx</b>"),
    "a tag that NFC unmakes, with a mark between": ("<b>\u0327\u0338x</b>", "<b\u226f\u0327x</b>"),
    "a tag whose letter NFC makes": ("<\u212abd>x</kbd>", "<Kbd>x</kbd>"),
    "a declaration that NFC unmakes": ("<!e\u0301 x>", "<!\u00e9 x>"),
    "a symbol beside an emphasis": ("\u2208\u0338_foo_", "\u2209_foo_"),
    "a label compared as it is": ("[e\u0301]\n\n[\u00e9]: /u", "[\u00e9]\n\n[\u00e9]: /u"),
    "a table of one column": ("x\nfoo\n-:", "x foo -:"),
    "a table of one column with a row": ("Price\n-:\nfree", "Price -: free"),
    "what is the header of a table": ("x\nfoo\n:--", "x foo\n:--"),
    "what is the header, centred": ("x\nfoo\n:-:\na", "x foo\n:-:\na"),
    "what is the header, after a form feed": ("x\nfoo\n\x0c-:", "x foo\n\x0c-:"),
    "a line that MyST leaves out": ("Pay now.\n% Not before\nMay.", "Pay now. % Not before May."),
    "a line at which MyST breaks": ("Pay now.\n+++ Not before\nMay.", "Pay now. +++ Not before May."),
    "a line that MyST takes for a label": ("Pay\n(not before May)=\nnow.", "Pay (not before May)= now."),
    "a block of PyMdown": ("Pay now.\n/// html | div\nx\n///", "Pay now. /// html | div x ///"),
    "a snippet of PyMdown": ('Pay now.\n--8<-- "x.md"\nor', 'Pay now. --8<-- "x.md" or'),
    "two terms": ("Term a\nTerm b\n: def", "Term a Term b\n: def"),
    "two terms with a blank line": ("Term a\nTerm b\n\n: def", "Term a Term b\n\n: def"),
    "preformatted within a line": ("Run <pre>a\nb</pre>", "Run <pre>a b</pre>"),
    "preformatted within a block": (
        "<div><pre>\n\ntext a\ntext b\n\n</pre></div>", "<div><pre>\n\ntext a text b\n\n</pre></div>",
    ),
    "preformatted in a list": ("- x <pre>\n\na\nb\n\n</pre>", "- x <pre>\n\na b\n\n</pre>"),
    "preformatted that a script's end does not end": ("<pre>\n</script>\n\na\nb", "<pre>\n</script>\n\na b"),
    "a second one on the line": ("x <pre>a</pre> <pre>b\nc</pre>", "x <pre>a</pre> <pre>b c</pre>"),
    "a text area": ("x <TextArea rows=2>a\nb</textarea>", "x <TextArea rows=2>a b</textarea>"),
    "a tag over two lines": ("x <pre\nclass=y>a\nb</pre>", "x <pre\nclass=y>a b</pre>"),
    "code over two lines": ("x ` y\n`<pre>` z\na", "x ` y\n`<pre>` z a"),
    "a fence after it": ("x <pre>\n```\n</pre>\n\na\nb\n```", "x <pre>\n```\n</pre>\n\na b\n```"),
    "markup between two dollar signs": ("$$\n</div>\nx $$\na\nb", "$$\n</div>\nx $$\na b"),
    "preformatted in a comment that ends early": ("<?php >\n<pre>\n?>\n\na\nb", "<?php >\n<pre>\n?>\n\na b"),
    "marks in code": ("a `e\u0301` b", "a `é` b"),
    "marks in code of a table": ("| `e\u0301` |\n|---|", "| `é` |\n|---|"),
    "marks in a link with many brackets": ("[a](/((((((e\u0301)))))))", "[a](/((((((é)))))))"),
    "a link with a space in its destination": ("[a]( <x\ny>)", "[a]( <x y>)"),
    "a label of a link": ("[中\n文]\n\n[中 文]: /u", "[中文]\n\n[中 文]: /u"),
    "code in a script without spaces": ("`中\n文`", "`中文`"),
    "an abbreviation": ("*[HTML]: Hyper\nText", "*[HTML]: Hyper Text"),
    "a deep fence that never ends": ("12.\n    ```\n  ", "12.\n    ```"),
    "a deep fence that another ends": ("- a\n\n  12.\n      ```\n    ```\n\n\n", "- a\n\n  12.\n      ```\n    ```\n"),
}  # fmt: skip
SAME = {
    "words with marks": ("cafe\u0301 Vie\u0323\u0302t \u1112\u1161\u11ab", "café Việt 한"),
    "a tag named in code": ("Use the `<pre>` tag,\nthen go on.", "Use the `<pre>` tag, then go on."),
    "preformatted that ends in its line": (
        "Run <pre>a</pre> now,\nthen stop.",
        "Run <pre>a</pre> now, then stop.",
    ),
    "a paragraph after preformatted": ("Run <pre>a\nb</pre>\n\nc\nd", "Run <pre>a\nb</pre>\n\nc d"),
    "a paragraph before a break": ("a\nb\n\n---\n\nc", "a b\n\n---\n\nc"),
    "a heading of two lines": ("x y\n---\n\na\nb", "x y\n---\n\na b"),
    "a deep fence that ended": (
        "1.  Run:\n\n    ```\n    a\n    ```\n\n\n",
        "1.  Run:\n\n    ```\n    a\n    ```",
    ),
    "a paragraph after a deep fence": (
        "1. x\n\n    ```\n    a\n    ```\n\nb\nc",
        "1. x\n\n    ```\n    a\n    ```\n\nb c",
    ),
}


def test_different_texts() -> None:
    """What renders differently has another digest."""
    for name, pair in DIFFERENT.items():
        assert digest_text("t", "internal", pair[0]) != digest_text("t", "internal", pair[1]), name


def test_same_texts() -> None:
    """What only looks different to a computer has the same digest."""
    for name, pair in SAME.items():
        assert digest_text("t", "internal", pair[0]) == digest_text("t", "internal", pair[1]), name


def test_the_normal_form_is_stable() -> None:
    """Normalising twice is normalising once."""
    for body in (body for pair in (*DIFFERENT.values(), *SAME.values()) for body in pair):
        assert normalize_body(normalize_body(body) + "\n") == normalize_body(body), body


def test_a_nul_moves_no_border() -> None:
    """A NUL in a part does not make it look like another division into parts."""
    assert digest_text("A\0internal\0B", "internal", "C") != digest_text("A", "internal", "B\0internal\0C")


def judge(character: str) -> str:
    """What a character is to Markdown: itself when ASCII, else punctuation, white space or neither."""
    kind = category(character)[0]
    return (
        character
        if character.isascii() and not character.isalpha()
        else {"S": "P", "P": "P", "Z": "Z"}.get(kind, "")
    )


def check_composed(text: str) -> bool:
    """Whether a text's normal form is the same to Markdown at its edges and in its ASCII."""
    done = normalize_body(f"x{text}x")[1:-1]
    if done == text:
        return True
    ascii_same = [c for c in text if c.isascii() and not c.isalpha()] == [
        c for c in done if c.isascii() and not c.isalpha()
    ]
    return ascii_same and judge(text[0]) == judge(done[0]) and judge(text[-1]) == judge(done[-1])


def test_no_character_changes_what_it_is_to_markdown() -> None:
    """Of all characters, alone or with a mark that composes, none makes, unmakes or moves punctuation."""
    firsts = set()
    bad = []
    for point in range(0x80, sys.maxunicode + 1):
        character = chr(point)
        composed = normalize("NFC", character)
        decomposed = normalize("NFD", character)
        if composed != character and not check_composed(character):
            bad.append(character)
        if decomposed != character:
            firsts.update(pairwise(decomposed))
    marks = {mark for _, mark in firsts if combining(mark)}
    bases = {base for base, _ in firsts} | {chr(point) for point in range(0x21, 0x7F)}
    bad += [base + mark for base in bases for mark in marks if not check_composed(base + mark)]
    assert bad == []


def test_every_letter_of_a_script_without_spaces_is_known() -> None:
    """Of all letters that Unicode counts to these scripts none is joined with a space, of any other script none without."""
    scripts = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
    others = regex.compile(r"[\p{L}--[\p{Bopomofo}\p{Common}\p{Inherited}]]", regex.V1)
    wrong = []
    for point in range(0x80, sys.maxunicode + 1):
        character = chr(point)
        if category(character) in ("Cn", "Cs"):
            continue
        known = character >= _FIRST_SPACELESS and is_among(character, _SPACELESS)
        if known != (scripts.match(character) is not None) and (not known or others.match(character)):
            wrong.append(character)
    assert wrong == []
