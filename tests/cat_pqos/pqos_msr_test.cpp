// pqos-msr over the stand-in's registers: two caches of four cores.
#include <sched.h>

#include <algorithm>

#include "cat/linux/pqos_msr_control.h"
#include "tests/cat_linux/sysfs_tree.h"
#include "tests/cat_pqos/fake_libpqos.h"
#include "tests/support/catch.h"

namespace dcat::test {

namespace {

const ContainerId kWeb{"web"}, kDb{"db"};
const GroupId kA{"a"}, kDefault{};

void must(const Status& status) {
  if (!status) FAIL(status.error().to_string());
}

CpuidLeaf able(std::uint32_t leaf, std::uint32_t) {
  if (leaf == 7) return {0, 1u << 15, 0, 0};
  if (leaf == 0x10) return {0, 1u << 1, 0, 0};
  return {};
}

// The kernel's cache ids are 0 and 5, libpqos' 0 and 1, as on a machine with two sockets.
class Machine {
 public:
  explicit Machine(FakeMachine machine = {}) {
    fake_set_up(machine);
    cpus_.online("0-7");
    for (int cpu = 0; cpu < 8; ++cpu) cpus_.l3(cpu, cpu < 4 ? 0 : 5, 8, "8192K", cpu < 4 ? "0-3" : "4-7");
  }
  const TempTree& files() const { return files_; }
  const SysfsTree& cpus() const { return cpus_; }
  void pinned(const std::string& container, const std::string& cpus) const {
    files_.file(container + "/cpuset.cpus.effective", cpus + "\n");
    files_.file(container + "/cgroup.threads", "");
  }
  PqosMsrOptions options() const {
    PqosMsrOptions options;
    options.resctrl_root = files_.root() + "/resctrl";
    options.cpu_root = cpus_.root();
    options.cgroup_of = [this](const ContainerId& container) { return files_.root() + "/" + container.value; };
    options.writes = true;
    options.runtime_directory = files_.root() + "/run";
    options.cpuid = able;
    return options;
  }
  Journal journal() const { return Journal(files_.root() + "/run"); }
  std::unique_ptr<PqosMsrControl> open() const {
    auto opened = PqosMsrControl::open(options());
    if (!opened) FAIL(opened.error().to_string());
    return std::move(*opened);
  }

 private:
  TempTree files_;
  SysfsTree cpus_;
};

Masks look(PqosMsrControl& control, const std::vector<ContainerId>& containers = {}) {
  const Result<Census> census = control.take_census(containers);
  if (!census) FAIL(census.error().to_string());
  return *control.read_masks();
}

bool as_after_a_reset() {
  for (const auto& [core, class_id] : fake_class_of_core())
    if (class_id != 0) return false;
  for (const auto& [id, rows] : fake_masks())
    for (const FakeRow& row : rows)
      if (row != FakeRow{0xff, 0xff}) return false;
  return true;
}

std::vector<unsigned> classes_of_cores() {
  std::vector<unsigned> classes;
  for (const auto& [core, class_id] : fake_class_of_core()) classes.push_back(class_id);
  return classes;
}

}  // namespace

TEST_CASE("libpqos is not asked where CPUID shows no cache allocation") {
  const Machine machine;
  PqosMsrOptions options = machine.options();
  for (const std::uint32_t missing : {7u, 0x10u}) {
    options.cpuid = [missing](std::uint32_t leaf, std::uint32_t subleaf) {
      return leaf == missing ? CpuidLeaf{} : able(leaf, subleaf);
    };
    fake_refuse("pqos_init", 3);  // it would say so
    const auto refused = PqosMsrControl::open(options);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::unsupported);
    CHECK(refused.error().why.starts_with("this processor has no"));
    CHECK(!PqosMsrControl::undo({}, options));
  }
}

