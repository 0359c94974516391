// `dcat top` without a terminal: what it knows, what keys do to it, what is drawn. Pure; cli/top.cpp puts it on a
// terminal.
//
// From the top: the head, a bar of ways for each L3 domain, the table, which scrolls, then why the selected container
// is as it is, and the keys. Nothing is told by colour alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/node_table.h"
#include "cli/status_view.h"

namespace dcat::cli {

enum class TopKey : std::uint8_t { text, up, down, page_up, page_down, home, end, enter, backspace, escape };

struct TopState {
  std::optional<StatusView> status;  // the last one; absent: none has come yet
  std::string trouble;               // why the daemon does not answer; empty: it does
  std::string notice;                // something to tell until the next key, or for some periods
  int notice_periods = 0;            // left
  SortBy by = SortBy::none;
  bool reverse = false;
  std::string filter;
  bool typing = false;  // the filter is being typed
  bool help = false;
  bool quit = false;
  std::string selected;   // a row, by container and domain: it stays selected wherever it moves to
  std::size_t first = 0;  // row on the screen
};

// What came of asking the daemon.
void take_status(TopState& state, StatusView status);
void take_trouble(TopState& state, std::string why);

// `text`: of TopKey::text, one sign in UTF-8. `rows`: of the terminal.
void press(TopState& state, TopKey key, const std::string& text, int rows);

enum class TopStyle : std::uint8_t {
  plain,
  title,
  head,
  selected,
  warning,
  faint,
  reclaim,
  receiver,
  donor,
  streaming
};
struct TopLine {
  std::string text;
  TopStyle style = TopStyle::plain;
};

inline constexpr int kLeastRows = 8, kLeastColumns = 40;

// `rows` lines at most, none wider than `columns`.
std::vector<TopLine> draw_top(const TopState& state, int rows, int columns);

}  // namespace dcat::cli
