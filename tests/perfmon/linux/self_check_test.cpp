#include "perfmon/linux/self_check.h"

#include "tests/perfmon/linux/fake_perf.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::FakePerf;

namespace {

const EventTable kZen3 = event_table_for({"AuthenticAMD", 0x19, 1});

PerfCode code(Event event) {
  return row_of(kZen3, event).code;
}

// 1000 of everything was due and counted, but for what `counts` says otherwise.
CheckedEvents check(FakePerf& perf, const std::map<Event, std::uint64_t>& counts = {},
                    std::uint64_t running_ns = 1'000'000) {
  const KnownWork work = [&perf, counts, running_ns] {
    perf.run(0, -1, 1'000'000, running_ns, [&counts, running_ns](const PerfCode& c) -> std::uint64_t {
      if (running_ns == 0) return 0;
      for (const auto& [event, count] : counts)
        if (c == code(event)) return count;
      return 2000;
    });
    LeastCounts least{};
    least.fill(1000);
    return least;
  };
  return check_events(perf, kZen3, work, kMostEventsAtOnce, CacheWalks{[](double) { return std::nullopt; }, {}});
}

std::string note(const CheckedEvents& checked, Event event) {
  return checked.notes[static_cast<std::size_t>(event)];
}
bool available(const CheckedEvents& checked, Event event) {
  return std::count(checked.available.begin(), checked.available.end(), event) > 0;
}

}  // namespace

TEST_CASE("why nothing counts is said once where it is the same for all, else for each") {
  CheckedEvents checked;
  checked.notes.fill("no such thing");
  CHECK(no_events(checked).why == "this machine counts none of the events: no such thing");
  checked.notes[1] = "it lies";
  CHECK(
      no_events(checked).why ==
      "this machine counts none of the events (instructions: no such thing, cycles: it lies, memory_accesses: no such "
      "thing, llc_references: no such thing, llc_misses: no such thing)");
}

TEST_CASE("where everything counts, everything is available, with four events at most in a group") {
  FakePerf perf;
  const CheckedEvents checked = check(perf);
  CHECK(checked.available == std::vector<Event>(kAllEvents.begin(), kAllEvents.end()));
  CHECK(!checked.fatal);
  for (const Event event : kAllEvents) CHECK(note(checked, event).empty());
  CHECK(perf.most_at_once <= 4);
  CHECK(perf.most_in_group <= 4);
  CHECK(perf.events.empty());
}

