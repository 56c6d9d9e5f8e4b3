"""The files that kb carries along: the starter knowledge base, the manual, the first cards."""

from importlib.resources import files
from pathlib import Path

from kbcli.errors import KbError

MANUAL_FOLDER = "manual"


def find_content() -> Path:
    """The folder of the starter knowledge base, with the manual in `manual/`.

    It lies in the package where kb was installed from a wheel, beside the package in a checkout.
    Raises KbError when the installation has lost it.
    """
    package = Path(str(files("kbcli")))
    for candidate in (package / "content", package.parent / "content"):
        if (candidate / "kb.toml").is_file():
            return candidate
    raise KbError(
        f"this installation of kb lacks its own content (looked in {package})",
        "Install kb again.",
    )


def find_first_cards() -> Path:
    """The folder of the cards that a new knowledge base begins with."""
    return Path(str(files("kbcli"))) / "knowledge" / "edit" / "first_cards"


def list_markdown(folder: Path) -> list[str]:
    """The Markdown files below a folder as POSIX paths relative to it, sorted; [] when there is none."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
