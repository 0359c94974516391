// Server and client over a true socket, on a node without processes: what is asked is answered as the simulated node
// would answer it.
#include <sys/stat.h>

#include <ctime>

#include "sim/node.h"
#include "tests/emulator_simulation/plane.h"

namespace dcat::emulator::test {
namespace {

std::vector<ContainerId> ids_of(const std::vector<ContainerInfo>& infos) {
  std::vector<ContainerId> ids;
  for (const ContainerInfo& info : infos) ids.push_back(info.id);
  return ids;
}

TEST_CASE("Over the control plane everything is as the simulated node says, event by event and bit by bit") {
  Plane plane(three());
  sim::SimulatedNode reference(three());
  const auto node = plane.connect();
  CHECK(node->scenario_name() == "three tenants");
  CHECK(node->periods() == 17);
  CHECK(node->counters().name() == "sim");
  CHECK(node->containers().name() == "sim");
  const std::vector<EventChoice> events = node->counters().events(), expected = reference.counters().events();
  REQUIRE(events.size() == expected.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].event == expected[i].event);
    CHECK(events[i].available == expected[i].available);
    CHECK(events[i].name == "simulated");
    CHECK(events[i].note == expected[i].note);
  }
  for (int step = 1; step <= 40; ++step) {
    const std::vector<ContainerInfo> infos = *node->containers().list();
    CHECK(infos == *reference.containers().list());
    CHECK(node->counters().watch(ids_of(infos)).empty());
    CHECK(reference.counters().watch(ids_of(infos)).empty());
    node->clock().sleep_until(at(step * 100ms));
    reference.clock().sleep_until(at(step * 100ms));
    CHECK(node->clock().now() == at(step * 100ms));
    CHECK(*node->counters().read() == *reference.counters().read());
    const std::vector<sim::TruthRow> truth = *node->truth(), known = reference.truth();
    REQUIRE(truth.size() == known.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
      CHECK(truth[i].tenant == known[i].tenant);
      CHECK(truth[i].present == known[i].present);
      CHECK(truth[i].instructions == known[i].instructions);
      CHECK(truth[i].instructions_at_contract == known[i].instructions_at_contract);
    }
  }
  CHECK(node->health());
}

TEST_CASE("A mask that was written without a word to the simulation counts from the next answer on") {
  sim::Scenario s = scenario({tenant("a", 3, mlr(5))});
  Plane plane(s);
  const auto node = plane.connect();
  node->clock().sleep_until(at(1s));
  const double wide = node->truth()->at(0).instructions;
  plane.write("schemata", "L3:0=3\n");
  node->clock().sleep_until(at(2s));
  CHECK(node->truth()->at(0).instructions - wide < 0.7 * wide);
}

TEST_CASE("Watching somebody who is not there is an error for that one alone, in any order, twice or not") {
  Plane plane(three());
  const auto node = plane.connect();
  const std::vector<Error> errors = node->counters().watch({{"zz"}, {"a"}, {"late"}, {"a"}});
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].to_string() == "count late: no such tenant on the emulated node");
  CHECK(errors[1].to_string() == "count zz: no such tenant on the emulated node");
  CHECK(node->counters().read()->size() == 1);
}

TEST_CASE("Each client reads what it watches, and one that goes takes nothing from the others") {
  Plane plane(three());
  const auto first = plane.connect();
  auto second = plane.connect();
  CHECK(first->counters().watch({{"a"}}).empty());
  CHECK(second->counters().watch({{"a"}, {"b"}}).empty());
  first->clock().sleep_until(at(500ms));
  CHECK(second->clock().now() == at(500ms));
  CHECK(second->counters().watch({{"b"}}).empty());
  REQUIRE(first->counters().read()->size() == 1);
  CHECK(first->counters().read()->at(0).container == ContainerId{"a"});
  CHECK(first->counters().read()->at(0).sample.enabled == 500ms);
  REQUIRE(second->counters().read()->size() == 1);
  CHECK(second->counters().read()->at(0).container == ContainerId{"b"});
  second.reset();
  first->clock().sleep_until(at(700ms));
  REQUIRE(first->counters().read()->size() == 1);
  CHECK(first->counters().read()->at(0).sample.enabled == 700ms);
}

TEST_CASE("Nobody is asked about cgroups that are not there") {
  Plane plane(three());
  const auto node = plane.connect();
  CHECK(node->cgroup_of({"a"}).empty());
  CHECK(node->cgroup_of({"nobody"}).empty());
}

TEST_CASE("The pace waits for its part of the time, and who is asked to stop moves nothing") {
  Plane plane(three());
  std::vector<Duration> waits;
  std::atomic<bool> stop{false};
  const auto node = plane.connect({10, [&](Duration d) { waits.push_back(d); }}, stop);
  node->clock().sleep_until(at(1s));
  node->clock().sleep_until(at(1s));
  node->clock().sleep_until(at(1500ms));
  CHECK(waits == std::vector<Duration>{100ms, 50ms});
  CHECK(node->clock().now() == at(1500ms));
  stop = true;
  node->clock().sleep_until(at(2s));
  CHECK(waits.size() == 2);
  CHECK(node->clock().now() == at(1500ms));
}

