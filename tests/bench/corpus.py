"""Knowledge bases of a wanted size, made of real Markdown cut from a folder."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kbcli.config import Config
from kbcli.foundation.markdown.digest import digest_text
from kbcli.knowledge.cards.reader import read_card

SECTION = re.compile(r"^(?=#{1,3} )", re.MULTILINE)
SHORTEST = 200


def find_documents(folder: Path) -> list[tuple[str, str]]:
    """(title, body) of every Markdown file below a folder, sorted by path; copies and stubs left out."""
    config = Config(root=folder)
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.md")):
        card = read_card(path.read_bytes(), path.relative_to(folder).as_posix(), config)
        if len(card.body) >= SHORTEST:
            found.setdefault(card.body, card.title)
    return [(title, body) for body, title in found.items()]


def cut_documents(documents: list[tuple[str, str]], wanted: int) -> list[tuple[str, str]]:
    """`wanted` texts spread evenly over the documents, which are cut when there are too few.

    At headings, and if that is not enough at the ends of lines, into pieces of equal length.
    """
    for cut in (iter, _cut_at_headings, lambda them: _cut_at_lines(them, wanted)):
        pieces = list(cut(documents))
        if len(pieces) >= wanted:
            return [pieces[index * len(pieces) // wanted] for index in range(wanted)]
    raise SystemExit(f"{len(documents)} documents are too few for {wanted} cards")


def _cut_at_headings(documents: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen = set()
    for title, body in documents:
        for section in SECTION.split(body):
            if len(section) >= SHORTEST and section not in seen:
                seen.add(section)
                heading = section.partition("\n")[0].strip("# \r")
                yield (f"{title}: {heading}" if section.startswith("#") else title), section


def _cut_at_lines(documents: list[tuple[str, str]], wanted: int) -> Iterator[tuple[str, str]]:
    least = max(SHORTEST, int(0.6 * sum(len(body) for _, body in documents) / wanted))
    for title, body in documents:
        piece, number = "", 1
        for line in body.splitlines(keepends=True):
            piece += line
            if len(piece) >= least:
                yield f"{title}, part {number}", piece
                piece, number = "", number + 1


def make_base(folder: Path, texts: list[tuple[str, str]]) -> None:
    """A knowledge base in git: half of the cards pinned by their digest and with a link, all verified and owned."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "kb.toml").write_text('lang = "en"\n[groups]\nteam-a = []\nteam-b = []\n', encoding="utf-8")
    for number, (title, body) in enumerate(texts):
        path = folder / f"part{number % 50:02d}" / f"card{number:06d}.md"
        path.parent.mkdir(exist_ok=True)
        clean = " ".join(title.split())
        other = (number + 50) % len(texts)
        link = f"\n\nSee [the other](../part{other % 50:02d}/card{other:06d}.md).\n" if number % 2 else "\n"
        header = [
            f"title: {json.dumps(clean, ensure_ascii=False)}",
            f"tags: [part{number % 50:02d}, bench]",
            f"owner: team-{'ab'[number % 2]}",
            "verify_every: 90d",
            "verified: 2026-11-01",
            "verified_by: someone@example.org",
        ]
        text = body.rstrip().replace("\r\n", "\n").replace("\r", "\n") + link
        if number % 2:
            header.append(f"verified_digest: {digest_text(clean, 'internal', text)}")
        path.write_text("---\n" + "\n".join(header) + "\n---\n\n" + text, encoding="utf-8", newline="\n")
    commit_all(folder)


def commit_all(folder: Path) -> None:
    """Make a folder a git repository with all its files in one commit."""
    _run_git(folder, "init", "-q")
    _run_git(folder, "add", "-A")
    _run_git(folder, "commit", "-qm", "bench")


def make_branch(base: Path, name: str) -> None:
    """A branch of a base on which every other card has one more line; the base stays as it is."""
    _run_git(base, "add", "-A")
    _run_git(base, "commit", "-qm", "before the branch", "--allow-empty")
    _run_git(base, "checkout", "-qb", name)
    for card in sorted(base.rglob("card*.md"))[::2]:
        with card.open("a", encoding="utf-8") as stream:
            stream.write("\nA line about the connection, on this branch.\n")
    _run_git(base, "commit", "-qam", "half of the cards")
    _run_git(base, "checkout", "-q", "-")


def _run_git(base: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=b", "-c", "user.email=b@b", *arguments]
    subprocess.run(command, cwd=base, check=True, capture_output=True)
