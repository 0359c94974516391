#include "controller/config/counting.h"

#include <sstream>
#include <vector>

#include "controller/config/config.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

CountingSettings parsed(const std::string& text) {
  Result<Config> config = parse_config(text, "f");
  if (!config) FAIL(config.error().to_string());
  return config->counting;
}

std::vector<std::string> errors_of(const std::string& text) {
  const Result<Config> config = parse_config(text, "f");
  if (config) return {"no error"};
  std::vector<std::string> lines;
  std::istringstream stream(config.error().to_string());
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("without a counting section four counters count the table's events all the time") {
  for (const std::string text : {"", "counting: {}", "counting: {max_events: 4}", "counting: {events: {}}"}) {
    INFO(text);
    const CountingSettings settings = parsed(text);
    CHECK(settings == CountingSettings{});
    CHECK_FALSE(settings.window.has_value());
    CHECK(settings.max_events == 4);
    CHECK(counting_period(settings, seconds(1)) == seconds(1));
  }
}

TEST_CASE("every key of the counting section sets its own member") {
  CHECK(parsed("counting: {window: 100ms}").window == milliseconds(100));
  CHECK(parsed("counting: {window: 1s}").window == seconds(1));  // as long as the interval
  const CountingSettings both = parsed("counting: {window: 100ms, every: 500ms}");
  CHECK(both.every == milliseconds(500));
  CHECK(counting_period(both, seconds(1)) == milliseconds(500));
  CHECK(parsed("interval: 10s\ncounting: {window: 1ms, every: 10ms}").every == milliseconds(10));
  CHECK(parsed("counting: {max_events: 2}").max_events == 2);
  const CountingSettings events = parsed(
      "counting:\n  events: {instructions: none, cycles: r76, memory_accesses: 'cpu/event=0x29,umask=1/', "
      "llc_references: PAPI_L3_TCA, llc_misses: A:B:C}\n");
  CHECK(events.events == std::map<Event, std::string>{{Event::instructions, "none"},
                                                      {Event::cycles, "r76"},
                                                      {Event::memory_accesses, "cpu/event=0x29,umask=1/"},
                                                      {Event::llc_references, "PAPI_L3_TCA"},
                                                      {Event::llc_misses, "A:B:C"}});
  CHECK_FALSE(parse_config("counting: {max_events: 3}", "f").value() == Config{});
}

TEST_CASE("mistakes in the counting section are told with their keys and lines") {
  const std::string duration = "want a duration with a unit such as 100ms, 1s or 2m";
  const struct {
    std::string text, error;
  } rows[] = {
      {"counting: 4", "counting: got 4, want a mapping"},
      {"counting: [a]", "counting: got a list, want a mapping"},
      {"counting: {windows: 1s}", "counting.windows: unknown key; did you mean window?"},
      {"counting: {window: 100}", "counting.window: got 100, " + duration},
      {"counting: {window: 0s}", "counting.window: got 0s, want 1ms..1h"},
      {"counting: {window: 999us}", "counting.window: got 999us, want 1ms..1h"},
      {"counting: {window: 1001ms}", "counting.window: got 1001ms, want at most interval (1s)"},
      {"counting: {window: 300ms, every: 250ms}", "counting.window: got 300ms, want at most every (250ms)"},
      {"counting: {every: 1s}", "counting.every: got no window beside it, want both or window alone"},
      {"counting: {window: 1ms, every: 9ms}", "counting.every: got 9ms, want 10ms..1h"},
      {"counting: {window: 1ms, every: 300ms}", "counting.every: got 300ms, want a whole fraction of interval (1s)"},
      {"counting: {window: 1ms, every: 2s}", "counting.every: got 2s, want a whole fraction of interval (1s)"},
      {"counting: {max_events: 1}", "counting.max_events: got 1, want 2..4 events"},
      {"counting: {max_events: 5}", "counting.max_events: got 5, want 2..4 events"},
      {"counting: {max_events: four}", "counting.max_events: got four, want a whole number, 2..4 events"},
      {"counting: {events: r1}", "counting.events: got r1, want a mapping"},
      {"counting: {events: {misses: r1}}", "counting.events.misses: unknown key"},
      {"counting: {events: {llc_mises: r1}}", "counting.events.llc_mises: unknown key; did you mean llc_misses?"},
      {"counting: {events: {cycles: [r1]}}", "counting.events.cycles: got a list, want text"},
      {"counting: {events: {cycles: ''}}",
       "counting.events.cycles: got \"\", want the name of an event, a raw code such as r412e, or none"},
      {"counting: {events: {cycles: a b}}",
       "counting.events.cycles: got \"a b\", want the name of an event, a raw code such as r412e, or none"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(errors_of(row.text) == std::vector<std::string>{"f:1: " + row.error});
  }
  CHECK(errors_of("counting: {events: {cycles: " + std::string(513, 'a') + "}}").size() == 1);
  CHECK(errors_of("counting: {events: {cycles: " + std::string(512, 'a') + "}}")[0] == "no error");
}

TEST_CASE("where the interval is a mistake the counting times are not judged by it") {
  CHECK(errors_of("interval: 9ms\ncounting: {window: 2s, every: 2s}") ==
        std::vector<std::string>{"f:1: interval: got 9ms, want 10ms..1h"});
}

TEST_CASE("the counting section prints itself on a line and reads back") {
  CHECK(format_counting({}) == "counting: {max_events: 4}\n");
  CountingSettings settings;
  settings.window = milliseconds(100);
  settings.every = milliseconds(500);
  settings.max_events = 2;
  settings.events = {{Event::llc_misses, "it's"}, {Event::cycles, "none"}};
  CHECK(format_counting(settings) ==
        "counting: {window: 100ms, every: 500ms, max_events: 2, events: {cycles: 'none', llc_misses: 'it''s'}}\n");
  CHECK(parsed(format_counting(settings)) == settings);
}

TEST_CASE("with another interval counting times that do not go with it fall back") {
  CountingSettings settings;
  settings.window = milliseconds(100);
  settings.every = milliseconds(500);
  CHECK(counting_with_interval(settings, seconds(2)) == settings);
  CHECK(counting_with_interval(settings, milliseconds(700)).every == std::nullopt);
  CHECK(counting_with_interval(settings, milliseconds(700)).window == milliseconds(100));
  CHECK(counting_with_interval(settings, milliseconds(50)) == CountingSettings{});
  const Result<Config> config =
      with_interval(parse_config("counting: {window: 600ms}", "f").value(), milliseconds(500));
  REQUIRE(config.ok());
  CHECK_FALSE(config->counting.window.has_value());
}

TEST_CASE("a scenario's controller section has no counting") {
  YamlDocument doc = YamlDocument::parse("controller: {counting: {max_events: 3}}\n", "s.yaml");
  Config config;
  read_controller_section(doc.root().map("controller"), config);
  CHECK(doc.errors() == std::vector<std::string>{"s.yaml:1: controller.counting: unknown key"});
}

}  // namespace
}  // namespace dcat
