"""What must not break kb, in one list: `pytest -m stress` runs all of it in full, the default run a short form.

- Together: 20 searches and 5 writers at once: test_together.py; within the index: unit/index/test_writers.py.
- Killed and interrupted: test_kills.py; the index's own writers, 200 times: unit/index/test_writers.py.
- Full and read-only disks, caches of others, clocks, cards that are too large: test_disks.py; damaged
  and planted indexes, 200 flipped bits: unit/index/test_damage.py; failing writes: unit/index/test_fallbacks.py.
- Queries: 20,000 made-up ones, within a bound of time: property/test_query_fuzz.py.
- A hostile clone: its git configuration and references, test_hostile_config.py; its links, paths, templates
  and names, test_hostile_paths.py; its words in every format, test_hostile_text.py.
- Broken cards, settings and other files through every command: test_bad_input.py.
- The report's page in a real browser, where Chromium is installed: test_report_browser.py.
"""