TEST_CASE("an AMD processor needs bandwidth enforcement as well") {
  const auto amd = [](bool enforcement) {
    return [enforcement](std::uint32_t leaf, std::uint32_t subleaf) -> CpuidLeaf {
      if (leaf == 0) return {0x10, 0x68747541, 0x444d4163, 0x69746e65};
      if (leaf == 0x80000008) return {0, enforcement ? 1u << 6 : 0u, 0, 0};
      return able(leaf, subleaf);
    };
  };
  CHECK(check_cache_allocation(amd(true)).ok());
  const Status refused = check_cache_allocation(amd(false));
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(check_cache_allocation(able).ok());
}

TEST_CASE("pqos-msr is refused where resctrl is mounted, and stops where it is mounted later") {
  const Machine machine;
  const auto mount = [&] {
    machine.files().file("resctrl/schemata", "");
    machine.files().directory("resctrl/info");
  };
  mount();
  const auto refused = PqosMsrControl::open(machine.options());
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().why.find("is mounted") != std::string::npos);
  CHECK(!PqosMsrControl::undo({}, machine.options()));
  machine.files().remove("resctrl");
  const auto control = machine.open();
  mount();
  CHECK(!control->take_census({}));
}

TEST_CASE("registers that somebody else uses are refused and left") {
  const Machine machine;
  fake_class_of_core()[6] = 2;
  auto refused = PqosMsrControl::open(machine.options());
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().why.find("core 6 is in class of service 2") != std::string::npos);
  fake_class_of_core()[6] = 0;
  fake_masks()[1][3] = {0xf, 0xf};
  refused = PqosMsrControl::open(machine.options());
  REQUIRE(!refused);
  CHECK(refused.error().why.find("class of service 3 has the ways f in domain 5") != std::string::npos);
  CHECK(fake_calls().empty());
  CHECK(!machine.journal().age());
}

TEST_CASE("the geometry has the kernel's domains and the processor's ways") {
  const Machine machine;
  const Geometry geometry = *machine.open()->read_geometry();
  CHECK(geometry.closids == 4);
  REQUIRE(geometry.domains.size() == 2);
  CHECK(geometry.domains[0].id == DomainId{0});
  CHECK(geometry.domains[1].id == DomainId{5});
  CHECK(geometry.domains[1].available == Cbm(0xff));
  CHECK(geometry.domains[1].min_cbm_bits == Ways(1));
  CHECK(geometry.domains[1].way_bytes == 1 << 20);
  CHECK(!geometry.domains[1].shared_may_be_empty);
}

TEST_CASE("caches that libpqos and the kernel draw differently are refused") {
  const Machine machine({.l3cat_of_core = {{0, 0}, {1, 0}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}}});
  CHECK(PqosMsrControl::open(machine.options()).error().code == ErrorCode::unsupported);
}

TEST_CASE("a group's masks and its container's cores are written and read back") {
  const Machine machine;
  machine.pinned("web", "2-5");
  const auto control = machine.open();
  CHECK(look(*control, {kWeb}).members.empty());
  must(control->apply(CreateGroup{kA}));
  must(control->apply(WriteMasks{kA, {{DomainId{0}, Cbm(0x3)}, {DomainId{5}, Cbm(0xc)}}}));
  must(control->apply(MoveContainer{kWeb, kA}));
  CHECK(classes_of_cores() == std::vector<unsigned>{0, 0, 1, 1, 1, 1, 0, 0});
  CHECK(fake_masks()[1][1].data == 0xc);
  const Masks masks = look(*control, {kWeb});
  CHECK(masks.members == std::vector<Member>{{kWeb, kA}});
  CHECK(*find_mask(masks.domains[0], kA) == Cbm(0x3));
  CHECK(*find_mask(masks.domains[1], kA) == Cbm(0xc));
  must(control->apply(RemoveGroup{kA}));
  CHECK(as_after_a_reset());
}

