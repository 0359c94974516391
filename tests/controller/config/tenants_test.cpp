// Which rule is for a container.
#include <algorithm>

#include "controller/config/config.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

const std::string kId(64, 'a');
const std::string kPod = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
const std::string kInPod = "kubepods/burstable/pod" + kPod + "/" + kId;
const std::string kKata = "kubepods/burstable/pod" + kPod + "/kata_" + kId;
const std::string kVm = "machine.slice/machine-qemu\\x2d12\\x2dweb\\x2d1.scope";
const std::string kDocker = "docker/" + kId;
const std::string kLxc = "lxc.payload.web";

Config parsed(const std::string& text) {
  const Result<Config> config = parse_config(text, "f");
  if (!config) FAIL(config.error().to_string());
  return *config;
}

// The contract of the rule, 0 = no rule.
int ways(const Config& config, const std::string& id) {
  const TenantConfig* tenant = find_tenant(config, ContainerId{id});
  return tenant == nullptr ? 0 : tenant->contract.count;
}

TEST_CASE("a name is that of the path, of the identity or the whole id") {
  struct Row {
    std::string pattern;
    std::vector<std::string> matches;
  };
  const Row rows[] = {
      {"web-1", {kVm}},
      {"web?1", {kVm}},
      {"web*", {kVm, kLxc}},
      {"*web*", {kVm, kLxc}},  // paths as before: of one component
      {"**web**", {kVm, kLxc}},
      {kVm, {kVm}},
      {"machine.slice/*", {kVm}},
      {"aaaaaaaaaaaa", {kInPod, kKata, kDocker}},
      {kId, {kInPod, kKata, kDocker}},
      {"aaaa", {}},
      {"docker/*", {kDocker}},
      {"kubepods/**", {kInPod, kKata}},
      {"lxc.payload.*", {kLxc}},
      {"WEB", {}},
  };
  for (const Row& row : rows) {
    INFO(row.pattern);
    Config config;
    config.tenants.push_back({row.pattern, ContainerInfo::ContractKind::given, Ways(5), {}});
    for (const std::string& id : {kInPod, kKata, kVm, kDocker, kLxc}) {
      INFO(id);
      const bool wanted = std::find(row.matches.begin(), row.matches.end(), id) != row.matches.end();
      CHECK(ways(config, id) == (wanted ? 5 : 0));
    }
  }
}

TEST_CASE("the first rule whose conditions all hold is taken") {
  const Config config = parsed(
      "tenants:\n"
      "  - {name: 'web*', runtime: docker, contract: 1}\n"
      "  - {runtime: kata, contract: 2}\n"
      "  - {runtime: libvirt, name: 'web*', contract: 3}\n"
      "  - {pod: '" +
      kPod +
      "', contract: 4}\n"
      "  - {pod: '*', contract: 5}\n"
      "  - {runtime: lxc, contract: 6}\n"
      "  - {name: '**', contract: 7}\n");
  CHECK(ways(config, kKata) == 2);
  CHECK(ways(config, kVm) == 3);
  CHECK(ways(config, kInPod) == 4);
  CHECK(ways(config, "kubepods/pod1/" + kId) == 5);
  CHECK(ways(config, kLxc) == 6);
  CHECK(ways(config, kDocker) == 7);  // no pattern of pods stands for no pod
  CHECK(ways(config, "other") == 7);
}

TEST_CASE("the very id goes before earlier patterns, if its other conditions hold") {
  const Config config = parsed(
      "tenants:\n"
      "  - {name: '**', contract: 1}\n"
      "  - {name: '" +
      kDocker +
      "', runtime: podman, contract: 2}\n"
      "  - {name: '" +
      kDocker +
      "', runtime: docker, contract: 3}\n"
      "  - {name: '" +
      kDocker +
      "', contract: 4}\n"
      "  - {name: lxc.payload.web, runtime: docker, contract: 5}\n"
      "  - {name: web-1, contract: 6}\n");
  CHECK(ways(config, kDocker) == 3);
  CHECK(ways(config, kLxc) == 1);
  CHECK(ways(config, kVm) == 1);  // a name is not an id
}

TEST_CASE("annotations have to be there, each with a value that matches") {
  const Config config = parsed(
      "tenants:\n"
      "  - annotation: {dcat.io/tier: 'gold*', team: '?'}\n"
      "    contract: 8\n"
      "  - annotation: {'dcat.io/tier': '*'}\n"
      "    contract: 2\n");
  const auto with = [&config](std::map<std::string, std::string> annotations) {
    ContainerIdentity identity = identify(ContainerId{kDocker});
    identity.annotations = std::move(annotations);
    const TenantConfig* tenant = find_tenant(config, ContainerId{kDocker}, identity);
    return tenant == nullptr ? 0 : tenant->contract.count;
  };
  CHECK(with({{"dcat.io/tier", "gold-1"}, {"team", "a"}, {"more", "x"}}) == 8);
  CHECK(with({{"dcat.io/tier", "gold"}, {"team", "ab"}}) == 2);
  CHECK(with({{"dcat.io/tier", "gold"}}) == 2);
  CHECK(with({{"dcat.io/tier", "silver"}, {"team", "a"}}) == 2);
  CHECK(with({{"team", "a"}}) == 0);
  CHECK(with({}) == 0);
}

TEST_CASE("a rule gives a contract, a priority and whether to count") {
  const Config config = parsed(
      "tenants:\n"
      "  - {name: a, contract: 2, priority: -1000, counted: false}\n"
      "  - {name: b, contract: none, priority: 1000, counted: true}\n"
      "  - {name: c}\n");
  REQUIRE(config.tenants.size() == 3);
  CHECK(config.tenants[0].priority == -1000);
  CHECK_FALSE(config.tenants[0].counted);
  CHECK(config.tenants[1].priority == 1000);
  CHECK(config.tenants[1].counted);
  CHECK(config.tenants[2].priority == 0);
  CHECK(config.tenants[2].counted);
  CHECK(config.tenants[2].contract_kind == ContainerInfo::ContractKind::cpu_share);
}

TEST_CASE("every runtime's word is read") {
  for (std::size_t i = 0; i < runtime_words().size(); ++i) {
    const Config config = parsed("tenants: [{runtime: " + std::string(runtime_words()[i]) + "}]");
    CHECK(config.tenants.at(0).runtime == static_cast<Runtime>(i));
  }
}

TEST_CASE("the same name with other conditions is another tenant") {
  const Config config = parsed("tenants:\n  - name: a\n  - {name: a, runtime: docker}\n  - {name: a, pod: p}\n");
  CHECK(config.tenants.size() == 3);
}

TEST_CASE("a rule prints what is not the default, in an order that reads back") {
  const std::string text =
      "tenants:\n"
      "  - runtime: cri-o\n"
      "    pod: '*'\n"
      "    annotation:\n"
      "      'a/b': 'it''s'\n"
      "      'c': '?'\n"
      "    contract: none\n"
      "    priority: 7\n"
      "    counted: false\n"
      "  - name: 'x'\n";
  CHECK_THAT(format_config(parsed(text)), Catch::EndsWith(text));
}

TEST_CASE("a contract without a name that does not fit is told by its conditions") {
  const Status status = check_contracts(parsed("tenants:\n  - {runtime: kata, pod: p, contract: 20}\n"), Ways(11));
  REQUIRE_FALSE(status.ok());
  CHECK_THAT(status.error().to_string(), Catch::StartsWith("f:2: contract of \"runtime kata, pod p\": got 20"));
}

}  // namespace
}  // namespace dcat
