"""Where the traceback of a bug goes, so that a user sees one line and a maintainer all of it."""

import os
import platform
import sys
import traceback
from datetime import UTC, datetime

from kbcli import __version__


def write_bug_log(error: Exception) -> str:
    """Write the traceback with versions to the user's log folder and return its path ("" if that fails).

    The command line is left out: it may hold what a customer said.
    """
    import platformdirs

    folder = platformdirs.user_log_dir("kb", appauthor=False)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = os.path.join(folder, f"bug-{stamp}-{os.getpid()}.log")
    text = "".join(traceback.format_exception(error))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(path, "x", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"kb {__version__}, Python {sys.version}, {platform.platform()}\n\n{text}")
    except OSError:
        return ""
    return path