TEST_CASE("a release gives back cores and masks, and the journal goes") {
  const Machine machine;
  machine.pinned("web", "2-5");
  const auto control = machine.open();
  (void)look(*control, {kWeb});
  must(control->apply(CreateGroup{kA}));
  must(control->apply(WriteMasks{kA, {{DomainId{0}, Cbm(0x3)}}}));
  must(control->apply(WriteMasks{kDefault, {{DomainId{5}, Cbm(0xf0)}}}));
  must(control->apply(MoveContainer{kWeb, kA}));
  CHECK(machine.journal().read().value()->backend == "pqos-msr");
  must(control->release());
  CHECK(as_after_a_reset());
  CHECK(!machine.journal().age());
  CHECK(look(*control, {kWeb}).domains.size() == 2);
  must(control->apply(CreateGroup{kA}));
  CHECK(machine.journal().read().value()->classes.at("a") == 1);
}

TEST_CASE("what a crash left is undone by the next start, however soon") {
  const Machine machine;
  machine.pinned("web", "2-5");
  {
    const auto crashed = machine.open();
    (void)look(*crashed, {kWeb});
    must(crashed->apply(CreateGroup{kA}));
    must(crashed->apply(WriteMasks{kA, {{DomainId{0}, Cbm(0x3)}}}));
    must(crashed->apply(WriteMasks{kDefault, {{DomainId{0}, Cbm(0xf0)}}}));
    must(crashed->apply(MoveContainer{kWeb, kA}));
  }
  const auto control = machine.open();
  CHECK(as_after_a_reset());
  const Result<Census> census = control->take_census({});
  REQUIRE(census->news.size() == 1);
  CHECK(census->news.front().starts_with("undid what an earlier run left: 1 class"));
}

TEST_CASE("a reset undoes what the journal names and nothing else") {
  const Machine machine;
  machine.pinned("web", "2-5");
  {
    const auto crashed = machine.open();
    (void)look(*crashed, {kWeb});
    must(crashed->apply(CreateGroup{kA}));
    must(crashed->apply(WriteMasks{kA, {{DomainId{0}, Cbm(0x3)}}}));
    must(crashed->apply(MoveContainer{kWeb, kA}));
  }
  fake_class_of_core()[7] = 3;  // somebody's since
  fake_masks()[0][3] = {0x1, 0x1};
  const Result<Undone> undone = PqosMsrControl::undo(*machine.journal().read().value(), machine.options());
  REQUIRE(undone.ok());
  CHECK(undone->groups == 1);
  CHECK(!undone->default_masks);
  CHECK(classes_of_cores() == std::vector<unsigned>{0, 0, 0, 0, 0, 0, 0, 3});
  CHECK(fake_masks()[0][1] == FakeRow{0xff, 0xff});
  CHECK(fake_masks()[0][3] == FakeRow{0x1, 0x1});
}

TEST_CASE("containers without CPUs of their own are foreign, and each reason is said once") {
  const Machine machine;
  machine.pinned("web", "0-3");
  machine.pinned("db", "3-4");
  machine.pinned("ok", "6,7");
  machine.pinned("wide", "0-7");
  machine.files().directory("gone");
  const auto control = machine.open();
  // "wide" has no threads: its cpuset is no limit, and nobody's affinity says more.
  const std::vector<ContainerId> containers{kDb, {"gone"}, {"ok"}, kWeb, {"wide"}};
  const Result<Census> census = control->take_census(containers);
  REQUIRE(census.ok());
  CHECK(census->foreign == std::vector<ContainerId>{kDb, {"gone"}, kWeb, {"wide"}});
  CHECK(census->news ==
        std::vector<std::string>{"db cannot be controlled by its CPUs: another container may run on its CPU 3",
                                 "gone cannot be controlled by its CPUs: it has no threads",
                                 "web cannot be controlled by its CPUs: another container may run on its CPU 3",
                                 "wide cannot be controlled by its CPUs: it has no threads"});
  CHECK(control->take_census(containers)->news.empty());
  must(control->apply(CreateGroup{kA}));
  CHECK(!control->apply(MoveContainer{kWeb, kA}));
  must(control->apply(MoveContainer{{"ok"}, kA}));
}

