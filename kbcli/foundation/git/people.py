"""People as git knows them: the user, the names that `.mailmap` joins, and who signed a commit.

A signature counts where git itself finds it good by keys that the user trusts. Git runs `gpg` or
`ssh-keygen` for that: those on the PATH, with the user's own settings. No program and no list of
keys that the repository or its config names is used.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kbcli.errors import GitError
from kbcli.foundation.disk.paths import is_inside
from kbcli.foundation.git.objects import iterate_objects
from kbcli.foundation.git.process import ask_git, name_other_tree, run_git
from kbcli.foundation.typed import NamedTuple, compile_late

CONTROL = compile_late(r"[\x00-\x1f\x7f]+")
MAILMAP = ".mailmap"
# With one of these git would not read a person back as it is.
_UNSAFE = compile_late(r"[<>\n\r\0]")
_PROGRAMS = (
    *("-c", "gpg.program=gpg", "-c", "gpg.openpgp.program=gpg", "-c", "gpg.x509.program=gpgsm"),
    *("-c", "gpg.ssh.program=ssh-keygen"),
)
_KEY_FILES = ("gpg.ssh.allowedSignersFile", "gpg.ssh.revocationFile")
_OWN_SCOPES = frozenset(("system", "global", "command"))
# Good, and good by a key whose owner the user has not vouched for, though it is one of the user's keys.
_GOOD = frozenset(("G", "U"))


class Person(NamedTuple):
    """A name and an e-mail address as a commit, a trailer, a card or git's settings give them; either may be empty."""

    name: str = ""
    email: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name and self.email else self.email or self.name


def find_identity(folder: Path) -> Person:
    """Who git says the user is: GIT_AUTHOR_NAME and _EMAIL, else author.* and user.* of git's settings."""
    output = ask_git(folder, "config", "-z", "--get-regexp", r"^(user|author)\.(name|email)$") or b""
    lines = (entry.partition("\n") for entry in output.decode("utf-8", "replace").split("\0"))
    settings = {key: value for key, _, value in lines}
    name, email = (
        os.environ.get(f"GIT_AUTHOR_{part.upper()}")
        or settings.get(f"author.{part}")
        or settings.get(f"user.{part}", "")
        for part in ("name", "email")
    )
    return Person(CONTROL.sub(" ", name).strip(), CONTROL.sub("", email).strip())


def map_people(folder: Path, people: Iterable[Person], top: Path | None = None) -> Mapping[Person, Person]:
    """Each person with an e-mail address, as the repository's own `.mailmap` calls them. Never raises.

    A mailmap of this machine's git settings is not used: the answer must be the same in CI. `top`
    is a folder whose `.mailmap` is to be read in place of the work tree's.
    """
    asked = sorted({person for person in people if person.email and not _UNSAFE.search("".join(person))})
    if not asked:
        return {}
    lines = "".join(f"{person.name} <{person.email}>\n".lstrip() for person in asked)
    try:
        other = () if top is None else name_other_tree(folder, top)
        command = (*other, "-c", "mailmap.file=", "-c", "mailmap.blob=", "check-mailmap", "--stdin")
        output = run_git(top or folder, *command, data=lines.encode("utf-8", "surrogateescape"))
    except GitError:
        return {}
    answers = output.decode("utf-8", "replace").split("\n")[:-1]
    if len(answers) != len(asked):
        return {}
    found = (answer.rpartition("<") for answer in answers)
    names = (Person(name.strip(), email.rstrip(">").strip()) for name, _, email in found)
    return dict(zip(asked, names, strict=True))


def find_signers(folder: Path, commits: Iterable[str]) -> dict[str, str]:
    """By commit ID, the signer as the key names them (`Name <email>`, or an address). Never raises.

    A commit without a signature, or with one that is not good, has none; so has every one where
    the user has no keys to judge by, or the program is missing.
    """
    try:
        signed = dict(_find_signed(folder, sorted(set(commits))))
        files = _find_key_files(folder) if "SSH" in signed.values() else {}
        usable = {"SSH": bool(files.get(_KEY_FILES[0])), "PGP": _has_keyring()}
        chosen = [commit for commit, kind in signed.items() if usable[kind]]
        if not chosen:
            return {}
        settings = [word for name in _KEY_FILES for word in ("-c", f"{name}={files.get(name, '')}")]
        command = ("log", "--no-walk=unsorted", "-z", "--format=%H%x00%G?%x00%GS", "--stdin")
        commits_asked = "".join(f"{commit}\n" for commit in chosen).encode("ascii")
        output = run_git(folder, *_PROGRAMS, *settings, *command, data=commits_asked)
    except GitError:
        return {}
    words = output.decode("utf-8", "replace").split("\0")
    rows = zip(words[::3], words[1::3], words[2::3], strict=False)
    return {commit: signer for commit, verdict, signer in rows if verdict in _GOOD and signer}


def _find_signed(folder: Path, commits: list[str]) -> Iterator[tuple[str, str]]:
    """The commits that carry a signature, with its kind: SSH, or PGP (also for X.509, which has gpg's keys)."""
    for commit, _, data in iterate_objects(folder, commits):
        header = data.partition(b"\n\n")[0]
        if b"\ngpgsig" in header:
            yield commit, "SSH" if b"-----BEGIN SSH SIGNATURE-----" in header else "PGP"


def _find_key_files(folder: Path) -> dict[str, str]:
    """The user's lists of trusted and revoked SSH keys; one that lies in the repository is what is judged, so none."""
    top = Path(os.fsdecode(run_git(folder, "rev-parse", "--show-toplevel")).removesuffix("\n"))
    found: dict[str, str] = {}
    for name in _KEY_FILES:
        output = ask_git(folder, "config", "-z", "--show-scope", "--type=path", "--get-all", name)
        words = os.fsdecode(output or b"").split("\0")
        for scope, path in zip(words[::2], words[1::2], strict=False):
            if scope in _OWN_SCOPES and os.path.isabs(path) and not is_inside(path, top):
                found[name] = path
    return found


def _has_keyring() -> bool:
    """Whether the user has GnuPG's folder: asked without one, gpg would make it."""
    named = os.environ.get("GNUPGHOME")
    usual = os.path.join(os.environ.get("APPDATA", ""), "gnupg") if os.name == "nt" else "~/.gnupg"
    return os.path.isdir(named or os.path.expanduser(usual))
