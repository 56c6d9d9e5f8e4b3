"""Making a knowledge base (`kb init`): which files it begins with, and writing them."""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kbcli.config import CONFIG_NAME, load_config
from kbcli.errors import RefusedError
from kbcli.foundation.disk.atomic import create_file
from kbcli.foundation.disk.containment import resolve_inside
from kbcli.foundation.disk.packaged import MANUAL_FOLDER, find_content, find_first_cards, list_markdown
from kbcli.knowledge.cards.header.edit import set_fields
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.settings import compose_settings
from kbcli.knowledge.gate.rule import Rule

FIRST_OWNER = "support"
_VERIFICATION_FIELDS = (
    "verified", "verified_by", "verified_digest", "translation_digest", "depends_digest", "evidence", "flagged",
)  # fmt: skip
_COPIED_SETTINGS = ("lang", "types", "verify_every", "translations", "fields", "values", "search")


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to write, under its full path."""

    path: Path
    data: bytes


def plan_new(root: Path, title: str, email: str, rules: Sequence[Rule]) -> list[PlannedFile]:
    """kb.toml and a first card of each type; `email` is the one who starts, "" when unknown, `rules` what kb.toml explains."""
    settings = {"title": title, "verify_every": "6m", "groups": {FIRST_OWNER: [email] if email else []}}
    folder = find_first_cards()
    files = [_plan_settings(root, settings, rules)]
    files += [PlannedFile(root / name, (folder / name).read_bytes()) for name in list_markdown(folder)]
    return files


def plan_starter(root: Path, title: str, rules: Sequence[Rule]) -> list[PlannedFile]:
    """kb.toml and kb's starter cards, unverified: nobody here has read them yet. The manual stays away."""
    content = find_content()
    config = load_config(content, None, {})
    cards = [card for card in load_library(config).cards if not _is_manual(card.path)]
    owners = sorted({owner for card in cards for owner in card.owners})
    source = tomllib.loads((content / CONFIG_NAME).read_text(encoding="utf-8"))
    settings: dict[str, object] = {
        "title": title,
        **{key: source[key] for key in _COPIED_SETTINGS if key in source},
    }
    settings["groups"] = {owner: [] for owner in owners}
    if defaults := [
        entry for entry in source.get("defaults", ()) if not all(map(_is_manual, entry["paths"]))
    ]:
        settings["defaults"] = defaults
    files = [_plan_settings(root, settings, rules)]
    for card in cards:
        changes = {name: None for name in _VERIFICATION_FIELDS if name in card.lines}
        data = (content / card.path).read_bytes()
        files.append(PlannedFile(root / card.path, set_fields(data, changes) if changes else data))
    if (synonyms := content / "synonyms.toml").is_file():
        files.append(PlannedFile(root / synonyms.name, synonyms.read_bytes()))
    return files


def _is_manual(path: str) -> bool:
    return path.startswith(f"{MANUAL_FOLDER}/")


def _plan_settings(root: Path, settings: Mapping[str, object], rules: Sequence[Rule]) -> PlannedFile:
    return PlannedFile(root / CONFIG_NAME, compose_settings(settings, rules).encode())


def write_files(root: Path, files: Sequence[PlannedFile]) -> list[Path]:
    """Write new files below `root`, in this order.

    Raises RefusedError when one of them exists, OutsidePathError when a link leads out of the
    folder; none is written then.
    """
    for file in files:
        resolve_inside(file.path, root)
        if os.path.lexists(file.path):
            raise RefusedError(f"{file.path} exists already", "Nothing was written. Start in another folder.")
    for file in files:
        create_file(file.path, file.data)
    return [file.path for file in files]


def list_relative(paths: Iterable[Path], base: Path) -> list[str]:
    """Paths as a person in `base` would type them, POSIX separators."""
    return [os.path.relpath(path, base).replace(os.sep, "/") for path in paths]
