"""What some values of operations may be: known to a door that loads an operation only when it is asked for."""

from kbcli.knowledge.evals import TOLERANCE
from kbcli.knowledge.likeness import DUPLICATE_THRESHOLD
from kbcli.knowledge.past import LIFE_EVENTS
from kbcli.knowledge.trust import GROUPINGS, TRANSLATION_STATES
from kbcli.support.ledger import TRACKER_NAMES

__all__ = (
    "DUPLICATE_THRESHOLD",
    "GROUPINGS",
    "LEAST_THRESHOLD",
    "LIFE_EVENTS",
    "SORTS",
    "TOLERANCE",
    "TRACKER_NAMES",
    "TRANSLATION_STATES",
)

LEAST_THRESHOLD = 0.1
SORTS = ("id", "title", "state", "due", "owner", "verified", "used")
