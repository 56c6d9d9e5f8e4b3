"""What SARIF 2.1.0 asks of the parts kb writes, as a JSON schema.

Our own words for sections 3.13 to 3.30 of the standard, closed where the official schema is: a
property that SARIF does not know, or one of the wrong kind, fails.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""


def _close(required: tuple[str, ...], **properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


TEXT = {"type": "string"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = _close(("text",), text=TEXT, markdown=TEXT)
RULE = _close(
    ("id",), id=TEXT, name=TEXT, shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE,
    helpUri={"type": "string", "format": "uri"}, defaultConfiguration=_close((), level=LEVEL, enabled={"type": "boolean"}),
)  # fmt: skip
DRIVER = _close(
    ("name",), name=TEXT, version=TEXT, semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    informationUri={"type": "string", "format": "uri"},
    rules={"type": "array", "uniqueItems": True, "items": RULE},
)  # fmt: skip
LOCATION = _close(
    (),
    physicalLocation=_close(
        ("artifactLocation",),
        artifactLocation=_close(
            (), uri={"type": "string", "format": "uri-reference", "pattern": "^[!-~]+$"}, uriBaseId=TEXT
        ),
        region=_close((), startLine={"type": "integer", "minimum": 1}),
    ),
)
RESULT = _close(
    ("message",), ruleId=TEXT, ruleIndex={"type": "integer", "minimum": -1}, level=LEVEL, message=MESSAGE,
    locations={"type": "array", "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
)  # fmt: skip
RUN = _close(
    ("tool",), tool=_close(("driver",), driver=DRIVER), columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results={"type": "array", "items": RESULT},
)  # fmt: skip
SARIF = _close(
    ("version", "runs"), **{"$schema": {"type": "string", "format": "uri"}}, version={"enum": ["2.1.0"]},
    runs={"type": "array", "items": RUN},
)  # fmt: skip
