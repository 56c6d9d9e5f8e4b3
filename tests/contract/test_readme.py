"""Promises of the README: what it counts and says of its picture is so."""

import html
import re
from pathlib import Path

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")
CONTENT = TOP / "content"
LANGUAGES = ("de", "hi", "it", "ko", "zh")


def test_number_of_starter_cards_is_what_the_folder_holds() -> None:
    """The README counts the starter cards, without the manual and translations, and each language has eight."""
    translated = {lang: len(list((CONTENT / lang).rglob("*.md"))) for lang in LANGUAGES}
    cards = len(list(CONTENT.rglob("*.md"))) - len(list((CONTENT / "manual").rglob("*.md")))
    assert set(translated.values()) == {8}
    assert (
        f"{cards - sum(translated.values())} cards on what any software company is asked, eight of them"
        in README
    )


def test_alternative_text_names_the_commands_that_the_picture_shows() -> None:
    """Whoever cannot see the picture is told the same commands in the same order."""
    picture = html.unescape((TOP / ".github" / "session.svg").read_text(encoding="utf-8"))
    shown = dict.fromkeys(re.findall(r">kb[\s ]+(\w+)", picture))
    assert shown
    assert (
        f"![A terminal session: {', '.join(f'kb {word}' for word in shown)}](.github/session.svg)" in README
    )
