"""The one table of help desks whose exports are read, one file each.

The first whose shape a record has is taken: those that many records could have stand last.
"""

from kbcli.support.tickets.reading.shape import Source
from kbcli.support.tickets.sources import (
    discourse,
    freshdesk,
    github,
    gitlab,
    helpscout,
    intercom,
    kitsune,
    mail,
    zammad,
    zendesk,
)

SOURCES: tuple[Source, ...] = tuple(
    module.SOURCE
    for module in (
        zendesk,
        freshdesk,
        intercom,
        helpscout,
        mail,
        github,
        gitlab,
        zammad,
        discourse,
        kitsune,
    )
)
