"""No path leads out of the repository."""

import os

import pytest

from kbcli.errors import OutsidePathError
from kbcli.foundation.disk.paths import find_boundary, is_inside, resolve_inside

pytestmark = pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")


@pytest.fixture
def base(tmp_path):
    """A repository with links that lead in, out and nowhere."""
    root = tmp_path / "repo"
    (root / "kb").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "card.md").write_text("x")
    (tmp_path / "secret.md").write_text("x")
    (tmp_path / "repo-twin").mkdir()
    (root / "in.md").symlink_to("card.md")
    (root / "out.md").symlink_to("../secret.md")
    (root / "outdir").symlink_to("..")
    (root / "loop").symlink_to("loop")
    (root / "hooks").symlink_to(".git")
    return root


@pytest.mark.parametrize("name", ["card.md", "kb", "in.md", "kb/new/deep.md", "kb/../card.md", "."])
def test_what_lies_inside_is_inside(base, name):
    """Files, new names and links that stay within are let through."""
    assert is_inside(base / name, base)
    assert resolve_inside(base / name, base).is_relative_to(base.resolve())


@pytest.mark.parametrize(
    "name",
    [
        "out.md",
        "outdir/secret.md",
        "../secret.md",
        "../repo-twin",
        "loop/x/../../..",
        ".git/hooks/x",
        "hooks/x",
        "a\0b",
        "/etc",
    ],
)
def test_what_leads_out_is_refused(base, name):
    """Links, dots, absolute paths, NULs and git's own folder are refused, whether or not they exist."""
    assert not is_inside(base / name, base)
    with pytest.raises(OutsidePathError):
        resolve_inside(base / name, base)


def test_the_git_root_is_the_boundary(base):
    """A knowledge base in a repository may reach the whole of it, one outside of git only itself."""
    assert find_boundary(base / "kb", base) == base
    assert find_boundary(base / "kb", None) == base / "kb"
