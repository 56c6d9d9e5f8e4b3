"""The card filters as options: the same for list, stale and review."""

from typing import Annotated

import typer

from kbcli.doors.cli.completion import complete_values

TagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        "-t",
        metavar="TAG",
        help="Only cards with this tag (repeatable: any of them).",
        autocompletion=complete_values("tags"),
    ),
]
OwnerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--owner",
        "-o",
        metavar="OWNER",
        help="Only cards of this person or group; - for none.",
        autocompletion=complete_values("owners"),
    ),
]
TypeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--type", metavar="TYPE", help="Only cards of this type.", autocompletion=complete_values("type")
    ),
]
LangOption = Annotated[
    list[str] | None,
    typer.Option(
        "--lang",
        "-l",
        metavar="LANG",
        help="Only cards in this language.",
        autocompletion=complete_values("lang"),
    ),
]
ProductOption = Annotated[
    list[str] | None,
    typer.Option(
        "--product",
        metavar="PRODUCT",
        help="Only cards about this product.",
        autocompletion=complete_values("product"),
    ),
]
StateOption = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATE", help="Only cards in this trust state (repeatable)."),
]
StatusOption = Annotated[
    list[str] | None, typer.Option("--status", metavar="STATUS", help="Only draft, active or archived cards.")
]
HistoryOption = Annotated[
    bool | None,
    typer.Option(
        "--history/--no-history",
        help="Ask git whether the text of cards without a digest changed after their date (default: kb.toml's history).",
    ),
]
AudienceOption = Annotated[
    list[str] | None,
    typer.Option("--audience", metavar="AUDIENCE", help="Only internal or only public cards."),
]
