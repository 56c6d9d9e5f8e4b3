"""Past evaluations: kept, read again, and compared with.

A run is a JSON file with the means and one line for each question, so that a repository that
keeps one shows in its diff which questions a change moved.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from zlib import crc32

from kbcli.errors import KbError
from kbcli.foundation.disk.files import find_cache_folder, name_place, replace_file
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.evals.evaluation import Judgement, Measures, average

RUN_VERSION = 1
_LARGEST = 50_000_000


class Score(NamedTuple):
    """What a run keeps of one question."""

    rank: int | None
    ndcg: float
    mrr: float
    recall: float


Run = Mapping[str, Score]
"""The questions of a run by their key."""


class Move(NamedTuple):
    """A question whose first right answer now stands elsewhere; None: not among those looked at."""

    key: str
    before: int | None
    now: int | None

    @property
    def is_worse(self) -> bool:
        """Whether the answer stands lower than it did."""
        return self.before is not None and (self.now is None or self.now > self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed since another run, called `name`.

    `before` and `now` are means over the questions that both runs have; `moves` has those that
    got worse first, each part in the order of the questions. `added` and `removed` count the
    questions of one run only.
    """

    name: str
    before: Measures
    now: Measures
    moves: tuple[Move, ...]
    added: int
    removed: int

    def is_regression(self, tolerance: float) -> bool:
        """Whether one of the means fell by more than the tolerance."""
        pairs = zip(self.before[1:], self.now[1:], strict=True)
        return any(before - now > tolerance + 1e-9 for before, now in pairs)


def make_run(judgements: Iterable[Judgement]) -> dict[str, Score]:
    """What to keep of an evaluation, rounded as it is written."""
    return {
        item.key: Score(item.rank, round(item.ndcg, 4), round(item.mrr, 4), round(item.recall, 4))
        for item in judgements
    }


def compare_runs(name: str, before: Run, now: Run) -> Comparison:
    """Compare two runs over the questions that both have."""
    common = [key for key in now if key in before]
    moves = [
        Move(key, before[key].rank, now[key].rank) for key in common if before[key].rank != now[key].rank
    ]
    return Comparison(
        name,
        _average(before, common),
        _average(now, common),
        (*(move for move in moves if move.is_worse), *(move for move in moves if not move.is_worse)),
        added=len(now) - len(common),
        removed=len(before) - len(common),
    )


def _average(run: Run, keys: Sequence[str]) -> Measures:
    return average(Judgement(key, key, "", (), *run[key]) for key in keys)


def format_run(run: Run) -> str:
    """A run as JSON, one question a line, in the order of their keys."""
    means = _average(run, list(run))
    head = {"kb-eval": RUN_VERSION, "queries": means.queries} | {
        f"{name}@10": round(value, 4)
        for name, value in zip(("ndcg", "mrr", "recall"), means[1:], strict=True)
    }
    lines = [f"{_dump(key)}: {_dump(list(run[key]))}" for key in sorted(run)]
    return f'{{"run": {_dump(head)},\n"questions": {{\n' + ",\n".join(lines) + "\n}}\n"


def _dump(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def parse_run(text: str) -> dict[str, Score]:
    """Read what `format_run` wrote. Raises ValueError for anything else."""
    try:
        data = json.loads(text)
        version = data["run"]["kb-eval"]
        scores = {key: _read_score(values) for key, values in data["questions"].items()}
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it is not a run of kb eval") from error
    if version != RUN_VERSION:
        raise ValueError("it was written by another version of kb")
    return scores


def _read_score(values: object) -> Score:
    if not isinstance(values, list):
        raise TypeError
    rank, *measures = values
    wrong = [value for value in measures if not isinstance(value, int | float)]
    if wrong or len(measures) != 3 or not (rank is None or isinstance(rank, int)):
        raise TypeError
    return Score(rank, *measures)


def read_run(path: Path) -> dict[str, Score]:
    """The run that a file holds. Raises KbError when it cannot be read or is none."""
    try:
        return parse_run(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KbError(f"there is no {path}", f"Write it first: kb eval --save {path}") from None
    except OSError as error:
        raise KbError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise KbError(f"{path}: {error}", "Write it anew with kb eval --save.") from error


def save_run(path: Path, run: Run) -> None:
    """Write a run to a file, over what is there. Raises OSError, and RefusedError as replace_file does."""
    replace_file(path, format_run(run).encode())


def find_last_run_path(root: Path, *variant: str) -> Path:
    """Where the last run over a folder is kept: in the user's cache, by the folder's real path.

    `variant` is what else tells this run from others over the folder, such as the file of tests.
    """
    told = "\0".join(filter(None, variant))
    key = f"-{crc32(told.encode('utf-8', 'surrogateescape')):08x}" if told else ""
    return find_cache_folder("eval") / f"{name_place(root)}{key}.json"


def load_last_run(path: Path) -> dict[str, Score] | None:
    """The last run; None when there is none, or none that can be used."""
    try:
        status = os.lstat(path)
        if not S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None
        return parse_run(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def keep_last_run(path: Path, run: Run) -> None:
    """Keep a run for the next one to be compared with; not being able to is no error."""
    from contextlib import suppress

    with suppress(OSError, KbError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_run(path, run)


def compare_with_earlier(now: Run, *, asked: str | None, last: Path) -> Comparison | None:
    """What changed since the run in the file that was asked for, else since the last one here, if there is one.

    Keeps this run for the next one. Raises KbError when the file cannot be read or is none.
    """
    comparison = None
    if asked is not None:
        comparison = compare_runs(asked, read_run(Path(asked)), now)
    elif (before := load_last_run(last)) is not None:
        comparison = compare_runs("the last run", before, now)
    keep_last_run(last, now)
    return comparison
