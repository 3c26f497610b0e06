"""How a page looks: light and dark, on a wide screen, on a phone and on paper.

Colours of series are c0 to c9 (c0 to c4 the presets), of parts of a bar p0 to p7; the two sets
were chosen to be told apart by people who see red and green alike, and lines differ by dashes
besides. Presets, whose lines do not, are 29 or more apart from each other (CIE 1976), as seen with
any of the usual eyes, with no green and with no red cones.
"""

from collections.abc import Mapping

_LIGHT: Mapping[str, str] = {
    "paper": "#fdfdfb",
    "card": "#f4f4f0",
    "ink": "#1c1d20",
    "soft": "#5c6068",
    "rule": "#dcdcd6",
    "faint": "#a2a5ab",
    "link": "#1f4fbf",
    "c0": "#0a8f74",
    "c1": "#4994ca",
    "c2": "#2356d8",
    "c3": "#0a06f9",
    "c4": "#481957",
    "c5": "#c8581a",
    "c6": "#a97b00",
    "c7": "#b72d64",
    "c8": "#66801c",
    "c9": "#86553c",
    "grey": "#8b8f97",
    "rival": "#c8581a",
    "p0": "#3f5f8f",
    "p1": "#9a6b25",
    "p2": "#3f7d68",
    "p3": "#96485f",
    "p4": "#6b83a6",
    "p5": "#7d6a9c",
    "p6": "#75803d",
    "p7": "#7f838b",
}
_DARK: Mapping[str, str] = {
    "paper": "#15171b",
    "card": "#1e2126",
    "ink": "#e8e8e4",
    "soft": "#a2a7b0",
    "rule": "#343840",
    "faint": "#6d727b",
    "link": "#8fb1ff",
    "c0": "#3fd0a8",
    "c1": "#8bcfee",
    "c2": "#7ba3ff",
    "c3": "#4451e4",
    "c4": "#a630a0",
    "c5": "#f19458",
    "c6": "#dbb246",
    "c7": "#f283ac",
    "c8": "#abca5c",
    "c9": "#cda084",
    "grey": "#8d929b",
    "rival": "#f19458",
    "p0": "#8fb0e0",
    "p1": "#d9ae6a",
    "p2": "#85c6ae",
    "p3": "#dd92a8",
    "p4": "#b3c4dd",
    "p5": "#bfaee0",
    "p6": "#bcc888",
    "p7": "#a5a9b1",
}
_SERIES = (
    "ink",
    "faint",
    "grey",
    "rival",
    *(f"c{n}" for n in range(10)),
    *(f"p{n}" for n in range(8)),
)


def _variables(colours: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


def _series() -> str:
    return "\n".join(f".{name}{{--c:var(--{name})}}" for name in _SERIES)


_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0 auto;max-width:1160px;padding:2.5rem 2rem 4rem;background:var(--paper);
  color:var(--ink);font:16px/1.5 -apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",
  "Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
bdi{unicode-bidi:isolate}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.2em}
.kicker{margin:0;color:var(--soft);font-size:.8rem;font-weight:600;letter-spacing:.09em;
  text-transform:uppercase}
h1{margin:.1rem 0 .3rem;font-size:1.35rem;line-height:1.25}
.facts{margin:0;color:var(--soft);font-size:.9rem}
.facts span{display:inline-block}
.facts span+span::before{content:"·";margin:0 .5em}
.headline{margin:1.6rem 0 1rem;max-width:34em;font-size:1.75rem;font-weight:600;line-height:1.3;
  letter-spacing:-.012em;text-wrap:pretty}
header ul{margin:0;padding:0;max-width:62em;list-style:none}
header li{padding:.3rem 0 .3rem 1.1rem;border-left:3px solid var(--rule)}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:2rem 0 0;padding:.6rem 0;
  border-block:1px solid var(--rule);font-size:.9rem}
section{margin-top:3rem}
h2{margin:0 0 1rem;font-size:1.3rem;letter-spacing:-.005em}
h3{margin:0;font-size:1.02rem}
section>h3{margin-top:1.2rem}
h4{margin:0;font-size:.92rem}
section>p,section>ul{max-width:62em}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:.75rem;margin:0}
.cards>div{padding:.8rem .95rem .85rem;border-radius:8px;background:var(--card)}
.cards dt{color:var(--soft);font-size:.85rem;font-weight:600}
.cards dd{margin:0;color:var(--soft);font-size:.82rem;line-height:1.4}
.cards dd.value{margin:.05rem 0 .2rem;color:var(--ink);font-size:1.65rem;font-weight:600;
  line-height:1.2;letter-spacing:-.01em}
.cards dd+dd+dd{margin-top:.35rem;color:var(--ink)}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:2.6rem 2.4rem;
  grid-auto-flow:dense}
