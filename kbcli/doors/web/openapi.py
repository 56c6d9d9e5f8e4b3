"""The JSON addresses described for programs: https://spec.openapis.org/oas/v3.1.0."""

from collections.abc import Iterable
from typing import Any

from kbcli import __version__
from kbcli.doors.web.asking import Address

_STATUSES = {
    "200": "the envelope of the command that says the same: data, and problems",
    "400": "it cannot be asked so",
    "404": "there is no such card",
    "409": "the card changed, or may not be changed",
    "422": "kb cannot do it; problems say why",
    "503": "there is no knowledge base at the moment, or it is busy",
}


def describe_api(addresses: Iterable[Address]) -> dict[str, Any]:
    """The description of every address that answers in JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for one in addresses:
        if one.as_json:
            path = "/api" + one.path.replace(":path}", "}")
            paths.setdefault(path, {})[one.method.lower()] = _describe_address(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kb",
            "version": __version__,
            "summary": "Support knowledge, each card under its trust",
        },
        "paths": paths,
    }


def _describe_address(one: Address) -> dict[str, Any]:
    fields = {name: {"type": "string", "description": what} for name, what in one.takes}
    parameters = [{"name": "ident", "in": "path", "required": True, "schema": {"type": "string"}}]
    described: dict[str, Any] = {
        "summary": one.about,
        "parameters": parameters if "{ident" in one.path else [],
        "responses": {
            status: {"description": what, "content": {"application/json": {"schema": {"type": "object"}}}}
            for status, what in _STATUSES.items()
        },
    }
    if one.method == "GET":
        described["parameters"] = described["parameters"] + [
            {"name": name, "in": "query", "schema": {"type": "string"}, "description": field["description"]}
            for name, field in fields.items()
        ]
    else:
        schema = {"schema": {"type": "object", "properties": fields}}
        described["requestBody"] = {
            "content": {"application/json": schema, "application/x-www-form-urlencoded": schema}
        }
    return described
