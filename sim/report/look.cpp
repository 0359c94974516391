#include "sim/report/look.h"

#include <fmt/format.h>

namespace dcat::sim::page {
namespace {

constexpr std::size_t kColours = 8;

// Inside a tile of 7 x 7, over the colour.
std::string_view tile_of_tenant(std::size_t round) {
  switch (round % 4) {
    case 1: return "<circle cx=\"3.5\" cy=\"3.5\" r=\"1.6\" class=\"pf\"/>";
    case 2: return "<path d=\"M3.5 0V7\" class=\"ps\"/>";
    case 3: return "<path d=\"M0 3.5H7\" class=\"ps\"/>";
    default: return "<path d=\"M0 3.5H7M3.5 0V7\" class=\"ps\"/>";
  }
}

// Inside a tile of 6 x 6, over the colour.
std::string_view tile_of_state(State state) {
  switch (state) {
    case State::reclaim: return "<path d=\"M1.5 0V6M4.5 0V6\" class=\"qs\"/>";
    case State::keeper: return "";
    case State::unknown: return "<circle cx=\"3\" cy=\"3\" r=\"1\" class=\"qf\"/>";
    case State::receiver: return "<path d=\"M-1 7L7 -1M-1 1L1 -1M5 7L7 5\" class=\"qs\"/>";
    case State::donor: return "<path d=\"M-1 -1L7 7M5 -1L7 1M-1 5L1 7\" class=\"qs\"/>";
    case State::streaming: return "<path d=\"M0 1.5H6M0 4.5H6\" class=\"qs\"/>";
  }
  return "";
}

std::string pattern(const std::string& id, int size, const std::string& colour_class, std::string_view tile) {
  return fmt::format(
      "<pattern id=\"{0}\" width=\"{1}\" height=\"{1}\" patternUnits=\"userSpaceOnUse\">"
      "<rect width=\"{1}\" height=\"{1}\" class=\"{2}\"/>{3}</pattern>\n",
      id, size, colour_class, tile);
}

}  // namespace

std::string pattern_definitions(std::size_t tenants) {
  std::string text = "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n";
  text +=
      "<pattern id=\"shared\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
      "<path d=\"M-1 7L7 -1M-1 1L1 -1M5 7L7 5\" class=\"hatch\"/></pattern>\n";
  for (const State state : kStates)
    text +=
        pattern(fmt::format("s{}", letter_of(state)), 6, fmt::format("s{}", letter_of(state)), tile_of_state(state));
  for (std::size_t t = kColours; t < tenants; ++t)
    text += pattern(fmt::format("t{}", t), 7, fmt::format("t{}", t % kColours), tile_of_tenant(t / kColours));
  return text + "</defs></svg>\n";
}

std::string tenant_fill(std::size_t tenant) {
  if (tenant < kColours) return fmt::format("class=\"t{}\"", tenant);
  return fmt::format("fill=\"url(#t{})\"", tenant);
}

std::string state_fill(State state) {
  return fmt::format("fill=\"url(#s{})\"", letter_of(state));
}

char letter_of(State state) {
  switch (state) {
    case State::reclaim: return 'C';  // it gets its contract back
    case State::keeper: return 'K';
    case State::unknown: return 'U';
    case State::receiver: return 'R';
    case State::donor: return 'D';
    case State::streaming: return 'S';
  }
  return '?';
}

std::string_view style_sheet() {
  return R"css(
:root { color-scheme: light dark; --bg: #fcfcfa; --ink: #1c2126; --mute: #59636e; --rule: #d8dce0; --faint: #eceef0;
  --bad: #c24400; --link: #005a94;
  --t0: #0072b2; --t1: #e69f00; --t2: #009e73; --t3: #cc79a7; --t4: #56b4e9; --t5: #d55e00; --t6: #e6d535; --t7: #8a8f94;
  --sC: #ee9b68; --sK: #c9cdd2; --sU: #f3dc8a; --sR: #5fc3a3; --sD: #9fd2f0; --sS: #dfa9c6; }
@media (prefers-color-scheme: dark) { :root { --bg: #15181b; --ink: #e3e6e9; --mute: #9ba5ae; --rule: #343a40;
  --faint: #24292d; --bad: #ff8b4d; --link: #7cc0f2;
  --t0: #1b7fc0; --t1: #e69f00; --t2: #009e73; --t3: #cc79a7; --t4: #6fc0ef; --t5: #d55e00; --t6: #f0e442; --t7: #8d949b;
  --sC: #94481a; --sK: #474e55; --sU: #75621c; --sR: #14755a; --sD: #2b6485; --sS: #82486a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 1040px; background: var(--bg); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .5rem; padding-top: .7rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 2rem 0 .1rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; max-width: 96ch; }
a { color: var(--link); }
.mute, caption { color: var(--mute); }
.note { border-left: 3px solid var(--rule); padding-left: .7rem; }
code, pre { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: var(--faint); padding: .7rem .8rem; border-radius: 4px; overflow-x: auto; margin: .5rem 0; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .15rem 1rem; margin: .4rem 0; }
details { margin: .8rem 0; }
summary { cursor: pointer; }
.scroll { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { padding: .22rem .45rem; text-align: right; vertical-align: bottom; border-bottom: 1px solid var(--rule); }
td { white-space: nowrap; }
.policy { position: sticky; left: 0; background: var(--bg); }
th { font-weight: 600; line-height: 1.25; }
.word { text-align: left; }
tbody tr:hover td { background: var(--faint); }
td.best { font-weight: 700; }
td small { color: var(--mute); font-weight: 400; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \25B4"; }
th[aria-sort=descending] button::after { content: " \25BE"; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; font-size: 13px; margin: .5rem 0; padding: 0; list-style: none; }
.legend svg { vertical-align: -2px; margin-right: .35rem; }
svg.defs { position: absolute; }
svg.chart { display: block; width: 100%; height: auto; margin: .4rem 0 0; }
svg text { fill: var(--ink); font: 11.5px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
svg .cap { font-weight: 600; paint-order: stroke; stroke: var(--bg); stroke-width: 4px; }
svg .cap tspan { font-weight: 400; fill: var(--mute); }
svg .small { font-size: 10px; fill: var(--mute); font-variant-numeric: tabular-nums; }
svg .bad { fill: var(--bad); }
svg .end { text-anchor: end; }
svg .mid { text-anchor: middle; }
svg .letter { font-size: 10px; font-weight: 600; text-anchor: middle; }
.t0 { fill: var(--t0); } .t1 { fill: var(--t1); } .t2 { fill: var(--t2); } .t3 { fill: var(--t3); }
.t4 { fill: var(--t4); } .t5 { fill: var(--t5); } .t6 { fill: var(--t6); } .t7 { fill: var(--t7); }
.sC { fill: var(--sC); } .sK { fill: var(--sK); } .sU { fill: var(--sU); } .sR { fill: var(--sR); }
.sD { fill: var(--sD); } .sS { fill: var(--sS); }
.pf { fill: var(--bg); } .ps { stroke: var(--bg); stroke-width: 1.6; fill: none; }
.qf { fill: var(--ink); opacity: .45; } .qs { stroke: var(--ink); stroke-width: .8; opacity: .35; fill: none; }
.hatch { stroke: var(--bg); stroke-width: 1.5; opacity: .6; fill: none; }
.band { stroke: var(--bg); stroke-width: .8; }
.free { fill: var(--faint); }
.grid { stroke: var(--rule); stroke-width: .7; fill: none; }
.edge { stroke: var(--mute); stroke-width: .7; fill: none; }
.mark { stroke: var(--ink); stroke-width: .8; stroke-dasharray: 1.5 2.5; fill: none; opacity: .75; }
.line { stroke: var(--ink); stroke-width: 1.2; fill: none; stroke-linejoin: round; }
.bound { stroke: var(--link); stroke-width: 1.4; stroke-dasharray: 5 3; fill: none; }
.gap { fill: var(--link); opacity: .16; }
.tone { opacity: .5; }
.one { stroke: var(--mute); stroke-width: .8; fill: none; }
.floor { stroke: var(--bad); stroke-width: .8; stroke-dasharray: 2 2; fill: none; }
.below { fill: var(--bad); }
.column { fill: var(--ink); fill-opacity: 0; } .column:hover { fill-opacity: .12; }
@media print { body { max-width: none; } .scroll { overflow: visible; } }
)css";
}

std::string_view script() {
  // No `<` and no `&`, so that it reads the same as HTML and as XML.
  return R"js(
"use strict";
for (const head of document.querySelectorAll("table.sortable thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const up = head.getAttribute("aria-sort") === "descending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => row.cells[column].dataset.v;
    const order = (a, b) => {
      const x = value(a), y = value(b);
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      const by = head.classList.contains("word") ? x.localeCompare(y, "en", { numeric: true }) : x - y;
      return up ? by : -by;
    };
    body.append(...[...body.rows].sort(order));
  });
}
document.documentElement.dataset.script = "ran";
)js";
}

std::string_view script_hash() {
  return "itnnVhklZGzmPgnmO2Nk949jJCwQFSSVMsarezZkfzM=";
}

}  // namespace dcat::sim::page
