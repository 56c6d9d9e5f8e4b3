"""kb: support knowledge as verified Markdown cards in a git repository.

Floors, each importing only what stands below it:
doors       ways in: the command line, Python
render      results → text, JSON, pages
operations  what kb can do, one file each
knowledge   edit, evals, search, index, reports, gate, past, likeness, trust, cards
config      what kb.toml says
foundation  disk, git, text, Markdown, web links: they know nothing of cards
errors
"""

__version__ = "0.1.0"
__all__ = ["KnowledgeBase", "__version__"]

# Not that of `typing`, which takes longer to load than all that `kb --version` does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from kbcli.doors.python import KnowledgeBase


def __getattr__(name: str) -> object:
    """`KnowledgeBase`, loaded when somebody asks for it."""
    if name != "KnowledgeBase":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return import_module("kbcli.doors.python").KnowledgeBase
