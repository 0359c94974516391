#include "cli/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/terminal_text.h"

namespace dcat::cli {

namespace {

constexpr int kBottom = 2;  // lines below the table
constexpr std::size_t kMostFilter = 64;
constexpr int kNoticePeriods = 5;

struct SortKey {
  char key;
  SortBy by;
};
constexpr std::array<SortKey, 8> kSortKeys{{{'i', SortBy::none},
                                            {'n', SortBy::name},
                                            {'t', SortBy::state},
                                            {'w', SortBy::ways},
                                            {'c', SortBy::cpi},
                                            {'m', SortBy::mpki},
                                            {'o', SortBy::occupancy},
                                            {'b', SortBy::normalised_ipc}}};

// All rows in the order in which they are shown: of every domain together where they are sorted.
std::vector<Row> all_rows(const TopState& s) {
  std::vector<Row> rows;
  if (!s.status) return rows;
  for (DomainRows& domain : rows_of(*s.status, s.filter, s.by, s.reverse))
    rows.insert(rows.end(), domain.rows.begin(), domain.rows.end());
  if (s.status->domains.size() > 1) sort_rows(rows, s.by, s.reverse);
  return rows;
}

std::string name_of(const Row& row) {
  return fmt::format("{} {}", row.place != nullptr ? row.place->domain : -1, row.container->id);
}

// Its place in `rows`, 0 where it is not there any more.
std::size_t place_of(const std::vector<Row>& rows, const std::string& selected) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) { return name_of(row) == selected; });
  return found != rows.end() ? static_cast<std::size_t>(found - rows.begin()) : 0;
}

TopStyle style_of(const Row& row) {
  if (row.place == nullptr || !row.place->dedicated) return TopStyle::faint;
  if (row.place->state == "Reclaim") return TopStyle::reclaim;
  if (row.place->state == "Receiver") return TopStyle::receiver;
  if (row.place->state == "Donor") return TopStyle::donor;
  if (row.place->state == "Streaming") return TopStyle::streaming;
  return TopStyle::plain;
}

// What stands above the table.
std::vector<TopLine> upper_lines(const TopState& s, int rows, int columns) {
  std::vector<TopLine> lines;
  for (std::string& line : head_lines(*s.status, columns)) lines.push_back({std::move(line), TopStyle::title});
  if (lines.size() > 1) lines[1].style = TopStyle::warning;
  if (!s.trouble.empty()) lines.push_back({cut("NO ANSWER: " + s.trouble, columns), TopStyle::warning});
  const std::vector<DomainRows> domains = rows_of(*s.status, "", SortBy::none, false);
  const auto most = static_cast<std::size_t>(std::max(1, rows / 3));  // of the screen; the table is looked at, too
  std::size_t shown = 0, hidden = 0;
  for (const DomainRows& domain : domains) {
    if (domain.domain == nullptr) continue;
    if (shown == most)
      ++hidden;
    else
      lines.push_back({domain_line(domain, columns), TopStyle::plain}), ++shown;
  }
  if (hidden > 0)
    lines.back() = {cut(fmt::format("... {} more L3 domains; a taller terminal shows them", hidden + 1), columns), {}};
  return lines;
}

int table_rows(const TopState& s, int rows, int columns) {
  if (!s.status) return 1;
  return std::max(1, rows - static_cast<int>(upper_lines(s, rows, columns).size()) - 1 - kBottom);
}

TopLine bottom_line(const TopState& s, std::size_t selected, std::size_t count, int columns) {
  if (s.typing) return {cut("filter: " + s.filter + "_   (Enter keeps it, Esc drops it)", columns), TopStyle::head};
  std::string text = fmt::format("{}/{}  q quit  ? help  / filter", count == 0 ? 0 : selected + 1, count);
  if (!s.filter.empty()) text += " (" + s.filter + ")";
  text += fmt::format("  s sort: {}{}", dcat::cli::name_of(s.by), s.reverse ? ", reversed" : "");
  return {cut(text, columns), TopStyle::faint};
}

