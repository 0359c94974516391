// Options of `dcat emulate` to a machine, and the contradictions that are refused.
#include <functional>

#include "emulator/linux/emulate.h"
#include "tests/support/catch.h"

namespace dcat::emulator {

namespace {

sim::Scenario two_sockets() {
  sim::Scenario scenario;
  scenario.closids = 12;
  for (const int id : {0, 3}) {
    sim::DomainSpec domain;
    domain.id = DomainId{id};
    domain.ways = Ways(11);
    domain.shareable = Cbm(0x600);
    scenario.domains.push_back(domain);
  }
  return scenario;
}

std::string refusal(const std::function<void(NodeOptions&)>& change, const sim::Scenario* scenario = nullptr) {
  NodeOptions options;
  change(options);
  const Result<Machine> machine = plan_machine(options, scenario, 4);
  if (machine) return "taken";
  CHECK(machine.error().code == ErrorCode::bad_input);
  return machine.error().what;
}

}  // namespace

TEST_CASE("without options the machine has one domain of twenty ways") {
  const Result<Machine> machine = plan_machine({}, nullptr, 4);
  REQUIRE(machine.ok());
  CHECK(machine->ways == Ways(20));
  CHECK(machine->closids == 16);
  CHECK(machine->rmids == 64);
  REQUIRE(machine->domains.size() == 1);
  CHECK(machine->domains[0].cpus == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("options describe the machine") {
  NodeOptions options;
  options.ways = 11;
  options.mba = true;
  options.mb_closids = 8;
  options.domain_ids = {0, 3};
  options.shareable_bits = "600";
  options.kernel = "6.1";
  options.min_cbm_bits = 2;
  options.way_bytes = 1 << 20;
  const Result<Machine> machine = plan_machine(options, nullptr, 2);
  REQUIRE(machine.ok());
  CHECK(machine->closids == 16);
  CHECK(machine->mb_closids == 8);
  CHECK(machine->shareable == Cbm(0x600));
  CHECK(machine->kernel == Kernel::linux_6_1);
  CHECK(machine->min_cbm_bits == 2);
  CHECK(machine->way_bytes == 1 << 20);
  CHECK(machine->domains[1].id == DomainId{3});
}

TEST_CASE("as many CPUs as asked for are spread over the domains") {
  NodeOptions options;
  options.domains = 2;
  options.cpus = 4;
  const Result<Machine> machine = plan_machine(options, nullptr, 8);
  REQUIRE(machine.ok());
  CHECK(machine->domains[0].cpus == std::vector<int>{0, 1});
  CHECK(machine->domains[1].cpus == std::vector<int>{2, 3});
}

TEST_CASE("a scenario's domains are the machine's") {
  const sim::Scenario scenario = two_sockets();
  const Result<Machine> machine = plan_machine({}, &scenario, 2);
  REQUIRE(machine.ok());
  CHECK(machine->ways == Ways(11));
  CHECK(machine->closids == 12);
  CHECK(machine->shareable == Cbm(0x600));
  CHECK(machine->domains[1].id == DomainId{3});
  CHECK(machine->min_cbm_bits == 0);  // its shared region may be empty
  NodeOptions options;
  options.min_cbm_bits = 1;
  CHECK(plan_machine(options, &scenario, 2)->min_cbm_bits == 1);
}

TEST_CASE("a scenario with domains that differ cannot be emulated") {
  sim::Scenario scenario = two_sockets();
  scenario.domains[1].ways = Ways(12);
  CHECK(refusal([](NodeOptions&) {}, &scenario) == "--scenario");
}

TEST_CASE("what contradicts the scenario is refused") {
  const sim::Scenario scenario = two_sockets();
  CHECK(refusal([](NodeOptions& o) { o.ways = 11; }, &scenario) == "--ways");
  CHECK(refusal([](NodeOptions& o) { o.closids = 12; }, &scenario) == "--closids");
  CHECK(refusal([](NodeOptions& o) { o.way_bytes = 1024; }, &scenario) == "--way-bytes");
  CHECK(refusal([](NodeOptions& o) { o.cpus = 1; }, &scenario) == "--cpus");
  CHECK(refusal([](NodeOptions& o) { o.domains = 2; }, &scenario) == "--domains");
  CHECK(refusal([](NodeOptions& o) { o.domain_ids = {0, 3}; }, &scenario) == "--domain-ids");
  CHECK(refusal([](NodeOptions& o) { o.shareable_bits = "600"; }, &scenario) == "--shareable-bits");
  CHECK(refusal([](NodeOptions& o) { o.tied_ways = true; }, &scenario) == "--tied-ways");
}

TEST_CASE("options that make no machine are refused by name") {
  CHECK(refusal([](NodeOptions& o) { o.ways = 0; }) == "--ways");
  CHECK(refusal([](NodeOptions& o) { o.ways = 33; }) == "--ways");
  CHECK(refusal([](NodeOptions& o) { o.closids = 0; }) == "--closids");
  CHECK(refusal([](NodeOptions& o) { o.closids = 1, o.cdp = true; }) == "--closids");
  CHECK(refusal([](NodeOptions& o) { o.rmids = 0; }) == "--rmids");
  CHECK(refusal([](NodeOptions& o) { o.mb_closids = 8; }) == "--mb-closids");
  CHECK(refusal([](NodeOptions& o) { o.domains = 0; }) == "--domains");
  CHECK(refusal([](NodeOptions& o) { o.domains = 2, o.domain_ids = {0, 1}; }) == "--domain-ids");
  CHECK(refusal([](NodeOptions& o) { o.domains = 2, o.cpus = 1; }) == "--cpus");
  CHECK(refusal([](NodeOptions& o) { o.cpus = 0; }) == "--cpus");
  CHECK(refusal([](NodeOptions& o) { o.cpus = 1025; }) == "--cpus");
  CHECK(refusal([](NodeOptions& o) { o.way_bytes = 0; }) == "--way-bytes");
  CHECK(refusal([](NodeOptions& o) { o.way_bytes = 1500; }) == "--way-bytes");
  CHECK(refusal([](NodeOptions& o) { o.way_bytes = std::uint64_t{2} << 30; }) == "--way-bytes");
  CHECK(refusal([](NodeOptions& o) { o.domain_ids = {3, 0}; }) == "--domain-ids");
  CHECK(refusal([](NodeOptions& o) { o.domain_ids = {-1, 0}; }) == "--domain-ids");
  CHECK(refusal([](NodeOptions& o) { o.min_cbm_bits = 21; }) == "--min-cbm-bits");
  CHECK(refusal([](NodeOptions& o) { o.min_cbm_bits = -1; }) == "--min-cbm-bits");
  CHECK(refusal([](NodeOptions& o) { o.shareable_bits = "0xc"; }) == "--shareable-bits");
  CHECK(refusal([](NodeOptions& o) { o.shareable_bits = "100000"; }) == "--shareable-bits");
  CHECK(refusal([](NodeOptions& o) { o.shareable_bits = ""; }) == "--shareable-bits");
  CHECK(refusal([](NodeOptions& o) { o.kernel = "5.10"; }) == "--kernel");
  CHECK(refusal([](NodeOptions& o) { o.ways = 1, o.tied_ways = true; }) == "--tied-ways");
}

}  // namespace dcat::emulator
