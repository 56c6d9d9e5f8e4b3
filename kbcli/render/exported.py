"""What `kb export` has written."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.export.site import WrittenSite
from kbcli.render.escape import make_line
from kbcli.render.formats import View


def format_written_site(done: WrittenSite, _view: View) -> str:
    """The folder, and what is in it."""
    what = f"{count_things(done.cards, 'card')}, {count_things(done.files, 'file')}, {done.size / 1e6:.1f} MB"
    return f"{make_line(done.folder)}: {what}; {done.written} written, {done.removed} removed\n"


def list_site_rows(done: WrittenSite, _view: View) -> list[tuple[object, ...]]:
    """Folder, cards, files, bytes, files written, files removed."""
    return [tuple(done)]
