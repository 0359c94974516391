#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/explain.h"

namespace dcat::cli {

namespace {

std::string number(std::optional<double> value, int width, int decimals) {
  return value ? fmt::format("{:>{}.{}f}", *value, width, decimals) : fmt::format("{:>{}}", "-", width);
}

std::optional<double> ipc_of(const Metrics& m) {
  return m.valid() ? std::optional(m.ipc) : std::nullopt;
}

int width_of(const View& view) {
  return std::max(20, view.columns);
}

// The highest way first, as a mask is read: `....####............`.
std::string draw_mask(Cbm mask, Cbm available) {
  std::string ways;
  if (available.empty()) return ways;
  for (int w = available.highest().value; w >= available.lowest().value; --w)
    ways += mask.overlaps(Cbm::run(WayIndex(w), Ways(1))) ? '#' : '.';
  return ways;
}

Cbm mask_after(const ContainerDecision& row, const Observation& o, const Decision& d, const DomainId& id) {
  const DomainMasks* domain = find_domain(d.masks, id);
  if (domain == nullptr) return Cbm();
  if (row.container == kSharedRegion) return domain->shared;
  const Cbm* mask = find_mask(*domain, group_of(d.plan.members, o.containers[row.container].id));
  return mask == nullptr ? domain->shared : *mask;
}

const char* colour_of(const ContainerDecision& row) {
  if (row.reason.code == ReasonCode::refused || row.container == kSharedRegion) return "\033[2m";
  switch (row.after) {
    case State::reclaim: return "\033[1;31m";
    case State::keeper: return "\033[0m";
    case State::unknown: return "\033[33m";
    case State::receiver: return "\033[32m";
    case State::donor: return "\033[36m";
    case State::streaming: return "\033[35m";
  }
  return "\033[0m";
}

std::string coloured(const std::string& line, const char* code, bool colour) {
  return colour ? code + line + "\033[0m" : line;
}

std::string time_text(const Observation& o, const View& view) {
  return fmt::format("{}t={:.1f}s", view.simulated ? "simulated " : "", seconds(o.at.time_since_epoch()));
}

std::string state_for_mode(const ContainerDecision& row, const View& view) {
  if (view.mode == Mode::observe) return row.after == State::donor ? "idle" : "Unknown";
  return state_text(row);
}

std::string table_row(const ContainerDecision& row, const std::string& name, const std::string& mask,
                      std::size_t name_width, const View& view) {
  const std::string ways = row.container == kSharedRegion || !row.dedicated
                               ? fmt::format("{}", row.ways_after.count)
                               : fmt::format("{}/{}", row.ways_after.count, row.contract.count);
  const std::optional<double> miss_pct =
      row.metrics.miss_ratio ? std::optional(*row.metrics.miss_ratio * 100) : std::nullopt;
  return fmt::format("{:<{}} {:<9} {:>5} {} {} {} {} {}  {}", fit_end(name, static_cast<int>(name_width)), name_width,
                     state_for_mode(row, view), ways, mask, number(ipc_of(row.metrics), 6, 3),
                     number(row.reason.normalised_ipc, 6, 3), number(row.metrics.mpki, 7, 2), number(miss_pct, 6, 1),
                     view.mode == Mode::observe && row.metrics.valid() ? "" : explain(row));
}

std::string table_head(std::size_t name_width, std::size_t mask_width) {
  return fmt::format("{:<{}} {:<9} {:>5} {:<{}} {:>6} {:>6} {:>7} {:>6}  {}", "CONTAINER", name_width, "STATE", "WAYS",
                     "MASK", mask_width, "IPC", "NORM", "MPKI", "MISS%", "WHY");
}

std::size_t name_width_of(const Observation& o) {
  std::size_t width = 9;
  for (const ContainerInfo& info : o.containers) width = std::max(width, info.id.value.size());
  return std::min<std::size_t>(std::max<std::size_t>(width, 15), 32);
}

void draw_domain(std::vector<std::string>& lines, const Observation& o, const Decision& d, const DomainDecision& domain,
                 const View& view) {
  const DomainGeometry* geometry = o.geometry.find(domain.id);
  const Cbm available = geometry == nullptr ? Cbm() : geometry->available;
  const std::size_t name_width = name_width_of(o);
  const std::string title = fmt::format("L3 domain {}: {} ways", domain.id.value, available.size().count);
  const std::string shares = view.mode == Mode::observe ? ""
                                                        : fmt::format(", shared region {} ({} of them free)",
                                                                      domain.shared.count, domain.free.count);
  lines.push_back(cut(title + shares, width_of(view)));
  const std::string head =
      cut(table_head(name_width, static_cast<std::size_t>(std::max(4, available.size().count))), width_of(view));
  lines.push_back(coloured(head, "\033[1m", view.colour));
  for (const ContainerDecision& row : domain.containers) {
    const std::string mask = draw_mask(mask_after(row, o, d, domain.id), available);
    const std::string line = table_row(row, subject(row, o), mask, name_width, view);
    lines.push_back(coloured(cut(line, width_of(view)), colour_of(row), view.colour));
  }
}

std::string what_happens(const Decision& d, const View& view) {
  if (view.mode == Mode::observe) return "nothing is written";
  if (d.refused) return "kept as it is: " + *d.refused;
  if (d.changes.empty()) return "no change";
  return fmt::format("{} change{}{}", d.changes.size(), d.changes.size() == 1 ? "" : "s",
                     view.mode == Mode::advise ? " advised, none written" : "");
}

}  // namespace

std::vector<std::string> draw_table(const Observation& o, const Decision& d, const View& view) {
  std::vector<std::string> lines;
  lines.push_back(
      cut(fmt::format("dCat {} {}  {}  period {}  {}", name_of(view.mode),
                      view.simulated ? "(simulated node " + printable(view.node) + ")" : "(" + view.node + ")",
                      time_text(o, view), d.tick, what_happens(d, view)),
          width_of(view)));
  for (const DomainDecision& domain : d.domains) {
    lines.emplace_back();
    draw_domain(lines, o, d, domain, view);
  }
  const auto most = static_cast<std::size_t>(std::max(2, view.rows - 1));
  if (lines.size() > most) {
    const std::size_t hidden = lines.size() - most + 1;
    lines.resize(most - 1);
    lines.push_back(cut(fmt::format("... {} more lines; a taller terminal shows them", hidden), width_of(view)));
  }
  return lines;
}

std::vector<std::string> plain_lines(const Observation& o, const Decision& d, const View& view) {
  std::vector<std::string> lines;
  const std::string time = time_text(o, view);
  for (const DomainDecision& domain : d.domains) {
    const std::string where = fmt::format("{} domain={}", time, domain.id.value);
    if (view.mode != Mode::observe)
      lines.push_back(fmt::format("{} shared={} free={}: {}", where, domain.shared.count, domain.free.count,
                                  what_happens(d, view)));
    for (const ContainerDecision& row : domain.containers) {
      const bool moves = row.before != row.after || row.ways_before != row.ways_after;
      const bool interferes = row.reason.code == ReasonCode::non_cache_interference;
      if (view.mode == Mode::observe) {
        lines.push_back(
            fmt::format("{} {} {} cpi={} mpki={} miss_ratio={} llc_refs_per_sec={} {}", where, subject(row, o),
                        state_for_mode(row, view), row.metrics.valid() ? fmt::format("{:.3f}", row.metrics.cpi()) : "-",
                        number(row.metrics.mpki, 0, 3), number(row.metrics.miss_ratio, 0, 4),
                        number(row.metrics.llc_refs_per_sec, 0, 0), row.metrics.valid() ? "" : explain(row)));
      } else if ((moves && row.container != kSharedRegion && row.dedicated) || interferes) {
        lines.push_back(fmt::format("{} {} {} -> {}, {} -> {} way{}: {}", where, subject(row, o), name_of(row.before),
                                    name_of(row.after), row.ways_before.count, row.ways_after.count,
                                    row.ways_after.count == 1 ? "" : "s", explain(row)));
      }
    }
  }
  for (std::string& line : lines)
    while (!line.empty() && line.back() == ' ') line.pop_back();
  return lines;
}

std::vector<std::string> refusal_lines(const Observation& o, const Decision& d, const View& view) {
  std::vector<std::string> lines;
  for (const DomainDecision& domain : d.domains)
    for (const ContainerDecision& row : domain.containers)
      if (row.reason.code == ReasonCode::refused || row.reason.code == ReasonCode::no_closid)
        lines.push_back(fmt::format("{} domain={} {} runs in the shared region: {}", time_text(o, view),
                                    domain.id.value, subject(row, o), explain(row)));
  return lines;
}

}  // namespace dcat::cli
