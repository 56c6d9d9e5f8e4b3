"""The files that kb carries along: the starter knowledge base and the manual."""

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
