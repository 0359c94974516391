#include "perfmon/linux/self_check.h"

#include "tests/perfmon/linux/fake_perf.h"
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
  return check_events(perf, kZen3, work);
}

std::string note(const CheckedEvents& checked, Event event) {
  return checked.notes[static_cast<std::size_t>(event)];
}
bool available(const CheckedEvents& checked, Event event) {
  return std::count(checked.available.begin(), checked.available.end(), event) > 0;
}

}  // namespace

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
