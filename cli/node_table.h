// The node as lines of text, for `dcat status` and `dcat top`: a head, a bar of ways for each L3 domain, its
// containers. Pure: no terminal, no clock. Widths are columns; a line is never wider than what is asked for.
//
// A bar shows who may fill which way by the masks, the highest way first, as a mask is read: a letter for each group
// with ways of its own, which stands in front of its containers' rows too; '.' the shared region; '#' more than one
// group; '-' nobody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/status_view.h"

namespace dcat::cli {

enum class SortBy : std::uint8_t { none, name, state, ways, cpi, mpki, occupancy, normalised_ipc };
std::string_view name_of(SortBy by);

struct Row {
  const ContainerView* container = nullptr;
  const PlaceView* place = nullptr;  // null: it has not run yet
  char key = ' ';                    // its group's letter in the bar
};

struct DomainRows {
  const DomainView* domain = nullptr;  // null: those that have not run yet
  std::string bar;
  std::vector<Row> rows;
};

// What the rows point to is `status`'s. `filter`: only whose id, name, state or group has it, in whatever case. Sorted
// by a number the greatest is first, and who has none is last; `reverse` turns that round, but for the last.
std::vector<DomainRows> rows_of(const StatusView& status, const std::string& filter, SortBy by, bool reverse);

void sort_rows(std::vector<Row>& rows, SortBy by, bool reverse);

// Two lines at most: what the node is doing, and why it does not do what it began with.
std::vector<std::string> head_lines(const StatusView& status, int columns);
std::string domain_line(const DomainRows& rows, int columns);

struct TableLayout {
  int columns = 80;  // of a line
  int name = 12, mask = 4;
  bool reason = false;  // there is room for it behind the numbers
};
TableLayout layout_of(const StatusView& status, int columns);
std::string table_head(const TableLayout& layout);
std::string table_row(const Row& row, const TableLayout& layout);
// Why, for a line of its own.
std::string reason_of(const Row& row);

// All of it. `columns` 0: no line is cut.
std::vector<std::string> status_lines(const StatusView& status, int columns);

}  // namespace dcat::cli
