"""What must not break kb, in one list: `pytest -m stress` runs all of it in full, the default run a short form.

The short form is the same test with smaller numbers and no mark, unless two are named: short | full.
All but what is marked (i) start real processes; (i) works inside of this one, and so meets far more cases.

- 20 searches and 5 writers for a minute, each answer equal to a fresh index's: test_together.py
  test_searches_and_writers_at_once; within the index: unit/index/test_writers.py
  test_readers_and_writers_at_once | test_twenty_searches_and_five_writers; a card that moves while it is
  looked for: unit/index/test_moving_files.py (i).
- SIGKILL at random points of building and updating: unit/index/test_writers.py test_killed_writers_do_no_harm,
  test_killed_first_build | test_two_hundred_killed_writers, test_kills.py test_killed_searches (200 each); before
  every single step on the disk: test_kills.py test_a_search_stopped_at_any_moment, for changes of cards
  test_a_change_stopped_at_any_moment; Ctrl-C: test_interrupted_commands.
- A full disk: test_disks.py for the cache test_full_cache | test_a_cache_that_fills_up, for cards
  test_full_repository | test_a_repository_that_fills_up, for both test_files_that_may_not_grow, for the answer
  test_full_output; failing at any write of the index: unit/index/test_fallbacks.py (i).
- A read-only home and a read-only repository: test_disks.py test_read_only_home, test_read_only_repository.
- An index truncated, with 200 flipped bits, replaced by a crafted pickle: test_damage.py
  test_damage_between_two_searches; every file of it in every way: unit/index/test_damage.py (i)
  test_truncated_… | test_two_hundred_truncations, test_flipped_bits | test_two_hundred_flipped_bits,
  test_planted_pickle_never_runs.
- An index from another version: test_disks.py test_index_of_another_version | test_manifest_of_another_time; owned
  by another user: test_cache_planted_by_another_user, unit/index/test_damage.py test_index_given_away_is_rebuilt.
- A clock going backwards, files that change during the sync, names that differ in case only: test_disks.py
  test_clock_going_backwards, test_files_that_change_during_the_sync, test_names_that_differ_in_case_only |
  test_a_file_system_that_ignores_case; the same and more: unit/index/test_sync.py (i).
- Lines of 1,000,000 characters, cards of 50 MB: test_disks.py test_cards_that_are_too_large |
  test_lines_of_a_million_characters, test_cards_of_fifty_megabytes_of_every_kind.
- 20,000 queries, every Unicode block, 100 kB, within a bound of time: property/test_query_fuzz.py (i), and as
  command lines test_no_command_line_fails.
- A hostile clone: its git configuration and references, test_hostile_config.py; its links, paths, templates
  and names, test_hostile_paths.py; its words in every format, test_hostile_text.py.
- The archive of tickets, killed 200 times while it is filled and erased from, on a full disk, stopped by Ctrl-C, filled
  twice at once: test_tickets.py test_a_few_killed_imports | test_two_hundred_killed_imports; a full disk for each
  command that writes it: test_a_full_disk_loses_nothing.
- Broken cards, settings and other files through every command: test_bad_input.py.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def mount() -> Iterator[Callable[..., None]]:
    """Mount a small file system in memory on a folder, for the time of a test."""
    mounted: list[Path] = []

    def mount_on(folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"mounting is not possible here: {done.stderr.strip()}")
        if folder not in mounted:
            mounted.append(folder)

    yield mount_on
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=False)
