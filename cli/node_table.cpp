#include "cli/node_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <map>
#include <optional>

#include "cli/terminal_text.h"
#include "cli/wall_time.h"

namespace dcat::cli {

namespace {

constexpr int kUncut = 100'000;   // columns of a line that nobody cuts
constexpr int kWithReason = 110;  // columns from which a row has its reason behind it
constexpr int kNumbers = 46;      // columns of a row without its name, mask and reason
constexpr int kLeastName = 12, kMostName = 40;
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return lower(text).find(part) != std::string::npos;
}

std::string number(const std::optional<double>& value, int width, int decimals) {
  if (!value) return fmt::format("{:>{}}", "-", width);
  std::string text = fmt::format("{:.{}f}", *value, decimals);
  // A number that has grown too long loses its decimals first.
  if (static_cast<int>(text.size()) > width) text = fmt::format("{:.0f}", *value);
  if (static_cast<int>(text.size()) > width) text = fmt::format("{:.0e}", *value);
  return fmt::format("{:>{}}", text, width);
}

std::string bytes_text(const std::optional<double>& bytes, int width) {
  if (!bytes) return fmt::format("{:>{}}", "-", width);
  constexpr std::string_view kUnits = "KMGT";
  double value = *bytes / 1024;
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) value /= 1024, ++unit;
  return fmt::format("{:>{}}", fmt::format("{:.{}f}{}", value, value < 10 && unit > 0 ? 1 : 0, kUnits[unit]), width);
}

// Letters of groups with ways of their own, in the order of their highest ways.
std::map<std::string, char> letters_of(const StatusView& status, int domain) {
  std::vector<std::pair<int, std::string>> groups;
  for (const ContainerView& container : status.containers)
    for (const PlaceView& place : container.places)
      if (place.domain == domain && place.dedicated && !container.group.empty() && place.bits != 0)
        groups.emplace_back(-static_cast<int>(std::bit_width(place.bits)), container.group);
  std::ranges::sort(groups);
  std::map<std::string, char> letters;
  for (const auto& [way, group] : groups)
    if (!letters.contains(group)) letters[group] = letters.size() < kLetters.size() ? kLetters[letters.size()] : '*';
  return letters;
}

std::string bar_of(const StatusView& status, const DomainView& domain, const std::map<std::string, char>& letters) {
  const int width = static_cast<int>(std::bit_width(domain.bits));
  std::string bar(static_cast<std::size_t>(width), '-');
  std::map<std::string, std::uint64_t> masks;
  for (const ContainerView& container : status.containers)
    for (const PlaceView& place : container.places)
      if (place.domain == domain.id && letters.contains(container.group)) masks[container.group] = place.bits;
  for (int way = 0; way < width; ++way) {
    const std::uint64_t bit = std::uint64_t{1} << way;
    char& sign = bar[static_cast<std::size_t>(width - 1 - way)];
    if ((domain.bits & bit) == 0) sign = ' ';
    if ((domain.shared_bits & bit) != 0) sign = '.';
    for (const auto& [group, mask] : masks)
      if ((mask & bit) != 0) sign = sign == '-' || sign == ' ' ? letters.at(group) : '#';
  }
  return bar;
}

bool shows(const ContainerView& container, const PlaceView* place, const std::string& filter) {
  return filter.empty() || has(container.id, filter) || has(container.name, filter) || has(container.group, filter) ||
         (place != nullptr && has(place->state, filter));
}

std::optional<double> value_of(const Row& row, SortBy by) {
  if (row.place == nullptr) return std::nullopt;
  switch (by) {
    case SortBy::ways: return row.place->ways;
    case SortBy::cpi: return row.place->cpi;
    case SortBy::mpki: return row.place->mpki;
    case SortBy::occupancy: return row.place->occupancy_bytes;
    case SortBy::normalised_ipc: return row.place->normalised_ipc;
    case SortBy::none:
    case SortBy::name:
    case SortBy::state: break;
  }
  return std::nullopt;
}

// `3 -> 5` of a partition, `5` of who shares.
std::string ways_text(const PlaceView& place) {
  return place.dedicated ? fmt::format("{}->{}", place.contract, place.ways) : std::to_string(place.ways);
}

std::string rest_of(const Row& row, const TableLayout& layout) {
  const PlaceView& p = *row.place;
  return fmt::format("{} {:>6} {:>{}} {} {} {} {}", fit(p.dedicated ? p.state : "-", 9), ways_text(p),
                     p.mask.empty() ? "-" : p.mask, layout.mask, number(p.cpi, 5, 2), number(p.normalised_ipc, 5, 2),
                     number(p.mpki, 6, 2), bytes_text(p.occupancy_bytes, 5));
}

}  // namespace

std::string_view name_of(SortBy by) {
  switch (by) {
    case SortBy::none: return "id";
    case SortBy::name: return "name";
    case SortBy::state: return "state";
    case SortBy::ways: return "ways";
    case SortBy::cpi: return "CPI";
    case SortBy::mpki: return "MPKI";
    case SortBy::occupancy: return "occupancy";
    case SortBy::normalised_ipc: return "IPC against the baseline";
  }
  return "";
}

