"""kb: support knowledge as verified Markdown cards in a git repository.

Layers, each importing only what stands left of it:
errors, config → files → cards → trust → index → search → edit → render → cli
files: disk and git facts · cards: what one file means · trust: states, rules, the gate
index: words on disk · search: query to ranked hits · edit: every change to a card
render: results to text · cli: one thin file per command
"""

__version__ = "0.1.0"
