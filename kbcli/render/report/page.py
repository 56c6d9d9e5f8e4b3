"""The frame of a page that stands alone: its style sheet, the document around the sections, and their tables.

One file that asks for nothing else: no script, no font, no picture from elsewhere; a content
security policy says so to the browser too. Light and dark follow the reader's system, print is light.

The colours of the states were picked with the simulation of Machado, Oliveira and Fernandes (2009):
any two differ for people who confuse red and green, or blue and yellow; each stands out from the page
by 3 to 1. `due`, `suspect` and `unverified` have a texture as well. Print is light, and its colours
and textures can be told apart without colour.
"""

from collections.abc import Iterable, Sequence
from string import Template

from kbcli.render.html import escape_html

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/>
<meta name="referrer" content="no-referrer"/>
<meta name="color-scheme" content="light dark"/>
<meta name="generator" content="kb"/>
<title>$title</title>
<style>
$style
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1 dir="auto">$heading</h1>
<p class="muted">$subtitle</p>
<nav aria-label="Sections"><ul>$links</ul></nav>
</header>
<main id="main" tabindex="-1">
$textures$sections
</main>
<footer class="muted"><p>$foot Nothing on this page is loaded from elsewhere.</p></footer>
</body>
</html>
""")

_LIGHT = """\
  --back: #ffffff; --text: #16202b; --muted: #55606d; --rule: #d6dce3; --panel: #f4f6f9; --accent: #0b5f86;
  --grid: #8a95a2; --heat: 18, 118, 127;
  --verified: #12767f; --unverified: #858d98; --changed: #642ea6; --expired: #e2591f; --flagged: #7a1a12;"""
_DARK = """\
  --back: #0f1419; --text: #e8edf2; --muted: #a3afbb; --rule: #2f3a46; --panel: #171d25; --accent: #7cc7f2;
  --grid: #64707d; --heat: 53, 184, 184;
  --verified: #35b8b8; --unverified: #717d8b; --changed: #ad86ff; --expired: #ee6a35; --flagged: #ffd9cc;"""
# Far enough apart in lightness for a printer without colours.
_GREY_PRINT = "--expired: #f59a66; --flagged: #4f0d08;"

_TEXT = """\
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
a { color: var(--accent); text-underline-offset: .15em; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .9em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; display: inline-block; margin-bottom: .5rem; }
.muted { color: var(--muted); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: 1rem 0 0; }
nav a { display: inline-block; padding: .15rem 0; }
section { border-top: 1px solid var(--rule); padding: 1.5rem 0 1.25rem; margin-top: 1.25rem; }
footer { border-top: 1px solid var(--rule); margin-top: 1rem; padding-top: 1rem; font-size: .9rem; }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem; margin: .75rem 0 1.25rem; }
.keys div { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: .75rem 1rem;
  display: flex; flex-direction: column; }
.keys dt { font-size: .9rem; color: var(--muted); }
.keys dd { margin: 0; font-size: .9rem; }
.keys dd.figure { font-size: 2.25rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.keys div:first-child { border-left: 4px solid var(--verified); }
summary { cursor: pointer; color: var(--accent); padding: .25rem 0; width: fit-content; }"""

_CHARTS = """\
svg { display: block; width: 100%; }
svg.textures { position: absolute; width: 0; height: 0; }
svg.bar { height: 1.5rem; border-radius: 4px; }
svg.plot { height: 14rem; overflow: visible; }
svg.spark { height: 1.75rem; min-width: 8rem; overflow: visible; }
svg.swatch { display: inline-block; width: .9rem; height: .9rem; margin-right: .4rem; vertical-align: -.1rem; }
td svg.bar { height: .9rem; min-width: 7rem; border-radius: 3px; }
.line { fill: none; stroke: var(--verified); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.dot { fill: none; stroke: var(--verified); stroke-width: 9; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.area { fill: var(--verified); fill-opacity: .14; }
.grid { stroke: var(--grid); stroke-opacity: .4; stroke-width: 1; vector-effect: non-scaling-stroke; fill: none; }
.spots rect { fill: var(--text); fill-opacity: 0; } .spots rect:hover { fill-opacity: .15; }
.gap { fill: var(--back); fill-opacity: .7; }
.c-verified, .s-verified { fill: var(--verified); } .c-changed, .s-changed { fill: var(--changed); }
.c-unverified { fill: var(--unverified); } .s-expired { fill: var(--expired); } .s-flagged { fill: var(--flagged); }
.s-due { fill: url(#t-due); } .s-suspect { fill: url(#t-suspect); } .s-unverified { fill: url(#t-unverified); }
.bar rect, .plot polygon[class^="s-"] { stroke: var(--back); stroke-width: .75; vector-effect: non-scaling-stroke; }
.track { fill: var(--rule); } .part { fill: var(--accent); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .6rem 0 .75rem; }
figure { margin: 1rem 0 1.25rem; }
figcaption { margin-bottom: .6rem; font-weight: 600; }
.chart { display: grid; grid-template-columns: 2.75rem minmax(0, 1fr) 7.5rem; font-size: .85rem; color: var(--muted);
  font-variant-numeric: tabular-nums; line-height: 1; }
.ys, .ends { position: relative; }
.ys span { position: absolute; right: .5rem; transform: translateY(50%); }
.ends span { position: absolute; left: .75rem; transform: translateY(50%); color: var(--text); white-space: nowrap; }
.xs { grid-column: 2; position: relative; height: 1.2rem; }
.xs span { position: absolute; top: .35rem; transform: translateX(-50%); }
.days { grid-column: 2; display: flex; justify-content: space-between; padding-top: .35rem; }
@media (max-width: 40rem) { .keys { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .keys div:first-child:nth-last-child(odd) { grid-column: 1 / -1; } .chart { grid-template-columns: 2.75rem minmax(0, 1fr) 3rem; } .ends .state { display: none; } }"""

