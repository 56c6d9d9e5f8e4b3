"""Finding the knowledge base and the git work tree around it."""

import os
from collections.abc import Mapping
from pathlib import Path

from kbcli.config import CONFIG_NAME
from kbcli.errors import NoKnowledgeBaseError
from kbcli.foundation.disk.containment import is_inside


def find_git_root(start: Path) -> Path | None:
    """The top of the git work tree that holds `start`, or None.

    A `.git` file (worktree, submodule) counts like a `.git` folder. Runs no git.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return None


def find_root(flag: str | None, environment: Mapping[str, str], start: Path) -> Path:
    """The folder of the knowledge base: `--kb`, KB_HOME, the nearest kb.toml, the git root's content/.

    Returns it resolved. Raises NoKnowledgeBaseError when there is none, or when the folder
    that was named does not exist.
    """
    named = flag or environment.get("KB_HOME")
    if named:
        folder = Path(named).expanduser()
        if folder.name == CONFIG_NAME and folder.is_file():
            folder = folder.parent
        if not folder.is_dir():
            origin = "--kb" if flag else "KB_HOME"
            raise NoKnowledgeBaseError(f"{origin} names {named}, which is not a folder")
        return folder.resolve()
    here = start.resolve()
    git_root = find_git_root(here)
    for candidate in (here, *here.parents):
        if (candidate / CONFIG_NAME).is_file():
            return candidate
        content = candidate / "content"
        if candidate == git_root and (content / CONFIG_NAME).is_file() and is_inside(content, git_root):
            return content
    raise NoKnowledgeBaseError(
        f"no knowledge base here: no {CONFIG_NAME} in {os.fspath(here)} or above",
        "Run `kb init` to start one, or name one with `kb --kb DIR …` or KB_HOME.",
    )
