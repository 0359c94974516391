// The table of `dcat status` and the screen of `dcat top`, without a terminal.
#include "cli/top_view.h"

#include "cli/terminal_text.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

PlaceView a_place(int domain, const std::string& state, int contract, int ways, std::uint64_t bits) {
  PlaceView place;
  place.domain = domain;
  place.state = state;
  place.contract = contract;
  place.ways = ways;
  place.dedicated = true;
  place.bits = bits;
  place.mask = bits == 0xf8000 ? "f8000" : "4000";
  place.reason = "reason of " + state;
  return place;
}

// Three containers in a domain of 20 ways; one shares, one has not run.
StatusView a_status() {
  StatusView s;
  s.mode = "enforce";
  s.node = "n";
  s.policy = "fair";
  s.simulated = true;
  s.period = 12;
  s.interval_ms = 1000;
  s.at = "2027-01-15T08:00:00.123Z";
  s.domains = {{0, 20, 14, 4, 0xfffff, 0x03fff}};
  PlaceView mlr = a_place(0, "Keeper", 3, 5, 0xf8000);
  mlr.cpi = 5.5;
  mlr.mpki = 0.25;
  mlr.normalised_ipc = 2.09;
  mlr.occupancy_bytes = 11796480;
  PlaceView mload = a_place(0, "Streaming", 3, 1, 0x4000);
  mload.mpki = 62.5;
  PlaceView shares = a_place(0, "Reclaim", 0, 14, 0x03fff);
  shares.dedicated = false;
  s.containers = {{"k/mlr", "mlr", "manage", "", "3 ways", "dcat.mlr", {mlr}},
                  {"k/mload", "mload", "manage", "", "3 ways", "dcat.mload", {mload}},
                  {"sleeper", "sleeper", "manage", "", "2 ways", "", {}},
                  {"z", "z", "manage", "", "none", "", {shares}}};
  return s;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string joined(const std::vector<TopLine>& lines) {
  std::string text;
  for (const TopLine& line : lines) text += line.text + "\n";
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("the status as a table: a bar of who may fill which way, highest first, and a row a container") {
  CHECK(joined(status_lines(a_status(), 120)) ==
        "dCat enforce (simulated), policy fair, period 12 of 1 s, 2027-01-15 08:00:00Z, node n\n"
        "\n"
        "L3 domain 0 [AAAAAB..............] 20 ways, shared 14, free 4\n"
        "  CONTAINER    STATE       WAYS  MASK   CPI IPC/B   MPKI   OCC  WHY\n"
        "A mlr          Keeper      3->5 f8000  5.50  2.09   0.25   11M  reason of Keeper\n"
        "B mload        Streaming   3->1  4000     -     -  62.50     -  reason of Streaming\n"
        ". z            -             14  4000     -     -      -     -  reason of Reclaim\n"
        "\n"
        "Not run yet\n"
        "  sleeper      contract 2 ways\n");
}

TEST_CASE("at 80 columns and fewer the reason has a line of its own, and no line is wider than the terminal") {
  StatusView s = a_status();
  s.containers[0].name = std::string(300, 'x') + "\xe7\x8c\xab";
  s.mode_reason = std::string(300, 'y');
  CHECK(has(joined(status_lines(s, 80)), "\n    reason of Keeper\n"));
  for (const int columns : {40, 60, 80, 109, 110, 200})
    for (const std::string& line : status_lines(s, columns)) {
      INFO(line);
      CHECK(columns_of(line) <= columns);
    }
}

TEST_CASE("why the node is in another mode than it began with stands on top") {
  StatusView s = a_status();
  s.mode = "advise";
  s.mode_reason = "5 changes failed";
  s.mode_since = "2027-01-15T07:00:00.000Z";
  CHECK(has(joined(status_lines(s, 120)), "\nmode advise since 2027-01-15 07:00:00Z: 5 changes failed\n"));
}

TEST_CASE("overlapping masks show as such, ways of nobody too, and ways that are no part of the node as blanks") {
  StatusView s = a_status();
  s.domains[0].bits = 0xffffe;
  s.domains[0].shared_bits = 0x000fe;
  s.containers[1].places[0].bits = 0x18000;
  const auto rows = rows_of(s, "", SortBy::none, false);
  CHECK(rows[0].bar == "AAA##-------....... ");
}

TEST_CASE("sorted by a number the greatest is first and who has none is last, either way round") {
  const StatusView s = a_status();
  const auto order = [&](SortBy by, bool reverse) {
    std::string names;
    const std::vector<DomainRows> domains = rows_of(s, "", by, reverse);
    for (const Row& row : domains[0].rows) names += row.container->name + " ";
    return names;
  };
  CHECK(order(SortBy::mpki, false) == "mload mlr z ");
  CHECK(order(SortBy::mpki, true) == "mlr mload z ");
  CHECK(order(SortBy::ways, false) == "z mlr mload ");
  CHECK(order(SortBy::name, true) == "z mlr mload ");
  CHECK(order(SortBy::state, false) == "mlr z mload ");
}

// ---- top

void type(TopState& s, const std::string& keys) {
  for (const char key : keys) press(s, TopKey::text, std::string(1, key), 24);
}

TopState top_of(StatusView status) {
  TopState s;
  take_status(s, std::move(status));
  return s;
}

TEST_CASE("the screen has the head, the bars, the table, the selected one's reason and the keys") {
  const TopState s = top_of(a_status());
  const auto lines = draw_top(s, 24, 80);
  REQUIRE(lines.size() == 24);
  CHECK(has(lines[0].text, "dCat enforce (simulated)"));
  CHECK(lines[1].text == "L3 domain 0 [AAAAAB..............] 20 ways, shared 14, free 4");
  CHECK(has(lines[2].text, "CONTAINER"));
  CHECK((lines[3].text[0] == '>' && lines[3].style == TopStyle::selected && has(lines[3].text, "mlr")));
  CHECK(lines[22].text == "k/mlr: reason of Keeper");
  CHECK(has(lines[23].text, "1/4  q quit"));
}

TEST_CASE("no screen is larger than its terminal, whatever is on it") {
  StatusView many = a_status();
  for (int i = 0; i < 12; ++i) many.domains.push_back({i + 1, 20, 14, 4, 0xfffff, 0x3fff});
  for (int i = 0; i < 300; ++i) {
    many.containers.push_back(many.containers[0]);
    many.containers.back().id = many.containers.back().name = std::string(static_cast<std::size_t>(i), 'n');
  }
  TopState s = top_of(many);
  s.trouble = std::string(500, 't');
  for (const int rows : {1, 5, 8, 10, 24, 60})
    for (const int columns : {10, 40, 80, 132}) {
      for (const bool help : {false, true}) {
        s.help = help;
        const auto lines = draw_top(s, rows, columns);
        CHECK(static_cast<int>(lines.size()) <= rows);
        for (const TopLine& line : lines) CHECK(columns_of(line.text) <= columns);
      }
    }
}

TEST_CASE("keys sort, and the selected container stays selected where it goes") {
  TopState s = top_of(a_status());
  press(s, TopKey::down, "", 24);
  CHECK(has(draw_top(s, 24, 80)[4].text, ">B mload"));
  type(s, "m");
  CHECK(has(draw_top(s, 24, 80)[3].text, ">B mload"));
  type(s, "r");
  CHECK(has(draw_top(s, 24, 80)[4].text, ">B mload"));
  CHECK(has(draw_top(s, 24, 80)[23].text, "sort: MPKI, reversed"));
  for (int i = 0; i < 8; ++i) type(s, "s");
  CHECK(s.by == SortBy::mpki);  // once round
}

TEST_CASE("a filter is typed sign by sign, corrected, kept and dropped") {
  TopState s = top_of(a_status());
  type(s, "/mlX");
  press(s, TopKey::backspace, "", 24);
  type(s, "O");
  CHECK(has(draw_top(s, 24, 80)[23].text, "filter: mlO_"));
  CHECK(has(joined(draw_top(s, 24, 80)), "mload"));
  CHECK_FALSE(has(joined(draw_top(s, 24, 80)), "mlr"));
  press(s, TopKey::enter, "", 24);
  type(s, "q");
  CHECK(s.quit);
  press(s, TopKey::escape, "", 24);
  CHECK(has(joined(draw_top(s, 24, 80)), "mlr"));
  type(s, "/q");
  press(s, TopKey::text, "\xc3\xbc", 24);
  press(s, TopKey::backspace, "", 24);
  CHECK(s.filter == "q");
  CHECK(has(joined(draw_top(s, 24, 80)), "Nothing has that"));
}

TEST_CASE("a long table scrolls with the selection") {
  StatusView many = a_status();
  for (int i = 0; i < 100; ++i) {
    many.containers.push_back(many.containers[0]);
    many.containers.back().id = many.containers.back().name = "n" + std::to_string(100 + i);
  }
  TopState s = top_of(many);
  press(s, TopKey::end, "", 24);
  CHECK(has(joined(draw_top(s, 24, 80)), "sleeper"));  // has not run: the last
  press(s, TopKey::up, "", 24);
  CHECK(has(joined(draw_top(s, 24, 80)), ">A n199"));
  press(s, TopKey::page_up, "", 24);
  CHECK(has(joined(draw_top(s, 24, 80)), ">A n181"));
  press(s, TopKey::home, "", 24);
  CHECK(has(draw_top(s, 24, 80)[3].text, ">A mlr"));
}

TEST_CASE("a daemon that goes away is told of with what was known last, and so is its return") {
  TopState s = top_of(a_status());
  take_trouble(s, "ask the daemon: nobody \033[2J listens");
  std::string text = joined(draw_top(s, 24, 80));
  CHECK((has(text, "NO ANSWER: ask the daemon: nobody ?[2J listens") && has(text, "mlr")));
  take_status(s, a_status());
  text = joined(draw_top(s, 24, 80));
  CHECK((!has(text, "NO ANSWER") && has(text, "The daemon answers again.")));
  for (int i = 0; i < 5; ++i) take_status(s, a_status());
  CHECK_FALSE(has(joined(draw_top(s, 24, 80)), "answers again"));
}

TEST_CASE("before the first answer the screen says what it waits for") {
  TopState s;
  CHECK(has(joined(draw_top(s, 24, 80)), "Asking the daemon"));
  take_trouble(s, "no such socket");
  CHECK(has(joined(draw_top(s, 24, 80)), "NO ANSWER: no such socket"));
}

TEST_CASE("two domains: both bars, and each row says which it is in") {
  StatusView s = a_status();
  s.domains.push_back({7, 20, 20, 20, 0xfffff, 0xfffff});
  s.containers[1].places.push_back(a_place(7, "Donor", 3, 1, 0));
  const auto lines = draw_top(top_of(s), 24, 80);
  CHECK(has(lines[2].text, "L3 domain 7 [....................]"));
  CHECK(has(joined(lines), "\n  7 . mload        Donor"));
}

}  // namespace
}  // namespace dcat::cli
