"""The cards of a base as the notes of other tools, so that their search can be timed on the same texts."""

import os
import shutil
import sqlite3
from pathlib import Path

from tests.bench.corpus import commit_all
from tests.bench.interleaving import Contender

_ARTIFACTS = """
CREATE TABLE artifacts (id integer PRIMARY KEY, title text NOT NULL, category text NOT NULL, path text NOT NULL,
                        tags text, status text, author text, template text);
CREATE TABLE tags (artifact_id integer, tag text, FOREIGN KEY(artifact_id) REFERENCES artifacts(id) ON DELETE CASCADE);
PRAGMA user_version = 1;
"""


def make_nb(base: Path, words: str) -> list[Contender]:
    """`nb search` over a notebook of the same files: its first ten, and all it finds. None without nb."""
    program = shutil.which("nb")
    if program is None:
        return []
    folder = base.parent / f"{base.name}-nb"
    notebook = folder / "home"
    notebook.mkdir(parents=True)
    names = _copy_cards(base, notebook)
    (notebook / ".index").write_text("\n".join(names) + "\n", encoding="utf-8")
    commit_all(notebook)
    first, *others = words.split()
    alternatives = [item for word in others for item in ("--or", word)]
    environment = [f"NB_DIR={folder}", f"NBRC_PATH={folder}/.nbrc", "NB_AUTO_SYNC=0"]
    command = ["env", *environment, program, "search", first, *alternatives, "--no-color"]
    return [Contender("nb search --limit 10", [*command, "--limit", "10"]), Contender("nb search", command)]


def make_kb_manager(base: Path, words: str) -> list[Contender]:
    """`kb grep` of kb-manager over the same files. None unless KB_MANAGER names its program.

    Its program has the name of ours, so that it cannot be looked for.
    """
    program = os.environ.get("KB_MANAGER")
    if not program:
        return []
    folder = base.parent / f"{base.name}-kb-manager"
    category = folder / "kb" / "data" / "default"
    category.mkdir(parents=True)
    names = _copy_cards(base, category)
    (folder / "kb" / "templates").mkdir()
    with sqlite3.connect(folder / "kb" / "kb.db") as database:
        database.executescript(_ARTIFACTS)
        database.executemany(
            "INSERT INTO artifacts (title, category, path) VALUES (?, 'default', ?)",
            [(name, f"default/{name}") for name in names],
        )
    database.close()
    pattern = "|".join(words.split())
    return [Contender("kb-manager grep", ["env", f"XDG_DATA_HOME={folder}", program, "grep", "-i", pattern])]


def _copy_cards(base: Path, folder: Path) -> list[str]:
    names = []
    for card in sorted(base.rglob("card*.md")):
        shutil.copyfile(card, folder / card.name)
        names.append(card.name)
    return names
