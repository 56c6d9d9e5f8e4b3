"""Which renderer makes pages of somebody's Markdown: told by the files it is set up with."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.foundation.disk.paths import find_boundary, is_inside, resolve_inside
from kbcli.foundation.git.worktree import list_remotes
from kbcli.knowledge.cards.walk import list_card_files

_MOST_BYTES = 262_144


class Sign(NamedTuple):
    """What tells of a renderer: its name in kb.toml, and where that was seen ("" when it is only assumed)."""

    renderer: str
    place: str


def _tell_mkdocs(text: str) -> str:
    found = re.search(
        r"^([ \t]*-[ \t]*)[\"']?(?:markdown\.extensions\.)?toc[\"']?[ \t]*:.*\n", text, re.MULTILINE
    )
    if found is None:
        return "mkdocs"
    depth = len(found[1])
    below = re.match(rf"(?:[ \t]{{{depth},}}.*\n|[ \t]*(?:#.*)?\n)*", text[found.end() :] + "\n")
    options = found[0] + (below[0] if below else "")
    if "pymdownx.slugs" in options:
        return "mkdocs-pymdownx"
    return "mkdocs-unicode" if "slugify_unicode" in options else "mkdocs"


# Hugo's typographer makes dashes of hyphens, and they are no part of anchors.
_NO_TYPOGRAPHY = re.compile(
    r"typographer[\"']?\s*[=:]\s*false|typographer\b[^\[]{0,300}?\b(?:disable[\"']?\s*[=:]\s*true|enDash[\"']?\s*[=:]\s*[\"']--[\"'])",
    re.IGNORECASE,
)


def _tell_hugo(text: str) -> str:
    kind = re.search(
        r"auto(?:Heading)?IDType[\"']?\s*[=:]\s*[\"']?(?:github-)?(ascii|blackfriday)", text, re.IGNORECASE
    )
    if kind:
        return f"hugo-{kind[1].lower()}"
    return "hugo-dashes" if _NO_TYPOGRAPHY.search(text) else "hugo"


def _tell_old_hugo(text: str) -> str:
    """Hugo, whose settings may stand in a file of a common name: with an address of the site, or a theme."""
    return (
        _tell_hugo(text)
        if re.search(r"^\s*[\"']?(?:baseURL|theme)\b", text, re.IGNORECASE | re.MULTILINE)
        else ""
    )


def _tell_by(otherwise: str, *signs: tuple[str, str]) -> Callable[[str], str]:
    """A renderer by the first of these patterns that its settings hold, or `otherwise`."""
    return lambda text: next((renderer for sign, renderer in signs if re.search(sign, text)), otherwise)


_SIGNS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (re.compile(r"mkdocs\.ya?ml"), _tell_mkdocs),
    (
        re.compile(r"docusaurus\.config\.[cm]?[jt]s"),
        _tell_by("docusaurus", (r"maintainCase\s*:\s*true", "docusaurus-case")),
    ),
    (re.compile(r"hugo\.(?:toml|ya?ml|json)"), _tell_hugo),
    (re.compile(r"astro\.config\.[cm]?[jt]s"), _tell_by("astro")),
    (re.compile(r"zola\.toml"), _tell_by("zola")),
    (re.compile(r"config\.toml"), _tell_by("", (r"(?m)^\s*base_url\b", "zola"))),
    (re.compile(r"config\.(?:toml|ya?ml|json)"), _tell_old_hugo),
    (re.compile(r"book\.toml"), _tell_by("", (r"(?m)^\s*\[book\]", "mdbook"))),
    (re.compile(r"index\.html"), _tell_by("", (r"\$docsify\b", "docsify"))),
    (re.compile(r"config\.rb"), _tell_by("", (r"(?i)govuk_?tech_?docs", "tech-docs"))),
    (re.compile(r"myst\.yml"), _tell_by("myst")),
    (re.compile(r"conf\.py"), _tell_by("", (r"myst_(?:parser|nb)", "myst"))),
    (
        re.compile(r"_config\.(?:ya?ml|toml)"),
        _tell_by(
            "jekyll",
            (r"(?m)^sphinx\s*:", "myst"),  # Jupyter Book
            (r"(?im)^markdown\s*:\s*[\"']?(?!kramdown)\w", "github"),
            (r"(?im)^\s+input\s*:\s*[\"']?kramdown\b", "kramdown"),
        ),
    ),
)
_FOLDERS = {".vitepress": "vitepress", ".vuepress": "vitepress", ".obsidian": "obsidian"}
_ASIDE = ("node_modules", "vendor")
_HUGO_FOLDER = "config/_default"
_GITLAB_FILE = ".gitlab-ci.yml"
_GITLAB_ADDRESS = re.compile(r"(?:@|//|\.)gitlab[\w.-]*[:/]", re.IGNORECASE)


def _read_hugo_markup(folder: Path, boundary: Path) -> str:
    """What Hugo's settings of Markdown say that have a file of their own, beside the others or in their folder."""
    places = (folder, folder / _HUGO_FOLDER)
    found = (place / f"markup.{ending}" for place in places for ending in ("toml", "yaml", "yml", "json"))
    return "".join(f"\n{text}" for path in found if (text := _read_text(path, boundary)))


