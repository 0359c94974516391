// The rules of a configuration, applied to what a source lists.
#include "controller/shell/contracts.h"

#include "tests/support/catch.h"

namespace dcat {
namespace {

using Kind = ContainerInfo::ContractKind;

class FixedContainers : public ContainerSource {
 public:
  std::string name() const override { return "fixed"; }
  Result<std::vector<ContainerInfo>> list() override {
    if (broken) return Error{ErrorCode::failed, "list", "broken", ""};
    std::vector<ContainerInfo> found;
    for (const std::string& id : ids) {
      found.emplace_back();
      found.back().id = ContainerId{id};
      found.back().cpu_share = 0.25;
    }
    return found;
  }
  std::vector<std::string> ids;
  bool broken = false;
};

Config rules() {
  const Result<Config> config = parse_config(
      "tenants:\n"
      "  - {name: 'a*', contract: 3, priority: 5}\n"
      "  - {name: b, contract: none, counted: false}\n"
      "  - {name: a2, contract: 4}\n",
      "f");
  REQUIRE(config.ok());
  return *config;
}

TEST_CASE("the rule of a container gives contract, priority and counting, and leaves the rest") {
  FixedContainers source;
  source.ids = {"a1", "a2", "b", "c"};
  const Config config = rules();
  ContractedContainers contracted(source, config);
  const Result<std::vector<ContainerInfo>> found = contracted.list();
  REQUIRE(found.ok());
  REQUIRE(found->size() == 4);
  const std::vector<ContainerInfo>& c = *found;
  CHECK((c[0].contract_kind == Kind::given && c[0].contract == Ways(3) && c[0].priority == 5 && c[0].counted));
  CHECK((c[1].contract_kind == Kind::given && c[1].contract == Ways(4) && c[1].priority == 0 && c[1].counted));
  CHECK((c[2].contract_kind == Kind::none && !c[2].counted));
  CHECK((c[3].contract_kind == Kind::cpu_share && c[3].priority == 0 && c[3].counted));
  for (const ContainerInfo& info : c) CHECK(info.cpu_share == 0.25);
}

TEST_CASE("containers that come, stay and go have their own rules at each list") {
  FixedContainers source;
  const Config config = rules();
  ContractedContainers contracted(source, config);
  const std::vector<std::vector<std::string>> lists{{"b"}, {"a1", "b"},       {"a1"},
                                                    {},    {"a1", "a2", "c"}, {"a2", "b", "c"}};
  for (const std::vector<std::string>& ids : lists) {
    source.ids = ids;
    ContractedContainers fresh(source, config);
    CHECK(*contracted.list() == *fresh.list());
  }
}

TEST_CASE("a source that fails is passed on, and its containers keep their rules afterwards") {
  FixedContainers source;
  source.ids = {"a1"};
  const Config config = rules();
  ContractedContainers contracted(source, config);
  CHECK(contracted.name() == "fixed");
  CHECK(contracted.list()->at(0).contract == Ways(3));
  source.broken = true;
  CHECK(contracted.list().error().why == "broken");
  source.broken = false;
  CHECK(contracted.list()->at(0).contract == Ways(3));
}

}  // namespace
}  // namespace dcat
