"""Making a knowledge base (`kb init`): the files it begins with, and what runs its gate by itself."""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from kbcli.config import CONFIG_NAME, Config, load_config
from kbcli.errors import RefusedError
from kbcli.foundation.disk.files import create_file, replace_file
from kbcli.foundation.disk.packaged import MANUAL_FOLDER, find_content
from kbcli.foundation.disk.paths import resolve_inside
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.header.document import FrontMatterError, parse_yaml
from kbcli.knowledge.cards.header.edit import set_fields
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.installation import add_extra
from kbcli.knowledge.edit.renderers import find_renderer
from kbcli.knowledge.edit.settings import FIRST_STYLE, compose_settings
from kbcli.knowledge.gate.rule import Rule

FIRST_OWNER = "support"
FIRST_CARDS = Path(__file__).parent / "first_cards"
WORKFLOWS = Path(__file__).parent / "workflows"
GATE = "kb.yml"
SITE = "kb-site.yml"
"""The workflows that kb can add: the gate, and the public cards on GitHub Pages."""

_EXTRAS = {SITE: "site"}
_STAMPS = "verified verified_by verified_digest translation_digest depends_digest evidence flagged"
_COPIED_SETTINGS = ("lang", "types", "verify_every", "translations", "fields", "values", "search", "style")


def plan_new(root: Path, title: str, email: str, rules: Sequence[Rule]) -> dict[Path, bytes]:
    """The files to write, by full path: kb.toml and a first card of each type; `email` is the one who starts, "" when unknown, `rules` what kb.toml explains."""
    settings: dict[str, object] = {"title": title, "verify_every": "6m"}
    sign = find_renderer(root, find_git_root(root))
    if sign.place:
        settings["renderer"] = sign.renderer
    settings["groups"] = {FIRST_OWNER: [email] if email else []}
    settings["style"] = {"words": {"en": FIRST_STYLE}}
    paths = sorted(FIRST_CARDS.rglob("*.md"))
    cards = {root / path.relative_to(FIRST_CARDS): path.read_bytes() for path in paths}
    return {root / CONFIG_NAME: compose_settings(settings, rules).encode(), **cards}


def plan_starter(root: Path, title: str, rules: Sequence[Rule]) -> dict[Path, bytes]:
    """kb.toml, kb's starter cards, unverified, as nobody here has read them yet, and rotas that need names. The manual stays away."""
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
    files = {root / CONFIG_NAME: compose_settings(settings, rules).encode()}
    for card in cards:
        changes = {name: None for name in _STAMPS.split() if name in card.lines}
        data = (content / card.path).read_bytes()
        files[root / card.path] = set_fields(data, changes) if changes else data
    for path in (content / "synonyms.toml", *sorted((content / "support" / "rotas").glob("*.toml"))):
        if path.is_file():
            files[root / path.relative_to(content)] = path.read_bytes()
    return files


def _is_manual(path: str) -> bool:
    return path.startswith(f"{MANUAL_FOLDER}/")


def write_files(root: Path, files: Mapping[Path, bytes]) -> list[Path]:
    """Write new files below `root`, in this order.

    Raises RefusedError when one of them exists, OutsidePathError when a link leads out of the
    folder; none is written then.
    """
    for path in files:
        resolve_inside(path, root)
        if os.path.lexists(path):
            raise RefusedError(f"{path} exists already", "Nothing was written. Start in another folder.")
    for path, data in files.items():
        create_file(path, data)
    return list(files)


HOOK_ID = "kb-check"
_HOOK = """\
- repo: local
  hooks:
    - id: kb-check
      name: kb check
      entry: kb{where} check
      language: system
      files: {files}
"""


@dataclass(frozen=True, slots=True)
class Automation:
    """One file to write: `before` is what stands there, None when nothing does.

    `after` is None when nothing is to be done: because it is there already, or, with a
    `snippet`, because the file cannot be added to safely and a person must do it.
    """

    path: Path
    before: bytes | None
    after: bytes | None
    snippet: str = ""


def find_workflow(base: Path, name: str) -> Path:
    """`.github/workflows/NAME` at the top of the repository, whether it is there or not.

    Raises OutsidePathError when its folder is a link that leads out of the repository.
    """
    return resolve_inside(base / ".github" / "workflows" / name, base)


def plan_workflow(config: Config, name: str, requirement: str) -> Automation:
    """The workflow of that file name in `WORKFLOWS`, which installs the `requirement` with pip; one that is there already is left alone.

    Raises OutsidePathError as `find_workflow` does.
    """
    path = find_workflow(config.git_root or config.root, name)
    before = path.read_bytes() if path.is_file() else None
    if requirement and name in _EXTRAS:
        requirement = add_extra(requirement, _EXTRAS[name])
    text = (WORKFLOWS / name).read_text(encoding="utf-8")
    text = text.replace("{requirement}", json.dumps(requirement, ensure_ascii=False))
    text = text.replace("{where}", _name_root(config))
    return Automation(path, before, text.encode() if before is None else None)


def plan_hook(config: Config) -> Automation:
    """The hook in `.pre-commit-config.yaml` at the top of the repository; what is there stays as it is.

    Raises OutsidePathError when it is a link that leads out of the repository.
    """
    base = config.git_root or config.root
    path = resolve_inside(base / ".pre-commit-config.yaml", base)
    hook = _HOOK.replace("{where}", _name_root(config)).replace("{files}", _quote_files(config))
    if not path.is_file():
        return Automation(path, None, f"repos:\n{indent(hook, '  ')}".encode())
    before, after = path.read_bytes(), None
    if re.search(rf"\bid:\s*['\"]?{HOOK_ID}\b".encode(), before):
        return Automation(path, before, None)
    with suppress(UnicodeDecodeError, FrontMatterError):
        after = _append_hook(before.decode(), hook)
    return Automation(path, before, after, "" if after else hook)


def write_automation(automation: Automation) -> bool:
    """Write it; whether there was anything to write. Raises RefusedError when the file changed meanwhile."""
    if automation.after is None:
        return False
    if automation.before is None:
        create_file(automation.path, automation.after)
    else:
        replace_file(automation.path, automation.after, expected=automation.before)
    return True


def _name_root(config: Config) -> str:
    """The option that names the knowledge base, where it is not the top of the repository."""
    folder = config.place
    if folder == ".":
        return ""
    plain = re.fullmatch(r"[\w./-]+", folder, re.ASCII)
    quoted = folder if plain else "'" + folder.replace("'", "'\\''") + "'"
    return f" --kb {quoted}"


def _quote_files(config: Config) -> str:
    """A regular expression over the endings of cards, as a YAML text."""
    endings = "|".join(re.escape(ending) for ending in config.extensions)
    start = "" if config.place == "." else f"^{re.escape(config.place)}/.*"
    return "'" + f"{start}({endings})$".replace("'", "''") + "'"


def _append_hook(text: str, hook: str) -> bytes | None:
    """The file with the hook after its last repository; None unless that is all that changed.

    Raises FrontMatterError where it is no YAML, or would be none.
    """
    old = parse_yaml(text).values
    found = re.search(r"^( *)- +repo:", text, re.MULTILINE)
    repos = old.get("repos")
    if found is None or not isinstance(repos, list):
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    added = indent(hook, found[1]).replace("\n", newline)
    after = text.rstrip() + newline + added
    new = parse_yaml(after).values
    grown = new.get("repos")
    same = {**new, "repos": None} == {**old, "repos": None} and isinstance(grown, list)
    return after.encode() if same and isinstance(grown, list) and grown[:-1] == repos else None
