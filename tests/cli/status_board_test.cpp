// What `dcat status` is told.
#include "cli/status_board.h"

#include <nlohmann/json.hpp>

#include "tests/cat/builders.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using Json = nlohmann::json;

const std::string kDigits(64, 'a');

struct Scene {
  Observation observation;
  Decision decision;
  Announcements announcements;

  Scene() {
    ContainerInfo web;
    web.id = ContainerId{"kubepods/pod1/" + kDigits};
    web.contract_kind = ContainerInfo::ContractKind::given;
    web.contract = Ways(3);
    web.priority = 7;
    web.isolated = true;
    ContainerInfo other;
    other.id = ContainerId{"qemu"};
    other.cpu_share = 0.25;
    other.managed = false;
    ContainerInfo none;
    none.id = ContainerId{"x"};
    none.contract_kind = ContainerInfo::ContractKind::none;
    observation.containers = {web, other, none};
    DomainGeometry geometry;
    geometry.id = DomainId{4};
    geometry.available = Cbm(0xfffff);
    observation.geometry.domains = {geometry};
    ContainerDecision row;
    row.container = 0;
    row.dedicated = true;
    row.after = State::receiver;
    row.contract = Ways(3);
    row.ways_after = Ways(5);
    ContainerDecision shared;
    shared.container = kSharedRegion;
    decision.tick = 9;
    decision.domains = {{DomainId{4}, {shared, row}, Ways(15), Ways(6)}};
    decision.masks.members = {{web.id, GroupId{"web/1"}}};
    Announcement announced;
    announced.id = kDigits;
    announced.name = "we%b";
    announced.pod = "shop-1";
    announced.name_space = "shop";
    announced.runtime = Runtime::containerd;
    announced.qos = QosClass::burstable;
    announcements.take(announced, TimePoint{});
    Announcement vm;
    vm.id = "u";
    vm.cgroup = "qemu";
    vm.wishes.foreign = "libvirt cachetune";
    announcements.take(vm, TimePoint{});
  }
  Json text(const ThreadsOf& threads, Mode mode = Mode::enforce) const {
    NodeStatus status = status_of(observation, decision, announcements, mode);
    status.simulated = true;
    status.node = "n";
    status.policy = "fair";
    const std::string line = format_status(status, threads);
    CHECK(line.find('\n') == std::string::npos);
    return Json::parse(line);
  }
};

TEST_CASE("the status has the node, its domains and each container with what it is and has") {
  const Scene scene;
  const Json all = scene.text([](const ContainerId& id) {
    return std::vector<int>{7, static_cast<int>(id.value.size())};
  });
  CHECK((all["mode"] == "enforce" && all["simulated"] == true && all["node"] == "n" && all["policy"] == "fair"));
  CHECK(all["period"] == 9);
  CHECK(all["domains"] == Json::parse(R"([{"id":4,"ways":20,"shared":15,"free":6,"mask":"fffff"}])"));
  REQUIRE(all["containers"].size() == 3);
  const Json& web = all["containers"][0];
  CHECK((web["id"] == "kubepods/pod1/" + kDigits && web["name"] == "we%25b" && web["runtime"] == "containerd"));
  CHECK((web["pod"] == "shop-1" && web["namespace"] == "shop" && web["qos"] == "burstable" &&
         web["kind"] == "container"));
  CHECK((web["contract"] == Json::parse(R"({"kind":"ways","ways":3})") && web["priority"] == 7));
  CHECK((web["mode"] == "manage" && web["isolation"] == "strict" && !web.contains("foreign")));
  CHECK((web["group"] == "dcat.web%2f1" && web["state"] == "Receiver" && web["container_id"] == kDigits));
  REQUIRE(web["domains"].size() == 1);
  const Json& place = web["domains"][0];
  CHECK((place["id"] == 4 && place["ways"] == 5 && place["contract"] == 3 && place["dedicated"] == true));
  CHECK((place["state"] == "Receiver" && place["reason"].is_string()));
  CHECK(web["threads"] == Json({7, 78}));
  const Json& vm = all["containers"][1];
  CHECK((vm["mode"] == "observe" && vm["foreign"] == "libvirt cachetune" && vm["group"] == ""));
  CHECK(vm["contract"] == Json::parse(R"({"kind":"cpu-share","share":0.25})"));
  CHECK((vm["domains"].empty() && !vm.contains("state") && vm["isolation"] == "none"));
  CHECK(all["containers"][2]["contract"] == Json::parse(R"({"kind":"none"})"));
}

