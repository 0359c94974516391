// The configuration files that are shipped: each loads, and the commented defaults say what the program does.
#include <fstream>
#include <sstream>

#include "controller/config/config.h"
#include "controller/config/fields.h"
#include "controller/config/quantity.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

std::string read_shipped(const std::string& name) {
  std::ifstream file(std::string(DCAT_SOURCE_DIR) + "/configs/" + name);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Config load_shipped(const std::string& name) {
  Result<Config> config = parse_config(read_shipped(name), name);
  if (!config) FAIL(config.error().to_string());
  return *std::move(config);
}

// `text` with the comment marks of settings taken away: `# mode: observe` becomes `mode: observe`.
std::string with_optional_settings(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  bool in_setting = false;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string& key : config_keys()) in_setting = in_setting || line.starts_with("# " + key + ":");
    in_setting = in_setting && line.starts_with("# ");
    result += (in_setting ? line.substr(2) : line) + "\n";
  }
  return result;
}

// The comment right above the line that begins with `key:` or `# key:`; its lines joined by spaces.
std::string comment_above(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  std::string comment;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key + ":") || line.starts_with("# " + key + ":")) return comment;
    if (line.starts_with("# ")) {
      comment += line.substr(2) + " ";
    } else {
      comment.clear();
    }
  }
  return "no such key";
}

TEST_CASE("the commented defaults are the built-in defaults") {
  CHECK(load_shipped("dcat.yaml") == Config{});
}

TEST_CASE("every key stands in the commented defaults with its value and a comment") {
  const std::string text = read_shipped("dcat.yaml");
  for (const std::string& key : config_keys()) {
    INFO(key);
    const bool is_optional = key == "mode" || key == "containers" || key == "curves" || key == "tenants";
    CHECK(text.find(std::string(is_optional ? "\n# " : "\n") + key + ":") != std::string::npos);
    const std::string comment = comment_above(text, key);
    CHECK(comment.size() > 40);
    CHECK(comment != "no such key");
  }
}

TEST_CASE("the commented defaults tell the range of every number") {
  const std::string text = read_shipped("dcat.yaml");
  for (const Field& field : parameter_fields()) {
    if (std::holds_alternative<bool Parameters::*>(field.member)) continue;
    if (std::holds_alternative<PolicyKind Parameters::*>(field.member)) continue;
    if (std::holds_alternative<AdaptiveGoal Parameters::*>(field.member)) continue;
    const bool is_count = std::holds_alternative<std::uint64_t Parameters::*>(field.member);
    const auto number = [&](double n) {
      return is_count ? std::to_string(static_cast<std::uint64_t>(n)) : format_number(n);
    };
    const bool is_time = std::holds_alternative<Duration Parameters::*>(field.member);
    const std::string range = is_time ? "0s..1h" : number(field.least) + ".." + number(field.most);
    const std::string unit = *field.unit == '\0' ? "" : " " + std::string(field.unit);
    INFO(field.key);
    CHECK_THAT(comment_above(text, field.key), Catch::Contains("Range: " + range + unit));
  }
}

TEST_CASE("the optional settings of the commented defaults are right, too") {
  const std::string text = with_optional_settings(read_shipped("dcat.yaml"));
  const Result<Config> config = parse_config(text, "dcat.yaml");
  if (!config) FAIL(config.error().to_string());
  CHECK(config->mode == Mode::observe);
  CHECK(config->containers.size() == 2);
  REQUIRE(config->tenants.size() == 3);
  CHECK(config->tenants[1].runtime == Runtime::libvirt);
  CHECK(config->tenants[2].annotations == std::map<std::string, std::string>{{"example.com/tier", "gold*"}});
  CHECK(config->tenants[2].priority == 10);
}

TEST_CASE("the example of a KVM host names its tenants") {
  const Config config = load_shipped("examples/kvm-host.yaml");
  CHECK(check_contracts(config, 11_ways).ok());
  const auto contract = [&](const std::string& vm) {
    const std::string id = "machine.slice/machine-qemu\\x2d12\\x2d" + vm + ".scope";
    REQUIRE(matches_pattern(config.containers.at(0), id));
    return find_tenant(config, ContainerId{id});
  };
  REQUIRE(contract("db1") != nullptr);
  CHECK(contract("db1")->contract == 3_ways);
  CHECK(contract("web7")->contract == 1_ways);
  CHECK(contract("backup")->contract_kind == ContainerInfo::ContractKind::none);
  CHECK(contract("other") == nullptr);
}

TEST_CASE("the example of a shared node gives nobody a contract") {
  const Config config = load_shipped("examples/all-shared.yaml");
  CHECK(config.mode == Mode::observe);
  const TenantConfig* tenant = find_tenant(config, ContainerId{"kubepods.slice/a/b.scope"});
  REQUIRE(tenant != nullptr);
  CHECK(tenant->contract_kind == ContainerInfo::ContractKind::none);
}

}  // namespace
}  // namespace dcat