void draw_table_part(std::vector<TopLine>& lines, const TopState& s, int rows, int columns) {
  const bool many = s.status->domains.size() > 1;  // then each row says which
  const int margin = many ? 4 : 1;
  const TableLayout layout = layout_of(*s.status, columns - margin);
  lines.push_back({std::string(static_cast<std::size_t>(margin), ' ') + table_head(layout), TopStyle::head});
  if (many) lines.back().text.replace(1, 2, "L3");
  const std::vector<Row> all = all_rows(s);
  const std::size_t selected = place_of(all, s.selected);
  const auto room = static_cast<std::size_t>(table_rows(s, rows, columns));
  std::size_t first = std::min(s.first, all.size() > room ? all.size() - room : 0);
  if (selected < first) first = selected;
  if (selected >= first + room) first = selected - room + 1;
  for (std::size_t i = first; i < all.size() && i < first + room; ++i) {
    const Row& row = all[i];
    std::string line = i == selected ? ">" : " ";
    if (many) line += row.place != nullptr ? fmt::format("{:>2} ", row.place->domain) : "   ";
    lines.push_back({line + table_row(row, layout), i == selected ? TopStyle::selected : style_of(row)});
  }
  const auto bottom = static_cast<std::size_t>(rows - kBottom);
  if (all.empty())
    lines.push_back({cut(s.filter.empty() ? " No container and no virtual machine is found."
                                          : " Nothing has that in its name, state or group; Esc drops the filter.",
                         columns),
                     TopStyle::faint});
  lines.resize(std::max(lines.size(), bottom));
  if (!s.notice.empty())
    lines.push_back({cut(s.notice, columns), TopStyle::warning});
  else
    lines.push_back({all.empty()
                         ? std::string()
                         : cut(fmt::format("{}: {}", all[selected].container->id, reason_of(all[selected])), columns),
                     TopStyle::plain});
  lines.push_back(bottom_line(s, selected, all.size(), columns));
}

std::vector<TopLine> help_lines(int columns) {
  std::vector<TopLine> lines{{"dcat top", TopStyle::title}, {}};
  for (const char* const line : {
           "Up, Down, PgUp, PgDn, Home, End  select a container; why it is so stands below",
           "s                    sort by the next column; r turns the order round",
           "i n t w c m o b      sort by id, name, state, ways, CPI, MPKI, occupancy,",
           "                     IPC against the baseline",
           "/                    show only whose name, state or group has what is typed",
           "Esc                  drop the filter       q  quit",
           "",
           "In the bar: a letter for each group with ways of its own, as in front of its",
           "rows; . the shared region; # more than one group; - nobody. The highest way",
           "comes first, as in a mask.",
           "WAYS 3->5: its contract of 3 ways, and the 5 that it has. IPC/B: its IPC",
           "against its baseline, 1 = the contract's ways. OCC: what it holds in the cache.",
           "",
           "Any key goes back.",
       })
    lines.push_back({cut(line, columns), TopStyle::plain});
  return lines;
}

void select(TopState& s, std::int64_t by, int rows) {
  const std::vector<Row> all = all_rows(s);
  if (all.empty()) return;
  const auto last = static_cast<std::int64_t>(all.size()) - 1;
  const auto now = static_cast<std::int64_t>(place_of(all, s.selected));
  const auto next = static_cast<std::size_t>(std::clamp<std::int64_t>(now + by, 0, last));
  s.selected = name_of(all[next]);
  const auto room = static_cast<std::size_t>(table_rows(s, rows, 80));
  if (next < s.first) s.first = next;
  if (next >= s.first + room) s.first = next - room + 1;
}