_TABLES = """\
.wide { overflow-x: auto; scroll-padding-left: 9rem; }
table { overflow-wrap: normal; border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
thead th { font-size: .85rem; font-weight: 600; color: var(--muted); vertical-align: bottom; border-bottom: 2px solid var(--rule); }
tbody th { font-weight: 500; }
.n, .figures td, .figures th { text-align: right; white-space: nowrap; }
thead .n { white-space: normal; overflow-wrap: normal; }
th.name { position: sticky; left: 0; background: var(--back); min-width: 9rem; overflow-wrap: anywhere; }
.clip { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 6; overflow: hidden; overflow-wrap: anywhere; }
td .clip { min-width: 7rem; }
.id { font-weight: 400; font-size: .85rem; color: var(--muted); }
td.words { min-width: 11rem; }
td.bars { width: 15rem; padding-top: .7rem; }
td.spark { min-width: 9rem; width: 14rem; }
tfoot th, tfoot td { border-top: 2px solid var(--rule); border-bottom: 0; font-weight: 600; }
.none { color: var(--muted); }
.h1 { background: rgba(var(--heat), .14); } .h2 { background: rgba(var(--heat), .26); }
.h3 { background: rgba(var(--heat), .38); } .h4 { background: rgba(var(--heat), .5); }"""

_PRINT = """\
@page { margin: 14mm; }
@media print {
  body { max-width: none; font-size: 10pt; padding: 0; }
  nav, .skip, details, .spots { display: none; }
  h2, figcaption, .caption { break-after: avoid; }
  figure, tr, .keys, .legend { break-inside: avoid; }
  section { padding: 1rem 0 .5rem; margin-top: .5rem; }
  svg.plot { height: 10rem; }
  .keys { grid-template-columns: none; grid-auto-flow: column; grid-auto-columns: 1fr; gap: .5rem; } .keys div { padding: .4rem .6rem; }
  .keys dd.figure { font-size: 1.6rem; }
  .wide { overflow: visible; }
  th, td { padding: .25rem .35rem; }
  th.name { position: static; min-width: 6rem; }
  .clip { display: block; }
  tfoot { display: table-row-group; }
  .s-changed { fill: url(#t-changed); }
  td.bars { width: 8rem; padding-top: .45rem; } td svg.bar { min-width: 6rem; } td.words { min-width: 7rem; }
  a { color: inherit; text-decoration: none; }
  svg, td, .keys div { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}"""

STYLE = (
    f":root {{ color-scheme: light dark;\n{_LIGHT}\n}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{\n{_DARK}\n}} }}\n"
    f"@media print {{ :root {{ color-scheme: light; {_GREY_PRINT} }} }}\n{_TEXT}\n{_CHARTS}\n{_TABLES}\n{_PRINT}"
)


def format_page(
    title: str,
    heading: str,
    subtitle: str,
    sections: Sequence[tuple[str, str, str]],
    *,
    foot: str,
    textures: str = "",
) -> str:
    """A page of sections (ID, head, body; bodies and `textures` are HTML), in ASCII, so that no encoding can damage it."""
    page = _PAGE.substitute(
        title=escape_html(title),
        heading=escape_html(heading),
        subtitle=escape_html(subtitle),
        style=STYLE,
        textures=textures,
        foot=escape_html(foot),
        links="".join(f'<li><a href="#{ident}">{escape_html(head)}</a></li>' for ident, head, _ in sections),
        sections="".join(
            f'<section id="{ident}" aria-labelledby="{ident}-h">\n<h2 id="{ident}-h">{escape_html(head)}</h2>\n{body}</section>\n'
            for ident, head, body in sections
        ),
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def write_keys(keys: Iterable[tuple[str, str, str]]) -> str:
    """The few figures to take away: each with its name and what it is a figure of."""
    cells = (
        f'<div><dt>{escape_html(name)}</dt><dd class="figure">{escape_html(figure)}</dd><dd class="muted">{escape_html(note)}</dd></div>'
        for name, figure, note in keys
    )
    return f'<dl class="keys">{"".join(cells)}</dl>\n'


def write_table(
    caption: str, head: Sequence[str], rows: Iterable[str], foot: str = "", *, label: str, kind: str = ""
) -> str:
    """A table that can be scrolled with the keyboard where it is too wide; `head` and `rows` are HTML."""
    above = f'<p class="muted caption">{escape_html(caption)}</p>\n' if caption else ""
    return (
        f'{above}<div class="wide" role="region" aria-label="{escape_html(f"Table: {label}")}" tabindex="0"><table{f" class={kind!r}" if kind else ""}>\n'
        f"<thead><tr>{''.join(head)}</tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n{foot}</table></div>\n"
    )


def name_columns(*names: str) -> list[str]:
    """Column heads: the first is of names, those that begin with # of numbers."""
    return [
        f'<th scope="col" class="{"name" if not place else "n" if name.startswith("#") else "t"}">{escape_html(name.lstrip("#"))}</th>'
        for place, name in enumerate(names)
    ]