TEST_CASE("where nothing is enforced a group is where the threads are, not where they are planned") {
  Scene scene;
  scene.observation.masks.members = {{ContainerId{"qemu"}, GroupId{"left"}}};
  const Json all = scene.text({}, Mode::advise);
  CHECK(
      (all["mode"] == "advise" && all["containers"][0]["group"] == "" && all["containers"][1]["group"] == "dcat.left"));
}

// A period of the first container: what was measured, in which phase.
NodeStatus a_period(std::uint64_t tick, int phase, std::optional<double> ipc, std::optional<double> normalised) {
  Scene scene;
  scene.decision.tick = tick;
  ContainerDecision& row = scene.decision.domains[0].containers[1];
  row.phase = phase;
  row.metrics.ipc = ipc.value_or(0);
  if (!ipc) row.metrics.absent = Absence::too_few_instructions;
  row.reason.normalised_ipc = normalised;
  return status_of(scene.observation, scene.decision, scene.announcements, Mode::enforce);
}

Json place_of(const NodeStatus& status) {
  return Json::parse(format_status(status, {}))["containers"][0]["domains"][0];
}

TEST_CASE("while a container sleeps its last measurements stay, and say of which period they are") {
  const NodeStatus before = a_period(5, 1, 0.5, 2.0);
  NodeStatus asleep = a_period(6, 1, std::nullopt, std::nullopt);
  CHECK_FALSE(place_of(asleep).contains("metrics"));
  carry_over(before, asleep);
  const Json place = place_of(asleep);
  CHECK((place["metrics"]["period"] == 5 && place["metrics"]["cpi"] == 2.0 && place["phase"] == 1));
  CHECK((place["baseline"]["ipc"] == 0.25 && place["baseline"]["normalised_ipc"] == 2.0));
}

TEST_CASE("a baseline is of its phase alone, and unknown is absent") {
  const NodeStatus before = a_period(5, 1, 0.5, 2.0);
  NodeStatus other = a_period(6, 2, 0.5, std::nullopt);
  carry_over(before, other);
  CHECK_FALSE(place_of(other).contains("baseline"));
  NodeStatus same = a_period(6, 1, 0.75, std::nullopt);
  carry_over(before, same);
  CHECK(place_of(same)["baseline"] == Json::parse(R"({"ipc":0.25,"normalised_ipc":3.0})"));
  CHECK_FALSE(place_of(same)["metrics"].contains("mpki"));
}

TEST_CASE("who comes back under another name has nothing of whom was there") {
  NodeStatus before = a_period(5, 1, 0.5, 2.0);
  before.containers[0].info.id.value = "another";
  NodeStatus now = a_period(6, 1, std::nullopt, std::nullopt);
  carry_over(before, now);
  CHECK_FALSE(place_of(now).contains("metrics"));
}

TEST_CASE("a container's mask is its group's in that domain, in hexadecimal") {
  Scene scene;
  scene.decision.masks.domains = {{DomainId{4}, Cbm(0xfff00), {{GroupId{"web/1"}, Cbm(0x1f)}}}};
  const Json all = scene.text({});
  CHECK(all["containers"][0]["domains"][0]["mask"] == "1f");
  CHECK(all["domains"][0]["shared_mask"] == "fff00");
}

TEST_CASE("without a way to read threads there are none") {
  const Json all = Scene().text({});
  CHECK_FALSE(all["containers"][0].contains("threads"));
}

}  // namespace
}  // namespace dcat::cli
