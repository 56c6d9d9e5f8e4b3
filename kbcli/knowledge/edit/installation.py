"""Where this kb was installed from, so that another machine can install the same: the only place that knows."""

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit

from kbcli.errors import RefusedError
from kbcli.foundation.git.worktree import find_published_commit

DISTRIBUTION = "kb-support"
"""What pip calls kb. Nobody has published it: by this name alone somebody else's program would be installed."""

_SSH = re.compile(r"(?:ssh://(?:[^@/]+@)?([\w.-]+)/|(?:[\w.-]+@)?([\w.-]+\.[\w-]+):(?!/))([^:]+)")
_NAMED = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\s*\[([^]]*)\])?(\s*[@<>=!~;].*)?")
_PATH = re.compile(r"(.*?)(?:\[([^]]*)\])?()")
_PLAIN = re.compile(r"[\w.~/@:+%-]+", re.ASCII)


def find_requirement() -> str:
    """What pip installs the same kb from: `git+URL@COMMIT`; "" when that is not known.

    It is what pip wrote down when it installed this one (PEP 610), or of a checkout its origin and commit.
    """
    try:
        noted = json.loads(distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return ""
    url, version_control = noted.get("url", ""), noted.get("vcs_info", {})
    if version_control.get("vcs") == "git":
        return _compose(url, version_control.get("commit_id", ""))
    if "dir_info" not in noted:
        return ""
    from urllib.request import url2pathname

    folder = Path(url2pathname(urlsplit(url).path))
    return _compose(*find_published_commit(folder)) if (folder / "kbcli").is_dir() else ""


def check_requirement(requirement: str) -> str:
    """A requirement for pip that somebody named. Raises RefusedError where it could be anything more."""
    if not requirement.isprintable() or requirement.startswith("-") or "${{" in requirement:
        raise RefusedError(
            f"“{requirement}” is nothing to install", "Name one requirement of pip, or a path such as ./kb."
        )
    return requirement


def add_extra(requirement: str, extra: str) -> str:
    """The requirement with an extra of kb's, whatever its form: an address, a path, or a name with or without a version."""
    found = _NAMED.fullmatch(requirement)
    if found is None and "://" in requirement:
        return f"{DISTRIBUTION}[{extra}] @ {requirement}"
    found = found or _PATH.fullmatch(requirement)
    place, extras, rest = found.groups("") if found else (requirement, "", "")
    wanted = dict.fromkeys([*extras.replace(" ", "").split(","), extra])
    return f"{place}[{','.join(filter(None, wanted))}]{rest}"


def _compose(url: str, commit: str) -> str:
    """`git+https://HOST/PATH@COMMIT`, without a name or password; "" for an address of this machine only."""
    scheme, _, rest = url.partition("://")
    if scheme == "https":
        host, slash, path = rest.partition("/")
        address = host.rpartition("@")[2] + slash + path
    else:
        ssh = _SSH.fullmatch(url)
        address = f"{ssh[1] or ssh[2]}/{ssh[3]}" if ssh else ""
    whole = f"git+https://{address}@{commit}"
    return whole if address and commit and _PLAIN.fullmatch(whole) else ""
