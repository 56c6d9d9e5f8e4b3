"""The frame of the report's page: its style sheet, and the document around the sections.

One file that asks for nothing else: no script, no font, no picture from elsewhere; a content
security policy says so to the browser too. Light and dark follow the reader's system, print is light.
"""

from string import Template

PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="referrer" content="no-referrer"/>
<meta name="generator" content="kb"/>
<title>$title</title>
<style>
$style
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>$heading</h1>
<p class="muted">$subtitle</p>
<nav aria-label="Sections"><ul>$links</ul></nav>
</header>
<main id="main" tabindex="-1">
$sections
</main>
<footer class="muted"><p>Made by kb from the cards and their git history. Nothing on this page is loaded from elsewhere.</p></footer>
</body>
</html>
""")

_LIGHT = """\
  --back: #ffffff; --text: #1b1f24; --muted: #57606a; --rule: #d0d7de; --panel: #f6f8fa; --accent: #0550ae;
  --heat: 9, 105, 218;
  --verified: #1a7f37; --due: #9a6700; --unverified: #0969da; --suspect: #bf3989; --changed: #8250df;
  --expired: #cf222e; --flagged: #7d0c1a; --draft: #6e7781; --archived: #8c959f;"""
_DARK = """\
  --back: #0d1117; --text: #e6edf3; --muted: #9da7b3; --rule: #30363d; --panel: #161b22; --accent: #79c0ff;
  --heat: 88, 166, 255;
  --verified: #3fb950; --due: #d29922; --unverified: #58a6ff; --suspect: #f778ba; --changed: #a371f7;
  --expired: #f85149; --flagged: #ffa198; --draft: #8b949e; --archived: #6e7681;"""

_RULES = """\
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 0; }
h2 { font-size: 1.2rem; margin: 0 0 .25rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
p { margin: .25rem 0 .75rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
.muted { color: var(--muted); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; margin: .75rem 0; }
section { border-top: 1px solid var(--rule); padding: 1rem 0; }
.score { font-size: 3rem; font-weight: 700; line-height: 1.1; margin: 0; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; }
svg.bar { height: 1.1rem; border-radius: 3px; }
svg.plot { height: 13rem; background: var(--panel); }
svg.spark { height: 1.6rem; min-width: 6rem; }
td svg.bar { height: .8rem; min-width: 6rem; }
.line { fill: none; stroke: var(--verified); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.area { fill: var(--verified); fill-opacity: .18; }
.grid { stroke: var(--muted); stroke-opacity: .35; stroke-width: 1; vector-effect: non-scaling-stroke; fill: none; }
.s-verified { fill: var(--verified); background: var(--verified); } .s-due { fill: var(--due); background: var(--due); }
.s-unverified { fill: var(--unverified); background: var(--unverified); }
.s-suspect { fill: var(--suspect); background: var(--suspect); }
.s-changed { fill: var(--changed); background: var(--changed); }
.s-expired { fill: var(--expired); background: var(--expired); }
.s-flagged { fill: var(--flagged); background: var(--flagged); }
.s-draft { fill: var(--draft); background: var(--draft); } .s-archived { fill: var(--archived); background: var(--archived); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .5rem 0; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; }
figure { margin: .5rem 0 1rem; }
figcaption { margin-bottom: .25rem; font-weight: 600; }
.chart { display: grid; grid-template-columns: 3rem 1fr; }
.ys { display: flex; flex-direction: column; justify-content: space-between; text-align: right; padding-right: .4rem;
  font-size: .8rem; color: var(--muted); line-height: 1; font-variant-numeric: tabular-nums; }
.xs { grid-column: 2; position: relative; height: 1.4rem; font-size: .8rem; color: var(--muted); }
.xs span { position: absolute; top: .2rem; transform: translateX(-50%); }
.ends { grid-column: 2; display: flex; justify-content: space-between; font-size: .8rem; color: var(--muted); }
.wide { overflow-x: auto; }
table { overflow-wrap: normal; border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; }
thead th { background: var(--panel); }
.n { text-align: right; white-space: nowrap; }
thead .n { white-space: normal; }
th.name { min-width: 8rem; overflow-wrap: anywhere; }
td.words { min-width: 8rem; }
th .muted { font-weight: 400; font-size: .9rem; }
td.bars { width: 16rem; padding-top: .6rem; }
.bar rect, .plot polygon[class^="s-"] { stroke: var(--back); stroke-width: 1; vector-effect: non-scaling-stroke; }
tfoot th, tfoot td { border-top: 2px solid var(--rule); font-weight: 600; }
.h1 { background: rgba(var(--heat), .12); } .h2 { background: rgba(var(--heat), .24); }
.h3 { background: rgba(var(--heat), .38); } .h4 { background: rgba(var(--heat), .52); }
summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }
@media print {
  body { max-width: none; font-size: 10pt; padding: 0; }
  nav, .skip, details { display: none; }
  section, figure, tr { break-inside: avoid; }
  .wide { overflow: visible; }
  svg, .legend i, td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}"""

STYLE = (
    f":root {{ color-scheme: light dark;\n{_LIGHT}\n}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{\n{_DARK}\n}} }}\n{_RULES}"
)
