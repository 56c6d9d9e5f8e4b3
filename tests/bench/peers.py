"""What kb is measured against, on the same cards: what people would use without it."""

import shutil
import sqlite3
import sys
from pathlib import Path

from tests.bench.interleaving import Contender

TICKET = """Hello support,

since the update last night our nightly job stops after a few minutes. The log shows that the
connection to your server is closed, then an error about a timeout, and from then on every request
fails with the same message until we start the process again by hand. We did not change anything
on our side, the certificate is still valid, and other programs on the same machine reach the
network without any trouble. Could you please tell us whether there is a limit that we run into,
or what else we should look at? It is urgent, because our customers wait for their files.

Best regards
Robin
"""
_FTS5 = """
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute(
    "SELECT path, snippet(cards, 1, '[', ']', '…', 20) FROM cards WHERE cards MATCH ? ORDER BY bm25(cards) LIMIT 10", (sys.argv[2],))
for row in rows: print(*row)
"""
_LOOP = """
import frontmatter, pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob("*.md"): frontmatter.load(path)
"""
_WHOOSH = """
import frontmatter, pathlib, shutil, sys
from whoosh.fields import ID, KEYWORD, TEXT, Schema
from whoosh.index import create_in
folder = pathlib.Path(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
writer = create_in(folder, Schema(path=ID(stored=True), title=TEXT(stored=True), tags=KEYWORD, body=TEXT)).writer()
for path in pathlib.Path(sys.argv[1]).rglob("*.md"):
    post = frontmatter.load(path)
    writer.add_document(path=str(path), title=str(post["title"]), tags=" ".join(post["tags"]), body=post.content)
writer.commit()
"""


def make_ripgrep(base: Path, words: str) -> Contender | None:
    """The files that hold any of the words, by ripgrep; None when it is not installed."""
    if shutil.which("rg") is None:
        return None
    return Contender("rg -j2 -il", ["rg", "-j2", "-il", "|".join(words.split()), str(base)])


def make_fts5(base: Path, words: str) -> Contender:
    """SQLite FTS5 from Python: the words ORed, bm25, ten snippets. It never looks whether files changed."""
    path = base.parent / f"{base.name}.sqlite"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIRTUAL TABLE cards USING fts5(path, body)")
        for card in sorted(base.rglob("*.md")):
            database.execute("INSERT INTO cards VALUES (?, ?)", (str(card), card.read_text(encoding="utf-8")))
    database.close()
    return Contender("SQLite FTS5", [sys.executable, "-c", _FTS5, str(path), " OR ".join(words.split())])


def make_git_grep(base: Path, words: str) -> Contender:
    """The files that hold any of the words, by git grep."""
    pattern = "|".join(words.split())
    return Contender("git grep -ilE", ["git", "-C", str(base), "grep", "-ilE", pattern])


def make_frontmatter_loop(base: Path) -> Contender:
    """python-frontmatter over the same files, and nothing else."""
    return Contender("python-frontmatter loop", [sys.executable, "-c", _LOOP, str(base)])


def make_whoosh_build(base: Path) -> Contender:
    """Whoosh with its defaults over the same cards."""
    return Contender("Whoosh defaults", [sys.executable, "-c", _WHOOSH, str(base), f"{base}-whoosh"])


def write_ticket(base: Path) -> Path:
    """A ticket of about a hundred words in a file."""
    path = base.parent / "ticket.txt"
    path.write_text(TICKET, encoding="utf-8")
    return path


def write_long_ticket(base: Path) -> Path:
    """The ticket with 5,000 words of the cards pasted below it, in a file."""
    words: list[str] = []
    for card in sorted(base.rglob("card*.md"))[:: max(1, len(list(base.rglob("card*.md"))) // 200)]:
        words += card.read_text(encoding="utf-8").rpartition("---\n")[2].split(" ")[:200]
    path = base.parent / "long-ticket.txt"
    path.write_text(f"{TICKET.partition('Best regards')[0]}\n{' '.join(words[:5000])}\n", encoding="utf-8")
    return path