TEST_CASE("A pace that was told to stop leaves time where it was") {
  Plane plane(three());
  std::atomic<bool> stop{false};
  const auto node = plane.connect({1, [&](Duration) { stop = true; }}, stop);
  node->clock().sleep_until(at(1s));
  CHECK(node->clock().now() == at(0s));
}

TEST_CASE("Time goes neither back nor by more than an hour at once") {
  Plane plane(three());
  const auto node = plane.connect();
  node->clock().sleep_until(at(2s));
  node->clock().sleep_until(at(1s));
  CHECK(node->clock().now() == at(2s));
  node->clock().sleep_until(at(2h));
  CHECK(node->clock().now() == at(2s));
  CHECK(node->health());
  node->clock().sleep_until(at(1h));
  CHECK(node->clock().now() == at(1h));
}

TEST_CASE("When the emulator goes, time stands still, reads fail with the reason and nobody spins") {
  Plane plane(three());
  const auto node = plane.connect();
  CHECK(node->counters().watch({{"a"}}).empty());
  node->clock().sleep_until(at(1s));
  plane.stop();
  const auto read = node->counters().read();
  REQUIRE_FALSE(read);
  CHECK(read.error().why.find("ended") != std::string::npos);
  CHECK_FALSE(node->health());
  CHECK(node->clock().now() == at(1s));
  CHECK_FALSE(node->containers().list());
  CHECK_FALSE(node->truth());
  CHECK(node->counters().watch({{"a"}}).size() == 1);
  CHECK(node->cgroup_of({"a"}).empty());
  timespec before{}, after{};
  ::clock_gettime(CLOCK_MONOTONIC, &before);
  for (int i = 0; i < 3; ++i) node->clock().sleep_until(at(2s));
  ::clock_gettime(CLOCK_MONOTONIC, &after);
  const double waited_sec =
      static_cast<double>(after.tv_sec - before.tv_sec) + 1e-9 * static_cast<double>(after.tv_nsec - before.tv_nsec);
  CHECK(waited_sec >= 0.3);
  CHECK(node->clock().now() == at(1s));
  // One that comes back is another one.
  plane.start();
  CHECK_FALSE(node->counters().read());
  CHECK(plane.connect()->health());
}

TEST_CASE("Where nobody answers, connecting says where and what to do") {
  const auto node = EmulatedNode::connect("/nowhere/control", {}, kGoOn);
  REQUIRE_FALSE(node);
  CHECK(node.error().to_string() ==
        "connect to the emulated node at /nowhere/control: No such file or directory; "
        "run the command under dcat emulate --scenario");
  CHECK_FALSE(EmulatedNode::connect("", {}, kGoOn));
  CHECK_FALSE(EmulatedNode::connect(std::string(200, 'x'), {}, kGoOn));
}

TEST_CASE("The socket is for its owner alone and goes with the server") {
  Plane plane(three());
  struct stat found {};
  REQUIRE(::stat(plane.socket().c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  plane.stop();
  CHECK(::stat(plane.socket().c_str(), &found) != 0);
}

TEST_CASE("A socket that is there already is not taken") {
  Plane plane(three());
  CHECK_THROWS([&] {
    dcat::test::TempTree other;
    MemoryTasks tasks;
    std::mutex lock;
    auto simulation = *Simulation::start({three(), "", 1}, tasks);
    ResctrlTree tree(machine_of(three()), tasks, *simulation);
    if (!ControlServer::start(plane.socket(), *simulation, tree, lock)) throw std::runtime_error("in use");
  }());
  CHECK(plane.connect()->health());
}

TEST_CASE("Reading 250 containers costs the client little") {
  std::vector<sim::TenantSpec> tenants;
  std::vector<ContainerId> ids;
  for (int i = 100; i < 350; ++i) {
    tenants.push_back(tenant("container-with-a-long-name-" + std::to_string(i), 1, lookbusy()));
    ids.push_back(tenants.back().id);
  }
  Plane plane(scenario(std::move(tenants)));
  const auto node = plane.connect();
  CHECK(node->counters().watch(ids).empty());
  timespec before{}, after{};
  double least_us = 1e9;
  for (int i = 1; i <= 50; ++i) {
    node->clock().sleep_until(at(i * 100ms));
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    const auto samples = node->counters().read();
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    REQUIRE(samples->size() == 250);
    least_us = std::min(least_us, static_cast<double>(after.tv_sec - before.tv_sec) * 1e6 +
                                      static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e3);
  }
  INFO(least_us << " us of the client's own time");
  // Ten times what it takes (docs/emulated-node.md), for slow machines and sanitizers.
  CHECK(least_us < 1000);
}

}  // namespace
}  // namespace dcat::emulator::test
