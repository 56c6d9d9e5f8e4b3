"""What a command may load: start-up is what people feel all day."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "typer", "rich", "whoosh", "git", "frontmatter", "yaml", "tomlkit", "markdown_it", "babel",
    "jinja2", "asyncio", "urllib.request", "xml", "hypothesis", "pydantic", "click", "gitdb",
    "mcp", "starlette", "uvicorn", "watchfiles", "anyio", "slack_bolt", "slack_sdk",
}  # fmt: skip


def list_modules(arguments: list[str], folder: Path) -> set[str]:
    """The modules that a run of kb has loaded when it ends."""
    code = (
        "import sys\nfrom kbcli.__main__ import main\n"
        f"main({arguments!r})\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return set(process.stderr.split())


@pytest.fixture
def warm_base(tmp_path: Path) -> Path:
    """A small knowledge base whose index is built."""
    (tmp_path / "kb.toml").write_text('lang = "en"\n')
    (tmp_path / "limits.md").write_text("---\ntitle: Rate limits\n---\n\nWait a minute, then try again.\n")
    list_modules(["search", "limits"], tmp_path)
    return tmp_path


def test_version_loads_nothing(tmp_path: Path) -> None:
    """`kb --version` loads none of the heavy libraries and only a handful of kb's own modules."""
    loaded = list_modules(["--version"], tmp_path)
    assert not loaded & HEAVY
    assert {name for name in loaded if name.startswith("kbcli")} <= {"kbcli", "kbcli.__main__"}


def test_help_loads_no_library_but_typer(tmp_path: Path) -> None:
    """`kb --help` needs Typer, and nothing of what the commands need."""
    loaded = list_modules(["--help"], tmp_path)
    assert not loaded & (HEAVY - {"typer"})


def test_warm_search_loads_no_library(warm_base: Path) -> None:
    """A search with a warm index loads neither Typer nor Whoosh, YAML or rich."""
    loaded = list_modules(["search", "limits"], warm_base)
    assert "kbcli.knowledge.search.engine" in loaded
    assert not loaded & HEAVY
    assert not [name for name in loaded if name.startswith("kbcli.support")]


def test_a_search_where_tickets_are_linked_reads_no_lines_again(warm_base: Path) -> None:
    """What use makes of cards is remembered: a warm search loads nothing that reads lines, also after a new one."""
    list_modules(["link", "7", "limits"], warm_base)
    loaded = list_modules(["search", "limits"], warm_base)
    assert "kbcli.support.links.use" in loaded
    assert "kbcli.support.links.lines" not in loaded
    assert not loaded & HEAVY


def test_a_door_that_stays_open_loads_no_engine() -> None:
    """What `kb serve` and `kb mcp` hold a base open with knows engines only where one is set."""
    code = "import sys, kbcli.operations.live, kbcli.operations.public\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "kbcli.knowledge.index.holding" in loaded
    assert not [name for name in loaded if name.startswith("kbcli.knowledge.index.opensearch.")]


def test_warm_search_reads_no_toml_again(warm_base: Path) -> None:
    """What kb.toml and synonyms.toml said is remembered: neither `tomllib` nor `typing` is loaded."""
    (warm_base / "synonyms.toml").write_text('"quota" = "limits"\n')
    list_modules(["search", "quota"], warm_base)
    loaded = list_modules(["search", "quota"], warm_base)
    assert "kbcli.knowledge.search.synonyms" in loaded
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert not (loaded - set(bare.stdout.split())) & {"tomllib", "typing"}


def test_both_parsers_answer_the_same(warm_base: Path) -> None:
    """The light parser and Typer read one definition of the flags: both ways give the same answer."""
    given = ["search", "limits", "--limit", "3", "--format", "json", "--tag", "x", "--no-trust-ranking"]
    code = (
        "import sys\nfrom kbcli.doors.cli.app import _run_typer\nfrom kbcli.doors.cli.session import Session\n"
        f"sys.exit(_run_typer({given!r}, Session(command='search')))"
    )
    light = subprocess.run(
        [sys.executable, "-m", "kbcli", *given], cwd=warm_base, capture_output=True, check=False
    )
    full = subprocess.run([sys.executable, "-c", code], cwd=warm_base, capture_output=True, check=False)
    assert (light.returncode, light.stdout) == (full.returncode, full.stdout)
    assert b'"hits"' in light.stdout


@pytest.mark.parametrize(
    ("arguments", "most"),
    [(["search", "limits"], 45), (["verify", "limits", "--yes", "--by", "ana@x.example"], 35)],
)
def test_a_command_enters_few_files(arguments: list[str], most: int, warm_base: Path) -> None:
    """Whoever follows a search with a warm index, or a verification, through the code meets functions of few files."""
    script = (
        "import sys\nentered = set()\n"
        "def note(frame, event, _):\n"
        "    code = frame.f_code\n"
        "    is_function = code.co_flags & 1  # no body of a module or a class\n"
        "    if event == 'call' and is_function and '/kbcli/' in code.co_filename.replace('\\\\', '/'):\n"
        "        entered.add(code.co_filename)\n"
        f"sys.argv = ['kb', *{arguments!r}]\nsys.setprofile(note)\n"
        "from kbcli.__main__ import main\nmain()\nsys.setprofile(None)\n"
        "print('\\n'.join(sorted(entered)), file=sys.stderr)"
    )
    subprocess.run(["git", "init", "-q"], cwd=warm_base, check=True)
    list_modules(["search", "limits"], warm_base)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=warm_base, capture_output=True, text=True, check=True
    )
    entered = [line for line in done.stderr.splitlines() if line.endswith(".py")]
    assert 20 < len(entered) <= most, entered
