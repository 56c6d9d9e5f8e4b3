"""`kb export site`: pages that need no server."""

from kbcli.doors.cli.command import Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb export site public --public --address https://help.example.org
  kb export site ../pages                  for colleagues, to open from a folder

In a pipe: folder, cards, files, bytes, files written, files removed; tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Draw the pages, and write them."""
    from kbcli.operations.export.site import check_address, open_site, write_site
    from kbcli.render.pages.site import draw_site

    address = check_address(values["address"] or "")
    with open_site(session.base, public=values["public"]) as site:
        drawn = draw_site(site, address)
        done = write_site(site, values["folder"], drawn.files, drawn.pictures)
    if not values["public"]:
        session.say(
            "every active card is in it, internal ones too: for colleagues only (--public leaves them out)"
        )
    session.show("export site", session.pick_format("export site", values["format"]), done)


COMMAND = Command(
    "export site",
    "Write the cards as pages, with a search.\n\nThey need no server, and can be read from a folder, offline. Needs the extra `site`.",
    (Argument("folder", "FOLDER", "A new folder, or one that this command made before."),),
    (
        Flag("public", ("--public",), "switch", "Only what is for the public.", default=False),
        Flag("address", ("--address",), "text", "Where the site will be; adds a feed and a sitemap.", "URL"),
        make_format_flag("export site"),
    ),
    EXAMPLES,
    run,
)
