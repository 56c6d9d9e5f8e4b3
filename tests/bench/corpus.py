"""Knowledge bases of a wanted size, made of real Markdown cut from a folder."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kbcli.cards.digest import digest_text
from kbcli.cards.reader import read_card
from kbcli.config import Config

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
    """`wanted` texts spread evenly over the documents; long ones are cut at headings when there are too few."""
    if len(documents) >= wanted:
        return [documents[index * len(documents) // wanted] for index in range(wanted)]
    pieces = list(_cut(documents))
    if len(pieces) < wanted:
        raise SystemExit(
            f"{len(documents)} documents give {len(pieces)} sections; {wanted} cards are too many for them"
        )
    return [pieces[index * len(pieces) // wanted] for index in range(wanted)]


def _cut(documents: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen = set()
    for title, body in documents:
        for section in SECTION.split(body):
            if len(section) >= SHORTEST and section not in seen:
                seen.add(section)
                heading = section.partition("\n")[0].strip("# \r")
                yield (f"{title}: {heading}" if section.startswith("#") else title), section


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
    for arguments in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=b", "-c", "user.email=b@b", "commit", "-qm", "bench"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