void sort_rows(std::vector<Row>& rows, SortBy by, bool reverse) {
  if (by == SortBy::none) return;
  if (by == SortBy::name || by == SortBy::state) {
    const auto text = [by](const Row& row) -> std::string {
      if (by == SortBy::name) return row.container->name;
      return row.place != nullptr ? row.place->state : std::string();
    };
    std::ranges::stable_sort(rows, {}, text);
    if (reverse) std::ranges::reverse(rows);
    return;
  }
  std::ranges::stable_sort(rows, [by, reverse](const Row& a, const Row& b) {
    const auto x = value_of(a, by), y = value_of(b, by);
    if (!x || !y) return x.has_value() && !y.has_value();
    return reverse ? *x < *y : *x > *y;
  });
}

std::vector<DomainRows> rows_of(const StatusView& status, const std::string& filter, SortBy by, bool reverse) {
  const std::string wanted = lower(filter);
  std::vector<DomainRows> all;
  for (const DomainView& domain : status.domains) {
    const std::map<std::string, char> letters = letters_of(status, domain.id);
    DomainRows rows{&domain, bar_of(status, domain, letters), {}};
    for (const ContainerView& container : status.containers)
      for (const PlaceView& place : container.places) {
        if (place.domain != domain.id || !shows(container, &place, wanted)) continue;
        const auto letter = letters.find(container.group);
        rows.rows.push_back({&container, &place, place.dedicated && letter != letters.end() ? letter->second : '.'});
      }
    sort_rows(rows.rows, by, reverse);
    all.push_back(std::move(rows));
  }
  DomainRows others;
  for (const ContainerView& container : status.containers)
    if (container.places.empty() && shows(container, nullptr, wanted))
      others.rows.push_back({&container, nullptr, ' '});
  sort_rows(others.rows, by, reverse);
  if (!others.rows.empty()) all.push_back(std::move(others));
  return all;
}

TableLayout layout_of(const StatusView& status, int columns) {
  TableLayout layout;
  layout.columns = columns;
  layout.reason = columns >= kWithReason;
  for (const DomainView& domain : status.domains)
    layout.mask = std::max(layout.mask, (static_cast<int>(std::bit_width(domain.bits)) + 3) / 4);
  int longest = kLeastName;
  for (const ContainerView& container : status.containers) longest = std::max(longest, columns_of(container.name));
  const int room = layout.reason ? kMostName : columns - kNumbers - layout.mask;
  layout.name = std::clamp(longest, kLeastName, std::clamp(room, kLeastName, kMostName));
  return layout;
}

std::vector<std::string> head_lines(const StatusView& s, int columns) {
  std::vector<std::string> lines;
  const std::string when = s.t ? fmt::format("t={:.1f}s", *s.t) : short_utc(s.at);
  // What may be long comes last.
  lines.push_back(
      cut(fmt::format("dCat {}{}, policy {}, period {} of {} s, {}, node {}", s.mode, s.simulated ? " (simulated)" : "",
                      s.policy, s.period, static_cast<double>(s.interval_ms) / 1000, when, s.node),
          columns));
  if (!s.mode_reason.empty())
    lines.push_back(cut(fmt::format("mode {}{}: {}", s.mode,
                                    s.mode_since.empty() ? "" : " since " + short_utc(s.mode_since), s.mode_reason),
                        columns));
  return lines;
}

std::string domain_line(const DomainRows& rows, int columns) {
  if (rows.domain == nullptr) return cut("Not run yet", columns);
  const DomainView& d = *rows.domain;
  return cut(fmt::format("L3 domain {} [{}] {} ways, shared {}, free {}", d.id, rows.bar, d.ways, d.shared, d.free),
             columns);
}

std::string table_head(const TableLayout& layout) {
  const std::string head = fmt::format("  {} {:<9} {:>6} {:>{}} {:>5} {:>5} {:>6} {:>5}", fit("CONTAINER", layout.name),
                                       "STATE", "WAYS", "MASK", layout.mask, "CPI", "IPC/B", "MPKI", "OCC");
  return cut(layout.reason ? head + "  WHY" : head, layout.columns);
}

std::string table_row(const Row& row, const TableLayout& layout) {
  const std::string name = fit_end(row.container->name, layout.name);
  if (row.place == nullptr) return cut(fmt::format("  {} contract {}", name, row.container->contract), layout.columns);
  const std::string line = fmt::format("{} {} {}", row.key, name, rest_of(row, layout));
  return cut(layout.reason ? line + "  " + reason_of(row) : line, layout.columns);
}

std::string reason_of(const Row& row) {
  if (row.place == nullptr) return "has not run yet";
  if (row.container->foreign.empty()) return row.place->reason;
  return row.place->reason + " (" + row.container->foreign + " decides)";
}

std::vector<std::string> status_lines(const StatusView& status, int columns) {
  const TableLayout layout = layout_of(status, columns > 0 ? columns : kUncut);
  std::vector<std::string> lines = head_lines(status, layout.columns);
  for (const DomainRows& domain : rows_of(status, "", SortBy::none, false)) {
    lines.emplace_back();
    lines.push_back(domain_line(domain, layout.columns));
    if (domain.domain != nullptr) lines.push_back(table_head(layout));
    for (const Row& row : domain.rows) {
      lines.push_back(table_row(row, layout));
      if (!layout.reason && row.place != nullptr) lines.push_back(cut("    " + reason_of(row), layout.columns));
    }
  }
  if (status.containers.empty()) lines.push_back(cut("No container and no virtual machine is found.", layout.columns));
  return lines;
}

}  // namespace dcat::cli
