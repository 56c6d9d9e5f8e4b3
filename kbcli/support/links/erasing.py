"""Taking lines about tickets out of the files, where an erasure asks for it: the one time that lines are not only added."""

from collections.abc import Container
from pathlib import Path

from kbcli.errors import RefusedError
from kbcli.foundation.disk.files import replace_file
from kbcli.support.links import list_files
from kbcli.support.links.lines import read_objects


def erase_lines(root: Path, boundary: Path, tickets: Container[str]) -> tuple[list[str], int]:
    """Take out the lines about these tickets, those too that undo one; the files, and how many lines.

    Git keeps what was committed. Raises RefusedError where a file cannot be written.
    """
    files: list[str] = []
    count = 0
    for path in list_files(root, boundary):
        numbers = {
            number
            for number, found in read_objects(root / path)
            if isinstance(found, dict) and found.get("ticket") in tickets
        }
        if not numbers:
            continue
        try:
            data = (root / path).read_bytes()
            kept = [line for number, line in enumerate(data.split(b"\n"), 1) if number not in numbers]
            replace_file(root / path, b"\n".join(kept), expected=data)
        except OSError as error:
            raise RefusedError(
                f"{path} cannot be written: {error.strerror}", "Erase its lines by hand."
            ) from error
        files.append(path)
        count += len(numbers)
    return files, count
