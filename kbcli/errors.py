"""What can stop kb from doing its job. Bad content is never an error: it is a finding."""

from collections.abc import Iterator
from contextlib import contextmanager


class KbError(Exception):
    """The job cannot be done: `message` says what is wrong, `hint` the next step.

    `exit_code` is the process's exit status (3 unless a subclass says otherwise).
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(KbError):
    """The command line asks for something that has no meaning (exit 2)."""

    exit_code = 2


class ConfigError(KbError):
    """kb.toml, the environment or a flag holds a value kb cannot use."""


class NoKnowledgeBaseError(KbError):
    """No kb.toml was found where one was looked for."""


class CardNotFoundError(KbError):
    """No card, or more than one, answers to the reference; `candidates` are the nearest IDs."""

    def __init__(self, message: str, hint: str = "", candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.candidates = candidates


class RefusedError(KbError):
    """A write was refused, and the file left as it was, because it could not be done cleanly."""


class ChangedFileError(RefusedError):
    """A file is no longer what was read from it: whoever can plan anew may try again."""


class OutsidePathError(KbError):
    """A path leads out of the repository (or the knowledge base), and is neither read nor written."""


class GitError(KbError):
    """Git is missing, or refused what was asked of it."""


class GitUnusableError(GitError):
    """Git is not there, or (`is_refusal`) will not look at a repository that belongs to somebody else."""

    def __init__(self, message: str, hint: str = "", *, is_refusal: bool = False) -> None:
        super().__init__(message, hint)
        self.is_refusal = is_refusal


@contextmanager
def need_extra(what: str, extra: str) -> Iterator[None]:
    """Within it optional packages are imported. Raises KbError, which says what needs which extra, where one is not there."""
    try:
        yield
    except ImportError as error:
        if (error.name or "").startswith("kbcli"):
            raise
        hint = f"In the clone of kb: pip install '.[{extra}]'"
        raise KbError(f"{what} needs the extra “{extra}”", hint) from None


def refuse_unknown(word: str, known: tuple[str, ...], problem: str) -> None:
    """Raise UsageError with this problem for a word that is none of the known ones."""
    if word not in known:
        raise UsageError(problem, f"Use one of: {', '.join(known)}.")
