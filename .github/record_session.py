"""Records .github/session.svg: runs kb on content/ and draws what it printed. Run it from the top of a checkout.

python .github/record_session.py
"""

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 92
COMMANDS = (
    ["search", "customer gets 429", "--limit", "2"],
    ["search", "Umlaute kaputt nach Import", "--limit", "1"],
    ["show", "api/too-many-requests"],
    ["check"],
)
LINES = {"show": 16}


def record(arguments: list[str]) -> str:
    """What kb prints on a terminal of WIDTH columns, colours included."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "PAGER": "cat"}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        [sys.executable, "-m", "kbcli", *arguments, "--format", "table"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    lines = done.stdout.rstrip("\n").split("\n")
    most = LINES.get(arguments[0])
    return "\n".join(lines if most is None or len(lines) <= most else [*lines[:most], "…"])


def main() -> None:
    """Write the picture."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, force_terminal=True, file=nowhere)
        for arguments in COMMANDS:
            shown = " ".join(f"'{part}'" if " " in part else part for part in arguments)
            console.print(Text.assemble(("$ ", "bold green"), (f"kb {shown}", "bold")))
            console.print(Text.from_ansi(record(arguments)))
            console.print()
        Path(".github/session.svg").write_text(console.export_svg(title="kb"), encoding="utf-8")


if __name__ == "__main__":
    main()