TEST_CASE("a counter that lies is left out with the numbers that show it") {
  struct Row {
    Event event;
    std::uint64_t count;
    std::string note;
  };
  const Row rows[] = {
      {Event::memory_accesses, 0, "it counted 0 where at least 1000 were due"},
      {Event::llc_misses, 999, "it counted 999 where at least 1000 were due"},
      {Event::instructions, 0, "it counted 0 where at least 1000 were due"},
      {Event::cycles, (std::uint64_t{1} << 47) + 3, "it counted 140737488355331 in a moment"},
      {Event::instructions, 16'008, "it counted more than 8 instructions a cycle"},
  };
  for (const Row& row : rows) {
    FakePerf perf;
    const CheckedEvents checked = check(perf, {{row.event, row.count}});
    for (const Event event : kAllEvents) CHECK(available(checked, event) == (event != row.event));
    CHECK(note(checked, row.event) == "left out, for it does not count truly: " + row.note);
    CHECK(perf.events.empty());
  }
}

TEST_CASE("what the kernel refuses is left out, and the others are still counted") {
  for (const int refusal : {ENOENT, EOPNOTSUPP, EINVAL}) {
    FakePerf perf;
    perf.refuse = [refusal](const PerfCode& c, int) { return c == code(Event::llc_references) ? refusal : 0; };
    const CheckedEvents checked = check(perf);
    CHECK(checked.available.size() == 4);
    CHECK(!available(checked, Event::llc_references));
    CHECK(note(checked, Event::llc_references) ==
          std::string("this machine does not count it (") + std::strerror(refusal) + ")");
  }
}

TEST_CASE("an event that only counts alone is left out") {
  FakePerf perf;
  perf.refuse = [&perf](const PerfCode& c, int) {
    return c == code(Event::memory_accesses) && !perf.events.empty() ? EINVAL : 0;
  };
  const CheckedEvents checked = check(perf);
  CHECK(checked.available.size() == 4);
  CHECK(note(checked, Event::memory_accesses) == "does not count together with the others: Invalid argument");
}

TEST_CASE("counters that others held during the check are used, and that is said") {
  FakePerf perf;
  const CheckedEvents checked = check(perf, {}, 0);
  CHECK(checked.available.size() == 5);
  CHECK(note(checked, Event::cycles) == "not checked: other users held the counters");
}

TEST_CASE("refusals that hit every event end the check and say what to do") {
  struct Row {
    int refusal;
    ErrorCode code;
    std::string todo;
  };
  const Row rows[] = {
      {EACCES, ErrorCode::unsupported, "perf_event_paranoid"},
      {EPERM, ErrorCode::unsupported, "CAP_PERFMON"},
      {ENOSYS, ErrorCode::unsupported, "CONFIG_PERF_EVENTS"},
      {EMFILE, ErrorCode::failed, "LimitNOFILE"},
      {ENFILE, ErrorCode::failed, "LimitNOFILE"},
  };
  for (const Row& row : rows) {
    FakePerf perf;
    perf.refuse = [&row](const PerfCode&, int) { return row.refusal; };
    const CheckedEvents checked = check(perf);
    REQUIRE(checked.fatal);
    CHECK(checked.fatal->code == row.code);
    CHECK(checked.fatal->sys_errno == row.refusal);
    CHECK(checked.fatal->todo.find(row.todo) != std::string::npos);
  }
}

// Walks of 1000 lines that take 100 us from memory and `again_us` for each 1000 of the 4000 when they are walked again,
// in which `counted` LLC misses are counted. By size, the greater first.
struct Size {
  int again_us;
  std::uint64_t counted;
};
CheckedEvents check_walks(FakePerf& perf, std::vector<Size> sizes, std::vector<double>* asked = nullptr) {
  std::size_t at = 0;
  CacheWalks walks;
  walks.from_memory = [&, asked](double l2_sizes) -> std::optional<Walk> {
    if (asked != nullptr) asked->push_back(l2_sizes);
    return at < sizes.size() ? std::optional(Walk{1000, std::chrono::microseconds(100)}) : std::nullopt;
  };
  walks.again = [&] {
    const Size size = sizes[at++];
    perf.run(0, -1, 1'000'000, 1'000'000, [&](const PerfCode&) { return size.counted; });
    return Walk{4000, std::chrono::microseconds(4 * size.again_us)};
  };
  const KnownWork work = [&perf] {
    perf.run(0, -1, 1'000'000, 1'000'000, [](const PerfCode&) -> std::uint64_t { return 2000; });
    return LeastCounts{};
  };
  return check_events(perf, kZen3, work, kMostEventsAtOnce, walks);
}

TEST_CASE("an event that counts the loads that the last level served is no event of LLC misses") {
  FakePerf perf;
  const CheckedEvents checked = check_walks(perf, {{15, 3900}});
  CHECK(!available(checked, Event::llc_misses));
  CHECK(available(checked, Event::llc_references));
  CHECK(note(checked, Event::llc_misses) ==
        "left out, for it does not count truly: it counted 97 % of loads that took 15 % of the time of memory, so it "
        "counts misses of another cache than the last level");
  CHECK(perf.events.empty());
}

TEST_CASE("an event that counts at most half of the loads is believed") {
  for (const std::uint64_t counted : {0, 100, 2000}) {
    FakePerf perf;
    std::vector<double> asked;
    const CheckedEvents checked = check_walks(perf, {{15, counted}}, &asked);
    CHECK(available(checked, Event::llc_misses));
    CHECK(note(checked, Event::llc_misses).empty());
    CHECK(asked == std::vector<double>{2.0});
  }
}

TEST_CASE("where the last level does not keep the work its misses are believed, and a smaller size is tried first") {
  FakePerf perf;
  std::vector<double> asked;
  // All loads missed, and took 9 tenths of memory's time: true, or not to be told from what is true.
  const CheckedEvents small_share = check_walks(perf, {{90, 4000}, {80, 3900}}, &asked);
  CHECK(asked == std::vector<double>{2.0, 1.5});
  CHECK(available(small_share, Event::llc_misses));
  CHECK(note(small_share, Event::llc_misses) ==
        "not checked whether it counts misses of the L2: the last level cache did not keep the work");

  const CheckedEvents true_at_the_second = check_walks(perf, {{90, 4000}, {20, 300}});
  CHECK(available(true_at_the_second, Event::llc_misses));
  CHECK(note(true_at_the_second, Event::llc_misses).empty());
  const CheckedEvents lies_at_the_second = check_walks(perf, {{90, 4000}, {20, 3000}});
  CHECK(!available(lies_at_the_second, Event::llc_misses));
}

TEST_CASE("a partly served walk is judged by what its time allows") {
  FakePerf perf;
  // 35 % of memory's time: at most 35 % missed, and with a line prefetched beside each 70 % are counted.
  CHECK(available(check_walks(perf, {{35, 2799}}), Event::llc_misses));
  CHECK(!available(check_walks(perf, {{35, 2801}}), Event::llc_misses));
}

TEST_CASE("a machine that does not tell its L2 is not refused for it") {
  FakePerf perf;
  const CheckedEvents checked = check_walks(perf, {});
  CHECK(checked.available.size() == 5);
  CHECK(note(checked, Event::llc_misses).empty());
}

TEST_CASE("an event that is switched off is left out with the reason and never opened") {
  FakePerf perf;
  perf.refuse = [](const PerfCode& c, int) { return c.type == kPerfTypeNone ? EINVAL : 0; };
  EventTable table = kZen3;
  EventRow& row = table.rows[static_cast<std::size_t>(Event::memory_accesses)];
  row.code = {kPerfTypeNone, 0};
  row.note = "not counted, by the configuration";
  const CacheWalks none{[](double) { return std::nullopt; }, {}};
  const CheckedEvents checked = check_events(
      perf, table, [] { return LeastCounts{}; }, kMostEventsAtOnce, none);
  CHECK(checked.available.size() == 4);
  CHECK(note(checked, Event::memory_accesses) == "not counted, by the configuration");
}

TEST_CASE("no more events are in use at once than are asked for") {
  for (const std::size_t most : {2U, 3U, 4U}) {
    FakePerf perf;
    const CacheWalks none{[](double) { return std::nullopt; }, {}};
    const CheckedEvents checked = check_events(
        perf, kZen3, [] { return LeastCounts{}; }, most, none);
    CHECK(checked.available.size() == 5);
    CHECK(perf.most_in_group == most);
  }
}

TEST_CASE("nothing available is a result, not an endless check") {
  FakePerf perf;
  perf.refuse = [](const PerfCode&, int) { return ENOENT; };
  CHECK(check(perf).available.empty());
}

TEST_CASE("the known work says that it must have loaded and missed") {
  const LeastCounts least = load_flushed_lines();
  CHECK(least[static_cast<std::size_t>(Event::memory_accesses)] > 10'000);
  CHECK(least[static_cast<std::size_t>(Event::instructions)] > 10'000);
}

TEST_CASE("the L2's size is read where the kernel tells it") {
  const dcat::test::TempTree tree;
  tree.file("cpu0/cache/index0/level", "1\n");
  tree.file("cpu0/cache/index0/size", "32K\n");
  CHECK(!l2_bytes(tree.root() + "/cpu0"));
  tree.file("cpu0/cache/index2/level", "2\n");
  for (const std::string bad : {"", "K", "0K", "1M", "17000K", "-1K"}) {
    tree.file("cpu0/cache/index2/size", bad + "\n");
    CHECK(!l2_bytes(tree.root() + "/cpu0"));
    CHECK(!cache_walks(tree.root() + "/cpu0").from_memory(2));
  }
  tree.file("cpu0/cache/index2/size", "512K\n");
  CHECK(l2_bytes(tree.root() + "/cpu0") == 512U * 1024);
}

#if defined(__x86_64__)
TEST_CASE("the walks go over every line, from memory once and from the caches four times") {
  const dcat::test::TempTree tree;
  tree.file("cpu0/cache/index2/level", "2\n");
  tree.file("cpu0/cache/index2/size", "256K\n");
  const CacheWalks walks = cache_walks(tree.root() + "/cpu0");
  const std::optional<Walk> memory = walks.from_memory(1.5);
  REQUIRE(memory);
  CHECK(memory->loads == 6144);  // 384 KiB of 64 bytes
  CHECK(memory->time > Duration(0));
  CHECK(walks.again().loads == 4 * 6144);
}
#endif
