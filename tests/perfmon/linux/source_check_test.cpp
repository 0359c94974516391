// check_source: a source that does not find our own work again is refused.
#include "perfmon/linux/source_check.h"

#include "tests/support/catch.h"

namespace dcat {
namespace {

constexpr LeastCounts kDue{1000, 1000, 100, 10, 10};

// Counts `share` of the work that is done while it is watched, in the turn that each event belongs to.
class Counting : public CounterSource {
 public:
  std::string name() const override { return "test"; }
  std::vector<EventChoice> events() const override {
    std::vector<EventChoice> choices;
    for (const Event e : kAllEvents) choices.push_back({e, e != missing, "", ""});
    return choices;
  }
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override {
    watched = containers;
    if (refuse && !containers.empty()) return {{ErrorCode::failed, "count", "refused", ""}};
    return {};
  }
  std::size_t turns() const override { return 2; }
  void change_turns() override { ++turn; }
  Result<std::vector<ContainerSample>> read() override {
    ContainerSample one{watched.front(), DomainId{0}, {}}, other{watched.front(), DomainId{1}, {}};
    for (std::size_t i = 0; i < kEventCount; ++i) {
      one.sample.readings[i] = Reading{counted[i] / 2, {}};
      other.sample.readings[i] = Reading{counted[i] - counted[i] / 2, {}};
    }
    return std::vector<ContainerSample>{one, other};
  }
  LeastCounts work() {
    for (std::size_t i = 0; i < kEventCount; ++i) {
      const bool in_turn = i < 2 || (i == 2) == (turn % 2 == 1);
      if (!watched.empty() && in_turn && kAllEvents[i] != lying) counted[i] += kDue[i];
    }
    return kDue;
  }

  std::vector<ContainerId> watched;
  std::array<std::uint64_t, kEventCount> counted{5, 6, 7, 8, 9};  // from earlier
  std::optional<Event> missing, lying;
  bool refuse = false;
  int turn = 0;
};

const ContainerId kOwn{"us"};

EventTable hardware() {
  EventTable table;
  for (const Event e : kAllEvents) table.rows[static_cast<std::size_t>(e)] = {e, {kPerfTypeRaw, 1}, "", {}, "", ""};
  return table;
}

Status check(Counting& source, const EventTable& table = hardware()) {
  return check_source(source, table, kOwn, [&source] { return source.work(); });
}

TEST_CASE("a source that finds our work again passes and watches nothing afterwards") {
  Counting source;
  CHECK(check(source).ok());
  CHECK(source.watched.empty());
}

TEST_CASE("a source that misses one event of our work is refused, and told which") {
  for (const Event e : kAllEvents) {
    Counting source;
    source.lying = e;
    const Status checked = check(source);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().code == ErrorCode::unsupported);
    CHECK(checked.error().why.find(name_of(e)) != std::string::npos);
    CHECK(source.watched.empty());
    source.missing = e;  // said not to be there, it is not looked for
    CHECK(check(source).ok());
  }
}

TEST_CASE("events that the kernel counts itself are no work of a processor's") {
  Counting source;
  source.lying = Event::llc_misses;
  EventTable table = hardware();
  table.rows[static_cast<std::size_t>(Event::llc_misses)].code = {kPerfTypeSoftware, 2};
  CHECK(check(source, table).ok());
}

TEST_CASE("a source that cannot count us is refused; in the root cgroup it is not asked") {
  Counting source;
  source.refuse = true;
  CHECK(check(source).error().why.find("refused") != std::string::npos);
  CHECK(check_source(source, hardware(), ContainerId{}, [&source] { return source.work(); }).ok());
}

TEST_CASE("in a v1 hierarchy our own cgroup is the one of its controller") {
  const std::string text = "5:perf_event:/a/b:c\n4:cpu,cpuacct:/x\n1:name=systemd:/s\n0::/u\n";
  CHECK(own_container(text, "perf_event") == ContainerId{"a/b:c"});
  CHECK(own_container(text, "cpuacct") == ContainerId{"x"});
  CHECK(own_container(text, "cpuset") == ContainerId{});
  CHECK(own_container("5:perf_event:/\n0::/u\n", "perf_event") == ContainerId{});
}

TEST_CASE("our own cgroup is the one of the unified tree") {
  CHECK(own_container("12:cpu:/x\n0::/a/b\n") == ContainerId{"a/b"});
  CHECK(own_container("0::/a b") == ContainerId{"a b"});
  CHECK(own_container("0::/\n") == ContainerId{});
  CHECK(own_container("1:cpu:/x\n") == ContainerId{});
  CHECK(own_container("") == ContainerId{});
}

}  // namespace
}  // namespace dcat