TEST_CASE("without a cpuset the affinity of the threads counts") {
  cpu_set_t before, one;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &before)) ++cpu;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  FakeMachine numbered;
  numbered.l3cat_of_core = {{static_cast<unsigned>(cpu), 0}, {static_cast<unsigned>(cpu) + 1, 0}};
  fake_set_up(numbered);
  const TempTree files;
  SysfsTree cpus;
  const std::string both = std::to_string(cpu) + "-" + std::to_string(cpu + 1);
  cpus.online(both);
  for (const int c : {cpu, cpu + 1}) cpus.l3(c, 0, 8, "8192K", both);
  files.file("web/cgroup.threads", std::to_string(::getpid()) + "\n");
  PqosMsrOptions options;
  options.resctrl_root = files.root() + "/resctrl";
  options.cpu_root = cpus.root();
  options.cgroup_of = [&](const ContainerId&) { return files.root() + "/web"; };
  options.writes = true;
  options.runtime_directory = files.root() + "/run";
  options.cpuid = able;
  auto control = PqosMsrControl::open(options);
  REQUIRE(control.ok());
  CHECK(look(**control, {kWeb}).members.empty());
  must((*control)->apply(CreateGroup{kA}));
  must((*control)->apply(MoveContainer{kWeb, kA}));
  CHECK(classes_of_cores() == std::vector<unsigned>{1, 0});
  ::sched_setaffinity(0, sizeof before, &before);
}

TEST_CASE("cores follow a container that is pinned anew") {
  const Machine machine;
  machine.pinned("web", "2-3");
  const auto control = machine.open();
  (void)look(*control, {kWeb});
  must(control->apply(CreateGroup{kA}));
  must(control->apply(MoveContainer{kWeb, kA}));
  machine.pinned("web", "3-4");
  CHECK(look(*control, {kWeb}).members.empty());  // not all in one class
  must(control->gather());
  CHECK(classes_of_cores() == std::vector<unsigned>{0, 0, 0, 1, 1, 0, 0, 0});
  CHECK(look(*control, {kWeb}).members == std::vector<Member>{{kWeb, kA}});
  // And go back when it is gone.
  (void)look(*control, {});
  must(control->gather());
  CHECK(classes_of_cores() == std::vector<unsigned>(8, 0));
}

TEST_CASE("a class whose cores somebody else took is left alone") {
  const Machine machine;
  const auto control = machine.open();
  fake_class_of_core()[7] = 1;
  (void)look(*control);
  CHECK(control->read_geometry()->closids == 3);
  must(control->apply(CreateGroup{kA}));
  CHECK(machine.journal().read().value()->classes.at("a") == 2);
  must(control->gather());
  CHECK(fake_class_of_core()[7] == 1);
}

TEST_CASE("a run over registers that may not write writes nothing") {
  const Machine machine;
  PqosMsrOptions options = machine.options();
  options.writes = false;
  auto control = PqosMsrControl::open(options);
  REQUIRE(control.ok());
  CHECK(look(**control, {}).domains.size() == 2);
  CHECK((*control)->apply(CreateGroup{kA}).error().code == ErrorCode::unsupported);
  must((*control)->gather());
  CHECK(fake_calls().empty());
  CHECK(!machine.journal().age());
}

TEST_CASE("libpqos without access to the registers says what it needs") {
  const Machine machine;
  fake_refuse("pqos_init", 1, "ERROR: could not open /dev/cpu/0/msr");
  const auto refused = PqosMsrControl::open(machine.options());
  REQUIRE(!refused);
  CHECK(refused.error().why == "PQOS_RETVAL_ERROR: ERROR: could not open /dev/cpu/0/msr");
  CHECK(refused.error().todo.find("modprobe msr") != std::string::npos);
}

TEST_CASE("a processor without L3 classes is unsupported") {
  const Machine machine({.has_l3 = false});
  CHECK(PqosMsrControl::open(machine.options()).error().code == ErrorCode::unsupported);
}

}  // namespace dcat::test
