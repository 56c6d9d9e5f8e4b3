"""What a hostile clone says, in every field, name and setting, reaches no terminal, build server or spreadsheet."""

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from commandlines import list_looks
from datedgit import make_repository
from jsonschema import ValidationError
from sarifschema import check_sarif

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems refuse such file names")

# Colour, title, clipboard and cursor sequences, C1, bidirectional marks, tags, line separators, DEL.
CONTROLS = "\x1b]0;pwn\x07\x1b[2J\x1b[31m\x1b]52;c;cm0=\x07\x08\x9b31m\x90q\x9c\u202e\u2066\u200f\u061c\U000e0041\ufeff\u2028\u2029\x7f"
INJECTIONS = "%0A::error::pwned%0D ]]> <script>alert(1)</script> \"'><img src=x onerror=alert(1)> javascript:alert(1) ##[error]x | `x` [x](javascript:alert(1))"
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m|\r?\x1b\[K")
EVIL = f"=cmd|'/c calc'!A1 {CONTROLS} {INJECTIONS}"
FIELDS = (
    "title", "type", "product", "audience", "owner", "lang", "translation_of", "translation_digest", "status",
    "verify_every", "verify_never_reason", "verified", "verified_by", "verified_digest", "depends_digest", "unknown",
)  # fmt: skip
LISTS = ("aliases", "tags", "depends_on", "distinct_from", "evidence", "former_ids")
BODY = f"""
First paragraph quicksand {CONTROLS} {INJECTIONS}

<http://example.org/%1b%5d0;pwn%07%e2%80%ae> <http://example.org/%1b[2J> [link](http://x/%1b[2J%e2%80%ae "t &#27; &#x202e;")
&#27;[2J &#x9b;31m &#x202e; &#xE0041; &#8232; &rlm; ![image](<x%1b.png>)

- item {CONTROLS}

| a{CONTROLS} | b |
| --- | --- |
| {CONTROLS} | =1+1 |

```sh{CONTROLS}
code {CONTROLS}
::error::in code
```

::error::pwned
  ::add-mask::a

[broken]({CONTROLS.replace(" ", "")}.md) [gone](gone-%1b.md#x%e2%80%ae)
"""
VALID = {
    "flagged": "flagged: {{by: {evil}, on: 2026-11-20, reason: {evil}}}\n",
    "verified": "verify_every: 90d\nverified: 2026-11-01\nverified_by: {evil}\nowner: {evil}\ntags: [{evil}]\n",
    "expired": "verify_every: 30d\nverified: 2026-01-01\nverified_by: {evil}\nowner: [{evil}, b]\n",
    "changed": "verify_every: 90d\nverified: 2026-11-01\nverified_by: {evil}\nverified_digest: v1:0123456789abcdef\n",
    "suspect": "verified: 2026-11-01\nverify_every: 90d\ndepends_on: [{evil}, '*.md', 'src/{{a,b}}']\ndepends_digest: v1:0123456789abcdef\n",
    "archived": "status: archived\nproduct: {evil}\n",
    "draft": "status: draft\naudience: public\n",
    "source": "former_ids: [{evil}]\n",
    "translated": "lang: de\ntranslation_of: source\ntranslation_digest: v1:0123456789abcdef\nverified: 2026-11-01\n",
    "evidence": "evidence: ['javascript:alert(1)', 'https://example.org/\"><script>', {evil}]\nverified: 2026-11-02\n",
}
NAMES = (
    "a\nb", "a\x1b]0;pwn\x07b", "-rf", "--output=x", "::error::pwned", "a\x9bb", "=1+1", "\u202egnp", "a%0A::error::b",
    "<script>alert(1)<", "a'b", 'a"b', "$(touch pwned)", "`touch pwned`", "a;touch pwned", "\U000e0041tag", " lead",
    "x" * 200, "a:b", "@at", "+plus", "{a,b}", "[a]", "*", "é\u0301", "\ufeffbom",
)  # fmt: skip
CONFIG = """
title = {evil}
lang = "en"
surprise = 1
{key} = 2
[groups]
{evil} = [{evil}]
[rules]
{evil} = "error"
[people]
{evil} = [{evil}]
"""


def quote(text: str) -> str:
    """A text as a double-quoted YAML, TOML or JSON value, everything odd escaped."""
    return '"' + "".join(
        f"\\u{ord(character):04x}" if not character.isascii() and ord(character) < 0x10000
        else f"\\U{ord(character):08x}" if not character.isascii() or not character.isprintable() or character in '"\\'
        else character
        for character in text
    ) + '"'  # fmt: skip


@pytest.fixture
def hostile(tmp_path: Path, git_commit: Callable[..., str]) -> Path:
    """A base in which every field, name, author and setting holds all of it, with valid values beside."""
    root = tmp_path / "kb"
    root.mkdir()
    evil = quote(EVIL)
    everything = "".join(f"{name}: {evil}\n" for name in FIELDS) + "".join(
        f"{name}: [{evil}, {evil}]\n" for name in LISTS
    )
    files = {
        "kb.toml": CONFIG.format(evil=evil, key=evil),
        "synonyms.toml": f'{evil} = [{evil}, 3]\n"quicksand" = {evil}\n',
        "search-tests.toml": f'[[test]]\nquery = "quicksand"\nexpect = [{evil}]\nnote = {evil}\n[[test]]\nquery = {evil}\n{evil} = 1\n',
        "CODEOWNERS": f"* @{EVIL}\n",
        ".mailmap": f"{EVIL} <ada@example.org>\n",
        "everything.md": f"---\n{everything}flagged: {evil}\n---\n{BODY}",
        "heading.md": f"# {EVIL}\n{BODY}",
        "broken.md": f"---\n{EVIL}: [\n---\n{BODY}",
        "toml.md": f"+++\ntitle = {evil}\nowner = {evil}\n+++\n{BODY}",
        **{f"{name}.md": f"---\ntitle: {evil}\n{text.format(evil=evil)}---\n{BODY}" for name, text in VALID.items()},
        **{f"{name}.md": f"---\ntitle: Named\ntags: [names]\n---\nNamed quicksand card. [x]({number}.md)\n" for number, name in enumerate(NAMES)},
    }  # fmt: skip
    for path, text in files.items():
        (root / path).write_bytes(text.encode("utf-8", "surrogateescape"))
    (root / os.fsdecode(b"latin-\xe9\x1b.md")).write_bytes(b"caf\xe9 \x1b[2J quicksand\n")
    make_repository(root)
    author = EVIL.replace("<", "").replace(">", "")
    for key, value in (("user.name", author), ("user.email", "e\u202evil\x1b]0;x\x07@example.org")):
        subprocess.run(["git", "config", key, value], cwd=root, check=True)
    git_commit(root, f"{EVIL}\n\nVerified-by: {EVIL}\nEvidence: {EVIL}", "2026-10-01")
    for name in ("verified", "source"):
        (root / f"{name}.md").write_text(
            (root / f"{name}.md").read_text().replace("First paragraph", f"Other words{CONTROLS}")
        )
    git_commit(root, EVIL, "2026-11-02")
    return root


def run_all(
    root: Path, run_kb: Callable[..., Any], cards: tuple[str, ...]
) -> Iterator[tuple[list[str], Any]]:
    """Every look at the base, and at some of its cards."""
    base = subprocess.run(
        ["git", "rev-parse", "HEAD~1"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
    names = {"card": "everything", "word": "quicksand", "base": base}
    # The short run leaves out tables where a plain form says the same.
    lines = [
        line
        for line in list_looks(names)
        if len(cards) > 2 or line[-1] != "table" or line[0] in ("show", "check")
    ]
    for card in cards:
        lines += [
            [command, "--format", form, "--", card]
            for command in ("show", "log")
            for form in ("table", "plain", "json")
        ]
    for line in lines:
        yield line, run_kb(*line, cwd=root)


def check_line(line: list[str], done: Any) -> None:
    """What holds of every output, and then of its format."""
    assert done.code in (0, 1, 3), (line, done.err)
    form = line[line.index("--format") + 1]
    for text in (done.out, done.err):
        # A carriage return ends a line of CSV, where the standard wants it.
        shown = COLOUR.sub("", text.replace("\r\n", "\n") if form == "csv" else text)
        found = FORBIDDEN.search(shown)
        assert found is None, (line, shown[max(0, found.start() - 60) : found.end() + 20])
    {"json": check_json, "junit": check_junit, "github": check_github, "csv": check_csv, "html": check_html,
     "sarif": check_sarif, "gitlab": json.loads}.get(form, lambda _: None)(done.out)  # fmt: skip
    if line[0] == "check" and form in ("plain", "table"):
        assert not re.search(r"^\s*::", done.out, re.MULTILINE), line


def check_all(root: Path, run_kb: Callable[..., Any], cards: tuple[str, ...]) -> None:
    """Look at everything, and list whatever does not hold."""
    wrong = []
    for line, done in run_all(root, run_kb, cards):
        try:
            check_line(line, done)
        except (AssertionError, ValueError, ET.ParseError, ValidationError) as error:
            wrong.append((" ".join(line), repr(error)[:400]))
    assert not wrong, "\n".join(map(ascii, wrong))


def check_json(text: str) -> None:
    """An envelope."""
    if text.endswith(".md\n"):  # show --path
        return
    assert json.loads(text)["kb"] == 1


def check_junit(text: str) -> None:
    """XML that can be read, without anything that a card put in as markup."""
    assert {element.tag for element in ET.fromstring(text).iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "system-out", "error", "skipped", "properties", "property",
    }  # fmt: skip


def check_github(text: str) -> None:
    """One workflow command of kb's own a line, and none in its data."""
    for line in text.splitlines():
        match = re.match(
            r"::(error|warning|notice) (?:file=([^,:]+),line=\d+,)?title=([^,:]+)::([^\r\n]*)$", line
        )
        assert match is not None, line
        for part in filter(None, match.groups()):
            assert "%" not in re.sub(r"%(25|0A|0D|3A|2C)", "", part), line


def check_csv(text: str) -> None:
    """No cell that a spreadsheet would run."""
    for row in csv.reader(io.StringIO(text)):
        assert not any(
            cell.startswith(("=", "+", "@", "\t", "\r")) or re.match(r"-\D", cell) for cell in row
        ), row


class PageReader(HTMLParser):
    """Collects what a page would run or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note scripts that hold data, handlers, and links with another scheme."""
        if tag in ("img", "iframe", "object", "embed", "form", "base") or (
            tag == "script" and dict(attrs).get("src")
        ):
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (
                name in ("href", "src", "action") and not re.match(r"https?://|mailto:|#", value or "")
            ):
                self.bad.append((tag, name, value))


def check_html(text: str) -> None:
    """Nothing of a card's is markup, and no link leads to a script."""
    reader = PageReader()
    reader.feed(text)
    assert reader.bad == []
    assert "alert(1)</script>" not in text


@pytest.mark.parametrize(
    ("cards", "color"),
    [
        (("flagged", "a\nb"), ""),
        pytest.param((*VALID, "heading", "broken", "toml", *NAMES[:6]), "", marks=pytest.mark.stress),
        pytest.param((*VALID, "heading", "broken", "toml"), "1", marks=pytest.mark.stress),
    ],
    ids=["some", "every card", "in colour"],
)
def test_no_output_carries_what_a_clone_planted(
    hostile: Path,
    run_kb: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    cards: tuple[str, ...],
    color: str,
) -> None:
    """No control character but kb's own colours reaches stdout or stderr, and no format can be broken out of."""
    monkeypatch.setenv("FORCE_COLOR", color)
    monkeypatch.setenv("COLUMNS", "70")
    check_all(hostile, run_kb, cards)
    assert not list(hostile.rglob("pwned"))
