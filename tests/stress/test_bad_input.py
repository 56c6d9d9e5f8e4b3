"""Broken cards and broken settings of every kind, through every command: never a traceback, never exit status 4."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandlines import list_looks
from damagedfiles import DAMAGED, HEAD

BASE = {
    "mapped": '[fields]\nverified = "last_reviewed_on"\nverify_every = "review_in"\nowner = "owner_slack"\n',
    "own": 'title = "x"\n',
}
NESTED = "[" * 200_000
# kb.toml files that cannot be what was meant: each is an error with a remedy, or a finding.
SETTINGS: dict[str, bytes] = {
    "not TOML": b"title = \n", "not UTF-8": b'title = "\xff"\n', "UTF-16": 'title = "x"'.encode("utf-16"), "NUL": b"title = 'a\0b'\n",
    "nested arrays": f"title = {NESTED}\n".encode(), "nested tables": ("a." * 20_000 + "b = 1\n").encode(),
    "inline tables": ("x = " + "{a = " * 5_000).encode(), "digits": b"pin = " + b"9" * 10_000,
    "days": b'[rules]\nexpired = {warn_after = "%b"}\n' % (b"9" * 12 + b"d"), "endless days": b'[rules]\nexpired = {error_after = "%b"}\n' % (b"9" * 9_000 + b"d"),
    "limit": b"[rules]\nexpired = {limit = %b}\n" % (b"9" * 30), "negative": b"[rules]\nexpired = {limit = -1}\n",
    "interval": b'verify_every = "99999999999999999999y"\n', "long interval": b'verify_every = "%b"\n' % (b"9" * 9_000 + b"d"),
    "interval that is large": b'verify_every = "9999y"\n', "extensions": b"extensions = []\n", "one dot": b'extensions = ["."]\n', "empty extension": b'extensions = [""]\n',
    "wrong types": b"title = 1\nlang = []\ninclude = {}\n[groups]\na = 1\n", "dates": b"title = 2026-02-30\n", "a date": b"title = 2026-02-03\n",
    "globs": b'include = ["[", "{", "**/**/**/**/**/**/**/a", "[z-a]", "(", "\\\\"]\nexclude = ["", "*" ]\n',
    "slow glob": b'include = ["%b"]\n' % (b"*a" * 60), "include nothing": b'include = ["/etc/*", "../*"]\n',
    "pattern": b'[translations]\npattern = "{lang}{lang}{path}{path}("\nsource = "("\n', "no path": b'[translations]\npattern = "x"\n',
    "mapping": b'[fields]\ntitle = ""\nverified = "title"\nowner = "a.b"\n', "values": b'[values.status]\nx = "nonsense"\n', "unknown values": b"[values.nothing]\n",
    "defaults": b'[[defaults]]\npaths = ["*"]\nverify_every = "x"\n', "more defaults": b'[[defaults]]\npaths = ["*"]\nstatus = "nonsense"\ntype = "\\u001b"\nlang = "---"\n',
    "language": b'lang = "not a language"\n', "empty language": b'lang = ""\n', "owners": b'[rules.owners.x]\nexpired = "loud"\n', "links": b"links = 3\n",
    "array of tables": b"[[fields]]\n", "huge": b"# x\n" * 1_000_000, "huge key": b'"%b" = 1\n' % (b"k" * 1_000_000), "lone CR": b"title = 'x'\rlang = 'y'",
}  # fmt: skip
# Files beside kb.toml, each broken.
BESIDE: dict[str, tuple[bytes, ...]] = {
    "synonyms.toml": (b"x", b"\xff\xfe", f"a = {NESTED}".encode(), b'"" = ["", ""]\n', b"a = 1\n[b]\nc = 2\n", b'a = "%b"\n' % (b"x" * 100_000), b"a = " + b"9" * 9_000),
    "kb-baseline.json": (b"x", b"\xff", NESTED.encode(), b"[]", b'{"kb_baseline": 1, "findings": [[[], {}, 1]]}', b'{"kb_baseline": 99}', b"9" * 9_000, b'{"kb_baseline": 1, "findings": [["\\ud800", "a", "b"]]}'),
    "search-tests.toml": (b"x", b"\xff", f"a = {NESTED}".encode(), b"[[test]]\n", b"test = 3\n", b'[[test]]\nquery = 3\nexpect = "x"\ntop = -1\n', b"a = " + b"9" * 9_000),
    "CODEOWNERS": (b"\xff", b"[" * 5_000, b"* @a\n[x\n^[y] z\n" + b"*" * 5_000 + b" @b\n"),
    ".mailmap": (b"\xff\0", b"<" * 5_000),
    "templates/answer.md": (b"\xff", b"", b"---\n", b"---\ntitle: [\n---\n", b"+++\nx\n+++\n", f"---\nx: {NESTED}\n---\n".encode(), b"{title" * 1000, b"---\ntitle: {title}\ntags: {date}\n---\n"),
}  # fmt: skip


def make_base(folder: Path, settings: str, *, large: bool) -> None:
    """A knowledge base of every damaged file, and a healthy one; with `large`, also what is only very long."""
    folder.mkdir(exist_ok=True)
    (folder / "kb.toml").write_text(settings)
    for number, (data, _, _) in enumerate(DAMAGED.values()):
        (folder / f"damaged-{number}.md").write_bytes(data)
    (folder / "healthy.md").write_text("---\ntitle: Healthy\n---\nA healthy card.\n")
    (folder / "search-tests.toml").write_text('[[test]]\nquery = "healthy"\nexpect = ["healthy"]\n')
    if not large:
        return
    (folder / "long-line.md").write_text(HEAD + "wordy " * 170_000)
    (folder / "long-word.md").write_text(HEAD + "w" * 1_000_000)
    (folder / "long-title.md").write_text(f"---\ntitle: {'t' * 60_000}\n---\n# {'h' * 1_000_000}\n")
    (folder / "many-keys.md").write_text(
        "---\n" + "".join(f"k{number}: {number}\n" for number in range(4_000)) + "---\nx\n"
    )
    (folder / "huge-key.md").write_text(f"---\n? {'k' * 50_000}\n: x\n---\nx\n")
    (folder / "links.md").write_text(
        "---\ntitle: Links\n---\n"
        + "[a](" * 20_000
        + "\n"
        + "![" * 20_000
        + "\n"
        + "> " * 5_000
        + "x\n"
        + "*" * 30_000
        + "\n"
        + "`" * 30_000
    )


def expect_words(line: list[str], done: Any) -> None:
    """Whatever it was, kb has words for it."""
    shown = [item[:80] for item in line]
    assert done.code in (0, 1, 2, 3), (shown, done.err[-2000:])
    assert "Traceback" not in done.err, shown
    if done.code in (2, 3):
        assert done.err.strip(), shown
    if line[-1] == "json" and "--format" in line and done.out and "--path" not in line:
        assert json.loads(done.out)["kb"] == 1


@pytest.mark.parametrize("schema", ["mapped", pytest.param("own", marks=pytest.mark.stress)])
def test_damaged_cards_through_every_look(tmp_path: Path, run_kb: Callable[..., Any], schema: str) -> None:
    """With every kind of damaged card in the base, every command that looks gives an answer."""
    root = tmp_path / "kb"
    make_base(root, BASE[schema], large=schema == "own")
    for line in list_looks({"card": "healthy", "word": "healthy", "base": "HEAD"}):
        if "HEAD" not in line and (schema == "own" or line[-1] == "plain"):
            expect_words(line, run_kb(*line, cwd=root))
    assert "Healthy" in run_kb("search", "healthy card", cwd=root).out


@pytest.mark.parametrize("every", [15, pytest.param(1, marks=pytest.mark.stress)], ids=["some", "all"])
def test_damaged_cards_through_every_change(tmp_path: Path, run_kb: Callable[..., Any], every: int) -> None:
    """Each kind is shown, flagged, edited, verified and moved, or refused with a reason; the others stay as they are."""
    root = tmp_path / "kb"
    for number in range(0, len(DAMAGED), every):
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        (root / "kb.toml").write_text(BASE["mapped"])
        (root / "healthy.md").write_text("---\ntitle: Healthy\n---\n[x](damaged.md)\n")
        (root / "damaged.md").write_bytes(list(DAMAGED.values())[number][0])
        for line in (
            ["show", "damaged", "--format", "table"], ["show", "damaged", "--raw"], ["flag", "damaged", "--reason", "x"], ["unflag", "damaged"],
            ["edit", "damaged", "--tag", "+x", "--title", "New: title"], ["verify", "damaged", "--yes", "--diff"],
            ["mv", "damaged", "moved/there"], ["show", "there", "--format", "plain"],
        ):  # fmt: skip
            expect_words(line, run_kb(*line, cwd=root))
        assert "title: Healthy" in (root / "healthy.md").read_text()
        assert len(list(root.rglob("*.md"))) == 2


@pytest.mark.parametrize("count", [1, pytest.param(9, marks=pytest.mark.stress)])
@pytest.mark.parametrize("kind", SETTINGS)
def test_damaged_settings(tmp_path: Path, run_kb: Callable[..., Any], kind: str, count: int) -> None:
    """A kb.toml that cannot be what was meant is an error with a remedy or a finding, for every command."""
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb/card.md").write_text(HEAD + "Text of a card\n")
    (tmp_path / "kb/de.md").write_text("---\nverified: 2026-11-01\nverify_every: 90d\n---\nText of a card\n")
    (tmp_path / "kb/kb.toml").write_bytes(SETTINGS[kind])
    lines = [
        ["check"],
        ["search", "text"],
        ["stale"],
        ["doctor"],
        ["report"],
        ["translations"],
        ["list"],
        ["edit", "card", "--tag", "x"],
        ["new", "New", "--no-edit"],
    ]
    for line in lines[:count]:
        expect_words(line, run_kb(*line, cwd=tmp_path / "kb"))


@pytest.mark.parametrize("most", [1, pytest.param(99, marks=pytest.mark.stress)])
@pytest.mark.parametrize("name", BESIDE)
def test_damaged_files_beside(tmp_path: Path, run_kb: Callable[..., Any], name: str, most: int) -> None:
    """Whatever stands in the other files that kb reads, every command has words for it."""
    root = tmp_path / "kb"
    (root / "templates").mkdir(parents=True)
    (root / "kb.toml").write_text("")
    (root / "card.md").write_text(HEAD + "Text of a card\n")
    for data in BESIDE[name][:most]:
        (root / name).write_bytes(data)
        for line in (
            ["check"],
            ["check", "--update-baseline"],
            ["search", "text"],
            ["doctor"],
            ["list"],
            ["report"],
            ["new", "New", "--no-edit"],
            ["eval"],
        ):
            expect_words(line, run_kb(*line, cwd=root))
        for path in (root / "new.md", root / "kb-baseline.json"):
            if path.name != name:
                path.unlink(missing_ok=True)


@pytest.mark.stress
@pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
def test_odd_files_in_the_place_of_settings(tmp_path: Path, run_kb: Callable[..., Any]) -> None:
    """A pipe, a folder or a loop called like one of kb's files is an error or nothing, and nobody waits for it."""
    for number, name in enumerate(
        (
            "kb-baseline.json",
            "synonyms.toml",
            "search-tests.toml",
            "CODEOWNERS",
            "templates/answer.md",
            "card.md",
        )
    ):
        for kind in ("pipe", "folder", "loop"):
            root = tmp_path / f"kb{number}{kind}"
            (root / "templates").mkdir(parents=True)
            (root / "kb.toml").write_text("")
            (root / "other.md").write_text(HEAD + "Text of a card\n")
            {
                "pipe": os.mkfifo,
                "folder": os.mkdir,
                "loop": lambda path: os.symlink(os.path.basename(path), path),
            }[kind](root / name)
            for line in (
                ["check"],
                ["search", "text"],
                ["list"],
                ["report"],
                ["eval"],
                ["new", "New", "--no-edit"],
                ["check", "--update-baseline"],
            ):
                expect_words(line, run_kb(*line, cwd=root))
