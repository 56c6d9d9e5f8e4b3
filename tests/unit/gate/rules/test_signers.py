"""The rule unattested and signatures: whoever signed the commit vouches, where git says that they did."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbcli.foundation.git.people import find_signers

from .conftest import BOB, Repo

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
needs_gpg = pytest.mark.skipif(
    shutil.which("gpg") is None or os.name != "posix",
    reason="gpg is not installed, or keeps its keys elsewhere",
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Ada's SSH key; its public part lies beside it."""
    path = tmp_path / "ada"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path


@pytest.fixture
def keyring() -> Iterator[Path]:
    """A folder for gpg, whose path leaves room for the name of a socket."""
    with tempfile.TemporaryDirectory(prefix="kb", dir="/tmp" if Path("/tmp").is_dir() else None) as name:
        yield Path(name)


def trust(key: Path, who: str = "ada@example.org") -> Path:
    """A list that says whose a key is."""
    words = key.with_suffix(".pub").read_text().split()
    path = key.parent / "allowed"
    path.write_text(f"{who} {words[0]} {words[1]}\n")
    return path


def set_up(home: Path, **settings: str | Path) -> None:
    """Put settings of `gpg.ssh` into the user's own git config."""
    with (home / ".gitconfig").open("a") as stream:
        stream.write('[gpg "ssh"]\n' + "".join(f"\t{name} = {value}\n" for name, value in settings.items()))


def sign(repo: Repo, key: str | Path, *settings: str) -> str:
    """Bob commits that Ada verified, signed with a key."""
    repo.card(verified=None, verified_by=None)
    repo.commit("Add", author=BOB)
    repo.card()
    repo.git("add", "-A")
    form = ("-c", "gpg.format=ssh") if isinstance(key, Path) else ()
    repo.git(*form, "-c", f"user.signingKey={key}", "commit", "-q", "-S", "-m", "Verify a", author=BOB)
    return repo.git("rev-parse", "HEAD")


def alter(repo: Repo, commit: str) -> None:
    """Put another message under the signature of a commit."""
    repo.write("../altered", repo.git("cat-file", "commit", commit).replace("Verify a", "Verify b") + "\n")
    repo.git("update-ref", "HEAD", repo.git("hash-object", "-t", "commit", "-w", "../altered"))


def is_found(repo: Repo) -> bool:
    """Whether the card is unattested."""
    return [found.rule for found in repo.find("unattested")] == ["unattested"]


@needs_ssh
def test_a_signer_vouches_where_the_user_trusts_the_key(
    repo: Repo, key: Path, isolated_environment: Path
) -> None:
    """Ada neither wrote nor committed it; her signature counts from when the user's own list says that it is hers."""
    commit = sign(repo, key)
    assert is_found(repo)
    set_up(isolated_environment, allowedSignersFile=trust(key))
    assert find_signers(repo.root, [commit]) == {commit: "ada@example.org"}
    assert not is_found(repo)


@needs_ssh
def test_a_signature_says_who_and_not_more(repo: Repo, key: Path, isolated_environment: Path) -> None:
    """A good signature of somebody else attests nothing, until .mailmap says that they are Ada."""
    sign(repo, key)
    set_up(isolated_environment, allowedSignersFile=trust(key, "adabyron@home.net"))
    assert is_found(repo)
    repo.write(".mailmap", "Ada Example <ada@example.org> <adabyron@home.net>\n")
    assert not is_found(repo)


@needs_ssh
def test_a_key_nobody_trusts_and_a_commit_that_was_altered_prove_nothing(
    repo: Repo, key: Path, tmp_path: Path, isolated_environment: Path
) -> None:
    """Another key than the one on the list, one that was revoked, and a signature of another text do not count."""
    commit = sign(repo, key)
    allowed = trust(key)
    set_up(isolated_environment, allowedSignersFile=allowed)
    alter(repo, commit)
    assert is_found(repo)
    repo.git("update-ref", "HEAD", commit)
    assert not is_found(repo)
    set_up(isolated_environment, revocationFile=key.with_suffix(".pub"))
    assert is_found(repo)
    (isolated_environment / ".gitconfig").write_text("")
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    set_up(isolated_environment, allowedSignersFile=trust(other))
    assert is_found(repo)


@needs_ssh
@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for a program")
def test_the_repository_names_neither_keys_nor_programs(
    repo: Repo, key: Path, tmp_path: Path, isolated_environment: Path
) -> None:
    """A list of keys in the repository, or named by its config, is not trusted; a program of its config is not run."""
    sign(repo, key)
    allowed = trust(key)
    repo.git("config", "gpg.ssh.allowedSignersFile", str(allowed))
    assert is_found(repo)
    inside = repo.root / "allowed"
    inside.write_bytes(allowed.read_bytes())
    for path in (inside, "allowed", "../allowed"):
        (isolated_environment / ".gitconfig").write_text("")
        set_up(isolated_environment, allowedSignersFile=path)
        assert is_found(repo)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    for name in ("gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.x509.program"):
        repo.git("config", name, str(program))
    (isolated_environment / ".gitconfig").write_text("")
    set_up(isolated_environment, allowedSignersFile=allowed)
    assert not is_found(repo)
    assert not (tmp_path / "ran").exists()


@needs_ssh
@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_without_the_program_a_signature_does_not_count(
    repo: Repo, key: Path, tmp_path: Path, isolated_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without ssh-keygen says the same as one without the key, and does not fail."""
    sign(repo, key)
    set_up(isolated_environment, allowedSignersFile=trust(key))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert is_found(repo)


@needs_gpg
def test_a_pgp_signature_counts_where_the_user_has_its_key(
    repo: Repo, keyring: Path, isolated_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in the user's keyring names the signer, also one that nobody certified; a bad signature, and one by a key that is not there, do not; no keyring is made."""
    monkeypatch.setenv("GNUPGHOME", str(keyring))
    subprocess.run(
        ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "Ada Example <ada@example.org>", "ed25519", "sign"],
        check=True, capture_output=True,
    )  # fmt: skip
    try:
        commit = sign(repo, "ada@example.org")
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
    assert not is_found(repo)
    alter(repo, commit)
    assert is_found(repo)
    repo.git("update-ref", "HEAD", commit)
    (keyring / "trustdb.gpg").unlink()
    assert not is_found(repo)
    (keyring / "pubring.kbx").unlink()
    assert is_found(repo)
    monkeypatch.delenv("GNUPGHOME")
    assert is_found(repo)
    assert not (isolated_environment / ".gnupg").exists()


def test_without_a_signature_there_is_no_signer(repo: Repo) -> None:
    """Neither for commits that carry none, nor for those that are not there, nor outside of git."""
    repo.card()
    commit = repo.commit("Verify")
    assert find_signers(repo.root, [commit, "0" * 40]) == {}
    assert find_signers(repo.root.parent, [commit]) == {}
