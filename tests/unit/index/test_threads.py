"""Many threads of one process ask and update one index at once, as in a server."""

import os
import threading
from collections.abc import Callable

import pytest

from kbcli.config import Config, load_config
from kbcli.foundation.disk.files import replace_file
from kbcli.knowledge.index.sync import OpenIndex, open_local_index

THREADS = 8


class Edits:
    """A card that gets one number after another as its title, and how far that is."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.begun = self.done = 0
        self.answers: dict[str, int] = {}
        self.trouble: list[object] = []

    def edit(self) -> None:
        """Write the next number; now and then change kb.toml too, which makes another index."""
        self.begun += 1
        replace_file(self.config.root / "edited.md", f"# Number {self.begun}\n".encode())
        if self.begun % 4 == 0:
            lang = ("en", "de")[self.begun // 4 % 2]
            replace_file(self.config.root / "kb.toml", f'lang = "{lang}"\n'.encode())
        self.done = self.begun

    def ask(self) -> None:
        """The number that the index tells is one that the card had meanwhile; an identity has one answer."""
        least = self.done
        index = open_local_index(load_config(self.config.root, self.config.git_root))
        number = read_number(index)
        if not index.is_stale and not least <= number <= self.begun:
            self.trouble.append((least, number, self.begun))
        if self.answers.setdefault(index.reader.identity, number) != number:
            self.trouble.append(index.reader.identity)

    def keep_asking(self, times: int) -> None:
        """Ask so many times, and keep what goes wrong."""
        try:
            for _ in range(times):
                self.ask()
        except Exception as error:  # noqa: BLE001  it must reach the test
            self.trouble.append(repr(error))


def read_number(index: OpenIndex) -> int:
    """What the edited card is called."""
    number = index.reader.number_of("edited.md")
    assert number is not None
    return int(index.reader.record(number).title.removeprefix("Number "))


@pytest.mark.parametrize(
    ("cards", "times", "pause"),
    [(30, 4, 0.05), pytest.param(10_000, 4, 5.0, marks=pytest.mark.stress)],
    ids=["few", "many"],
)
@pytest.mark.parametrize("git", [True, False], ids=["git", "plain"])
def test_threads_ask_while_cards_and_settings_change(
    make_config: Callable[..., Config], cards: int, times: int, pause: float, git: bool
) -> None:
    """Each fresh answer was true while it was looked for; the working folder and the environment stay as they were."""
    files = {f"still/{number}.md": f"# Still {number}\n\nSome words.\n" for number in range(cards)}
    edits = Edits(make_config({**files, "edited.md": "# Number 0\n"}, git=git))
    before = (os.getcwd(), sorted(os.environ))
    edits.ask()
    threads = [threading.Thread(target=edits.keep_asking, args=(times,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        edits.edit()
        threads[0].join(pause)
        threads = [thread for thread in threads if thread.is_alive()] or threads[:1]
    edits.ask()
    assert edits.trouble == []
    assert len(edits.answers) > 1
    assert (os.getcwd(), sorted(os.environ)) == before
