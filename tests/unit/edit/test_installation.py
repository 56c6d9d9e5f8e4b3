"""Where a machine elsewhere can install this kb from."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from kbcli.errors import RefusedError
from kbcli.knowledge.edit import installation
from kbcli.knowledge.edit.installation import add_extra, check_requirement, find_requirement

COMMIT = "4f1c2ab09d" * 4


def note(monkeypatch: pytest.MonkeyPatch, noted: object) -> None:
    """Let pip have written this down when it installed kb."""
    text = noted if noted is None else json.dumps(noted)
    wheel = SimpleNamespace(read_text=lambda _name: text)
    monkeypatch.setattr(installation, "distribution", lambda _name: wheel)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://git.example.org/us/kb.git", "https://git.example.org/us/kb.git"),
        ("https://ada:secret@git.example.org/us/kb", "https://git.example.org/us/kb"),
        ("ssh://git@git.example.org/us/kb.git", "https://git.example.org/us/kb.git"),
        ("git@git.example.org:us/kb.git", "https://git.example.org/us/kb.git"),
        ("https://git.example.org/us/kb?token=secret", ""),
        ("https://git.example.org/us/kb$(id)", ""),
        ("ssh://git@git.example.org:2222/us/kb.git", ""),
        ("file:///srv/kb.git", ""),
        ("/srv/kb.git", ""),
        ("../kb.git", ""),
        ("C:/srv/kb.git", ""),
        ("work:kb.git", ""),
        ("http://git.example.org/kb", ""),
        ("", ""),
    ],
)
def test_a_kb_from_git_names_its_address_and_commit(
    monkeypatch: pytest.MonkeyPatch, url: str, address: str
) -> None:
    """What a stranger can reach is named, by https and without a password; anything else is not known."""
    note(monkeypatch, {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}})
    assert find_requirement() == (f"git+{address}@{COMMIT}" if address else "")


def test_a_checkout_names_its_origin_once_the_origin_has_the_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A commit that only this machine has can be installed nowhere else, so it is not named."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    (tmp_path / "kbcli").mkdir()
    (tmp_path / "kbcli" / "__init__.py").touch()
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "Begin")
    git("remote", "add", "origin", "git@git.example.org:us/kb.git")
    note(monkeypatch, {"url": tmp_path.as_uri(), "dir_info": {"editable": True}})
    assert find_requirement() == ""
    commit = git("rev-parse", "HEAD")
    git("update-ref", "refs/remotes/origin/main", commit)
    assert find_requirement() == f"git+https://git.example.org/us/kb.git@{commit}"


@pytest.mark.parametrize("noted", [None, {"url": "https://files.example.org/kb.whl", "archive_info": {}}, {}])
def test_a_kb_from_elsewhere_is_not_known(monkeypatch: pytest.MonkeyPatch, noted: object) -> None:
    """From a wheel, or where nothing was written down, kb does not guess."""
    note(monkeypatch, noted)
    assert find_requirement() == ""


@pytest.mark.parametrize(
    "text", ["--index-url=https://evil.example.org", "kb\nrun: id", "${{ secrets.KEY }}"]
)
def test_what_is_no_requirement_is_refused(text: str) -> None:
    """An option, a further line or an expression of GitHub never gets into a workflow."""
    with pytest.raises(RefusedError):
        check_requirement(text)


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("git+https://git.example.org/us/kb@v1", "kb-support[site] @ git+https://git.example.org/us/kb@v1"),
        ("https://files.example.org/kb.whl", "kb-support[site] @ https://files.example.org/kb.whl"),
        ("kb-support @ git+https://git.example.org/kb", "kb-support[site] @ git+https://git.example.org/kb"),
        ("kb-support[slack, site]==1.0", "kb-support[slack,site]==1.0"),
        ("kb-support>=1,<2", "kb-support[site]>=1,<2"),
        ("kb-support", "kb-support[site]"),
        ("./kb", "./kb[site]"),
        ("tools/our kb/[mcp]", "tools/our kb/[mcp,site]"),
    ],
)
def test_an_extra_is_added_to_any_requirement(requirement: str, wanted: str) -> None:
    """Addresses, paths and names with versions or extras all get it, once."""
    assert add_extra(requirement, "site") == wanted
