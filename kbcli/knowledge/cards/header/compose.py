"""The text of a new card."""

from collections.abc import Mapping

from kbcli.foundation.typed import Any
from kbcli.knowledge.cards.header.edit import FieldValue
from kbcli.knowledge.cards.header.values import format_scalar


def compose_card(fields: Mapping[str, FieldValue], body: str) -> str:
    """A card file's text: front matter in the order of `fields`, then the body.

    Lists stand in brackets on one line; texts are quoted where another reader would see a
    number, a date or a boolean; no script is escaped.
    """
    import frontmatter
    import yaml

    class Dumper(yaml.SafeDumper):
        """PyYAML's, with lists on one line and its anchors off."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

    def represent_text(dumper: Dumper, text: str) -> yaml.Node:
        written = format_scalar(text, flow=True)
        style = written[0] if written[:1] in ("'", '"') else None
        if style == '"' and max(text, default="") > "\uffff" and text.isprintable():
            # In double quotes PyYAML escapes emoji.
            style = "'"
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def represent_list(dumper: Dumper, items: list[Any]) -> yaml.Node:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)

    Dumper.add_representer(str, represent_text)
    Dumper.add_representer(list, represent_list)
    post = frontmatter.Post(body.strip("\n"))
    post.metadata = dict(fields)
    return (
        str(frontmatter.dumps(post, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100_000)) + "\n"
    )
