#include "web/page_json.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "controller/trace_writer.h"

namespace dcat::web {

namespace {

using trace::Writer;

double ratio_of(const Row& row) {
  return row.decided.reason.normalised_ipc.value_or(1e9);
}

// Of all rows those that are shown, in order.
std::vector<const Row*> shown(const Snapshot& s) {
  std::vector<const Row*> rows;
  rows.reserve(s.rows.size());
  for (const Row& row : s.rows) rows.push_back(&row);
  const auto before = [](const Row* a, const Row* b) {
    const int own_a = a->decided.dedicated ? a->decided.ways_after.count : 0;
    const int own_b = b->decided.dedicated ? b->decided.ways_after.count : 0;
    if (own_a != own_b) return own_a > own_b;
    if (ratio_of(*a) != ratio_of(*b)) return ratio_of(*a) < ratio_of(*b);
    return std::pair(a->workload, a->domain) < std::pair(b->workload, b->domain);
  };
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), kMostShown));
  std::partial_sort(rows.begin(), end, rows.end(), before);
  rows.erase(end, rows.end());
  return rows;
}

// Means of as many steps as there are points to show.
std::vector<int> thinned(const std::vector<Point>& points) {
  const std::size_t step = kSlots / kSparkPoints;
  std::vector<int> out;
  for (std::size_t end = points.size(); end > 0; end -= std::min(step, end)) {
    int sum = 0, count = 0;
    for (std::size_t i = end - std::min(step, end); i < end; ++i)
      if (points[i].ipc_permille != Point::kNone) sum += points[i].ipc_permille, ++count;
    out.push_back(count == 0 ? -1 : sum / count);
  }
  std::ranges::reverse(out);
  return out;
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

void write_row(Writer& w, const Publisher& p, const Snapshot& s, const Row& row, const std::vector<Point>& points) {
  const Workload& who = *s.workloads[row.workload];
  const ContainerDecision& d = row.decided;
  w.open('{');
  w.name("id", who.id);
  w.name("name", who.name);
  w.word("kind", who.kind);
  if (!who.name_space.empty()) w.name("namespace", who.name_space);
  if (!who.pod.empty()) w.name("pod", who.pod);
  w.field("domain", row.domain);
  w.word("state", name_of(d.after));
  w.field("ways", d.ways_after);
  w.field("contract", d.contract);
  w.truth("dedicated", d.dedicated);
  w.name("group", row.group);
  if (d.reason.normalised_ipc) w.field("against_baseline", rounded(*d.reason.normalised_ipc));
  if (d.metrics.valid()) {
    w.field("ipc", rounded(d.metrics.ipc));
    if (d.metrics.mpki) w.field("mpki", rounded(*d.metrics.mpki));
    if (d.metrics.miss_ratio) w.field("miss_ratio", rounded(*d.metrics.miss_ratio));
  }
  if (d.metrics.llc_occupancy_bytes) w.field("occupancy", *d.metrics.llc_occupancy_bytes);
  w.field("violations", row.totals.guarantee_violations);
  w.name("reason", p.explain(d));
  w.open("spark", '[');
  for (const int permille : thinned(points)) w.number(permille);
  w.close(']');
  w.close('}');
}

void write_rest(Writer& w, const Snapshot& s, const std::vector<const Row*>& rows) {
  std::size_t below = 0;
  std::array<std::size_t, 6> states{};
  for (const Row& row : s.rows) {
    ++states[static_cast<std::size_t>(row.decided.after)];
    below += row.decided.reason.normalised_ipc.value_or(1) < 0.95 ? 1 : 0;
  }
  w.field("rows_in_all", static_cast<std::uint64_t>(s.rows.size()));
  w.field("rows_left_out", static_cast<std::uint64_t>(s.rows.size() - rows.size()));
  w.field("below_baseline", static_cast<std::uint64_t>(below));
  w.open("states", '{');
  for (std::size_t i = 0; i < states.size(); ++i)
    w.field(name_of(static_cast<State>(i)), static_cast<std::uint64_t>(states[i]));
  w.close('}');
}

void write_snapshot(Writer& w, const Publisher& p, const Snapshot& s) {
  w.word("mode", name_of(s.mode));
  w.field("period", s.tick);
  w.field("decided_at", s.unix_seconds);
  w.field("containers", static_cast<std::uint64_t>(s.workloads.size() + s.left_out));
  w.field("violations", s.totals.guarantee_violations);
  w.field("foreign_writes", s.totals.foreign_writes);
  w.open("domains", '[');
  for (const Snapshot::Domain& domain : s.domains) {
    w.open('{');
    w.field("id", domain.id);
    w.field("ways", domain.ways);
    w.field("shared", domain.shared);
    w.field("free", domain.free);
    w.close('}');
  }
  w.close(']');
  const std::vector<const Row*> rows = shown(s);
  std::vector<History::Key> keys;
  for (const Row* row : rows) keys.emplace_back(s.workloads[row->workload]->id, row->domain);
  const std::vector<std::vector<Point>> points = p.history().points(keys);
  w.open("rows", '[');
  for (std::size_t i = 0; i < rows.size(); ++i) write_row(w, p, s, *rows[i], points[i]);
  w.close(']');
  write_rest(w, s, rows);
}

}  // namespace

std::string format_now(const Publisher& p) {
  const std::shared_ptr<const NodeFacts> kept = p.facts();
  const NodeFacts& facts = *kept;
  const std::shared_ptr<const Snapshot> s = p.last();
  Writer w;
  w.open('{');
  w.word("version", facts.version);
  w.name("node", facts.node);
  w.name("policy", facts.policy);
  w.truth("simulated", facts.simulated);
  w.field("period_seconds", seconds(facts.interval));
  w.field("now", p.unix_seconds());
  const Health health = p.health();
  w.truth("ready", health.ready);
  w.name("why", health.why);
  if (s) write_snapshot(w, p, *s);
  w.close('}');
  return std::move(w).take();
}

std::string format_ways(const WaysView& view) {
  Writer w;
  w.open('{');
  w.field("slots", static_cast<std::uint64_t>(view.slots));
  w.field("most_slots", static_cast<std::uint64_t>(kSlots));
  w.field("step_seconds", seconds(view.step));
  w.open("domains", '[');
  std::vector<bool> used(std::size_t{1} << 16);
  for (const WaysView::Domain& domain : view.domains) {
    w.open('{');
    w.field("id", domain.id);
    w.open("ways", '[');
    for (const std::vector<std::uint16_t>& way : domain.owners) {
      w.open('[');
      for (std::size_t at = 0; at < way.size();) {
        std::size_t end = at;
        while (end < way.size() && way[end] == way[at]) ++end;
        w.number(static_cast<std::uint64_t>(end - at));
        w.number(static_cast<std::uint32_t>(way[at]));
        used[way[at]] = true;
        at = end;
      }
      w.close(']');
    }
    w.close(']');
    w.close('}');
  }
  w.close(']');
  w.open("owners", '[');
  for (const auto& [owner, name] : view.names) {
    if (!used[owner]) continue;
    w.open('{');
    w.field("number", static_cast<std::uint32_t>(owner));
    w.name("name", name);
    w.close('}');
  }
  w.close(']');
  w.close('}');
  return std::move(w).take();
}

}  // namespace dcat::web