figure{margin:0;min-width:0}
figure.wide{grid-column:1/-1}
figcaption,.note{margin:.2rem 0 .6rem;max-width:66em;color:var(--soft);font-size:.88rem;
  line-height:1.45}
.note{margin:0 0 .2rem;font-size:.82rem}
figure.wide>.plot{display:flex;flex-wrap:wrap;gap:1rem 1.6rem}
.panel{flex:1 1 280px;max-width:400px;min-width:0}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:.5rem 0 0;padding:0;list-style:none;
  font-size:.85rem}
.legend li{display:flex;align-items:center;gap:.4rem;min-width:0}
.swatch{flex:none;width:26px;height:12px}
svg{overflow:visible}
svg svg{overflow:hidden}
.chart{display:block;width:100%;height:auto}
.chart.narrow{display:none}
text{fill:var(--soft);font-size:12px}
text.axis{font-weight:600}
text.rowname{fill:var(--ink);font-size:13px;font-weight:600}
text.value{fill:var(--ink)}
text.label{fill:var(--ink);font-size:12px;paint-order:stroke;stroke:var(--paper);stroke-width:3px;
  stroke-linejoin:round}
text.ours{font-size:14px;font-weight:700}
text.inside{fill:var(--paper);font-size:12px;font-weight:600}
.grid{stroke:var(--rule);stroke-width:1}
.base{stroke:var(--faint);stroke-width:1}
.leader{stroke:var(--faint);stroke-width:.8}
.line,.hull{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.hull{stroke-width:1.6}
.line.faint{stroke-width:1.3}
.band{fill:var(--c);opacity:.13}
.whisker{stroke:var(--c);stroke-width:1;opacity:.4}
.whisker.bold{stroke-width:2;opacity:.75}
.marker{fill:var(--c);stroke:var(--paper);stroke-width:1}
.marker.ring{fill:var(--paper);stroke:var(--c);stroke-width:2}
.count{fill:var(--rule)}
.trough{fill:var(--card)}
.fill,.part{fill:var(--c)}
details{margin-top:.5rem;font-size:.88rem}
summary{width:max-content;color:var(--link);cursor:pointer}
.scroll{overflow-x:auto;max-width:100%}
details .scroll{max-height:24rem;overflow-y:auto;margin-top:.4rem}
table{border-collapse:collapse;font-size:.88rem;line-height:1.35;overflow-wrap:normal}
th,td{padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--rule);text-align:right;
  vertical-align:baseline;white-space:nowrap}
th:first-child,td:first-child{text-align:left}
thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
tbody th{font-weight:400}
table.policies{width:100%}
table.policies td,tbody th{vertical-align:middle}
table.policies th:first-child{position:sticky;left:0;background:var(--paper);min-width:12.5rem;
  max-width:21rem;
  white-space:normal;overflow-wrap:anywhere}
table.policies td:nth-child(2){text-align:left}
th.group,table.policies th.group{padding-top:1.1rem;color:var(--soft);font-size:.8rem;
  font-weight:600;letter-spacing:.05em;text-transform:uppercase}
tbody.router th:not(.group),tbody.router td{font-weight:600}
.strip{display:block;width:120px;height:18px}
#off-policy td:nth-child(8){text-align:left;white-space:normal;min-width:14rem}
#run td{text-align:left;white-space:normal}
#run .scroll+.scroll{margin-top:1.4rem}
footer{margin-top:3.5rem;padding-top:.8rem;border-top:1px solid var(--rule);color:var(--soft);
  font-size:.85rem}
@media screen and (max-width:820px){
  .figures{grid-template-columns:minmax(0,1fr)}
}
@media screen and (max-width:640px){
  body{padding:1.4rem 1rem 3rem;font-size:15px}
  .headline{margin-top:1.2rem;font-size:1.3rem}
  .cards{grid-template-columns:repeat(2,minmax(0,1fr));gap:.5rem}
  .chart.wide{display:none}
  .chart.narrow{display:block}
  .panel{flex-basis:100%;max-width:none}
  figure:not(.wide) text{font-size:14.5px}
  table.policies th:first-child{min-width:8rem;max-width:8.5rem}
}
@media print{
  body{max-width:none;padding:0;background:none;font-size:10pt}
  nav,details{display:none}
  .headline{font-size:15pt}
  figure,.cards>div,tr{break-inside:avoid}
  h2,h3{break-after:avoid}
  .scroll{overflow:visible}
  table{font-size:8pt}
  th,td{padding-right:.5rem}
}
"""

CSS = (
    f":root{{color-scheme:light dark;{_variables(_LIGHT)}}}\n"
    f"@media (prefers-color-scheme:dark){{:root{{{_variables(_DARK)}}}}}\n"
    f"{_series()}{_RULES}"
)
"""The style sheet of a page."""