def find_renderer(root: Path, git_root: Path | None) -> Sign:
    """What renders the Markdown below a folder: the nearest site generator or vault, else the repository's host.

    Looked for in the folder and those above it to the top of the repository, then in those right
    below them, then one deeper; of several below, one whose folder holds most of the Markdown comes before
    nearer ones. GitHub is assumed where nothing tells.
    """
    boundary = find_boundary(root, git_root)
    above = [folder for folder in (root, *root.parents) if folder == boundary or boundary in folder.parents]
    for folder in (*above, *(folder / _HUGO_FOLDER for folder in above)):
        if sign := _find_sign(folder, root, boundary):
            return sign
    below = _list_below(above)
    signs = {folder: _find_sign(folder, root, boundary) for folder in (*below, *_list_below(below))}
    if told := {folder: sign for folder, sign in signs.items() if sign}:
        return told[_find_main_folder(root, git_root, list(told))]
    if any((folder / _GITLAB_FILE).is_file() for folder in above):
        return Sign("gitlab", _GITLAB_FILE)
    if git_root and any(map(_GITLAB_ADDRESS.search, list_remotes(git_root))):
        return Sign("gitlab", "git's remote")
    return Sign("github", "")


def _find_sign(folder: Path, root: Path, boundary: Path) -> Sign | None:
    """What the files right in a folder tell."""
    names = _list_names(folder) if is_inside(folder, boundary) else []

    def name_place(name: str) -> str:
        return os.path.relpath(folder / name, root).replace(os.sep, "/")

    for pattern, tell in _SIGNS:
        for name in filter(pattern.fullmatch, names):
            text = _read_text(folder / name, boundary)
            if tell in (_tell_hugo, _tell_old_hugo) and text is not None:
                text += _read_hugo_markup(folder, boundary)
            if text is not None and (renderer := tell(text)):
                return Sign(renderer, name_place(name))
    told = (Sign(renderer, name_place(name)) for name, renderer in _FOLDERS.items() if name in names)
    return next(told, None)


def _find_main_folder(root: Path, git_root: Path | None, folders: Sequence[Path]) -> Path:
    """The first of some folders that holds more than half of the Markdown, else the first."""
    if len(folders) == 1:
        return folders[0]
    config = Config(root=root, git_root=git_root, extensions=(".md", ".mdx"))
    pages = [root / entry.path for entry in list_card_files(config)]
    main = (folder for folder in folders if sum(folder in page.parents for page in pages) * 2 > len(pages))
    return next(main, folders[0])


# The address of a site, or the path of it, in the settings of each generator.
_BASE = re.compile(
    r"(?:^|[{,])[ \t]*[\"']?(?:baseUrl|base|baseurl|baseURL|site_url)[\"']?[ \t]*[:=][ \t]*[\"']?(?:https?://[^/\s\"']+)?(/[\w.~/-]*)",
    re.MULTILINE,
)


def find_base(root: Path, sign: Sign) -> str:
    """Where on its host the site lies, as its settings say: `/handbook/`; "" at the top, or where that is not said."""
    found = _BASE.search(_read_settings(root, sign)[1])
    base = found[1].strip("/") if found else ""
    return f"/{base}/" if base else ""


def _read_settings(root: Path, sign: Sign) -> tuple[Path, str]:
    """The file that tells of a renderer, of VitePress that in its folder, with its text; "" without one."""
    path = root / sign.place
    if _FOLDERS.get(path.name) == "vitepress":
        path = next((path / name for name in _list_names(path) if name.startswith("config.")), path)
    text = _read_text(path, find_boundary(path.parent, None)) if sign.place else None
    return path, text or ""


# Pages that are none: VitePress's and Sphinx's list of patterns, and the folder that VitePress counts them from.
_EXCLUDED = re.compile(r"\b(?:srcExclude|exclude_patterns)\s*[:=]\s*\[([^\[\]]*)\]")
_SOURCE_FOLDER = re.compile(r"\bsrcDir\s*:\s*[\"'](?:\./)?([^\"']+)[\"']")


def list_excluded(root: Path, sign: Sign) -> list[str]:
    """Patterns of the Markdown files that the settings of a site name as no pages of it."""
    path, text = _read_settings(root, sign)
    found = _EXCLUDED.search(text)
    if found is None:
        return []
    folder = path.parent.parent if sign.renderer == "vitepress" else path.parent
    source = _SOURCE_FOLDER.search(text)
    place = os.path.relpath(folder / (source[1] if source else ""), root).replace(os.sep, "/")
    prefix = "" if place == "." else f"{place}/"
    named = re.findall(r"[\"']([^\"'\n]+)[\"']", found[1])
    return [
        f"{prefix}{one.removeprefix('./')}" for one in named if one.endswith((".md", ".mdx", "/**", "/*"))
    ]


def _list_below(folders: Iterable[Path]) -> list[Path]:
    paths = [folder / name for folder in folders for name in _list_names(folder) if name not in _ASIDE]
    return [path for path in paths if path.name[0] != "." and path.is_dir() and not path.is_symlink()]


def _list_names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _read_text(path: Path, boundary: Path) -> str | None:
    """The beginning of a file, None for what is none or leads out of the repository."""
    try:
        if not path.is_file():
            return None
        with open(resolve_inside(path, boundary), "rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")
    except (OSError, KbError):
        return None