void press_while_typing(TopState& s, TopKey key, const std::string& text) {
  switch (key) {
    case TopKey::text:
      if (s.filter.size() + text.size() <= kMostFilter) s.filter += printable(text);
      return;
    case TopKey::backspace:
      // A sign of UTF-8 has one byte that does not follow another.
      while (!s.filter.empty() && (static_cast<unsigned char>(s.filter.back()) & 0xc0) == 0x80) s.filter.pop_back();
      if (!s.filter.empty()) s.filter.pop_back();
      return;
    case TopKey::escape: s.filter.clear(); [[fallthrough]];
    case TopKey::enter: s.typing = false; return;
    case TopKey::up:
    case TopKey::down:
    case TopKey::page_up:
    case TopKey::page_down:
    case TopKey::home:
    case TopKey::end: return;
  }
}

void press_letter(TopState& s, char letter) {
  const auto sort = std::ranges::find(kSortKeys, letter, &SortKey::key);
  if (sort != kSortKeys.end()) {
    s.by = sort->by;
    s.reverse = false;
  } else if (letter == 's') {
    const auto now = std::ranges::find(kSortKeys, s.by, &SortKey::by);
    s.by = (now + 1 != kSortKeys.end() ? now + 1 : kSortKeys.begin())->by;
  } else if (letter == 'r') {
    s.reverse = !s.reverse;
  } else if (letter == '/') {
    s.typing = true;
  } else if (letter == '?' || letter == 'h') {
    s.help = true;
  } else if (letter == 'q') {
    s.quit = true;
  }
}

}  // namespace

void take_status(TopState& s, StatusView status) {
  if (!s.trouble.empty()) {
    s.notice = "The daemon answers again.";
    s.notice_periods = kNoticePeriods;
  } else if (--s.notice_periods <= 0) {
    s.notice.clear();
  }
  s.trouble.clear();
  s.status = std::move(status);
}

void take_trouble(TopState& s, std::string why) {
  s.notice.clear();
  s.trouble = printable(why);
}

void press(TopState& s, TopKey key, const std::string& text, int rows) {
  s.notice.clear();
  if (s.help) {
    s.help = false;
    s.quit = key == TopKey::text && text == "q";
    return;
  }
  if (s.typing) return press_while_typing(s, key, text);
  constexpr std::int64_t kFar = 1'000'000;
  const int page = std::max(1, table_rows(s, rows, 80) - 1);
  switch (key) {
    case TopKey::text:
      if (text.size() == 1) press_letter(s, text.front());
      return;
    case TopKey::up: return select(s, -1, rows);
    case TopKey::down: return select(s, 1, rows);
    case TopKey::page_up: return select(s, -page, rows);
    case TopKey::page_down: return select(s, page, rows);
    case TopKey::home: return select(s, -kFar, rows);
    case TopKey::end: return select(s, kFar, rows);
    case TopKey::escape: s.filter.clear(); return;
    case TopKey::enter:
    case TopKey::backspace: return;
  }
}

std::vector<TopLine> draw_top(const TopState& s, int rows, int columns) {
  std::vector<TopLine> lines;
  if (rows < kLeastRows || columns < kLeastColumns) {
    lines.push_back(
        {cut(fmt::format("{} x {} is too small: {} x {} at least", columns, rows, kLeastColumns, kLeastRows), columns),
         TopStyle::plain});
  } else if (s.help) {
    lines = help_lines(columns);
  } else if (!s.status) {
    lines.push_back({cut(s.trouble.empty() ? "Asking the daemon..." : "NO ANSWER: " + s.trouble, columns),
                     s.trouble.empty() ? TopStyle::plain : TopStyle::warning});
    lines.resize(static_cast<std::size_t>(rows - 1));
    lines.push_back(bottom_line(s, 0, 0, columns));
  } else {
    lines = upper_lines(s, rows, columns);
    draw_table_part(lines, s, rows, columns);
  }
  if (lines.size() > static_cast<std::size_t>(rows)) lines.resize(static_cast<std::size_t>(rows));
  return lines;
}

}  // namespace dcat::cli
