#include "controller/config/memory.h"

#include "controller/config/config.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

MemorySettings parsed(const std::string& text) {
  Result<Config> config = parse_config(text, "f");
  if (!config) FAIL(config.error().to_string());
  return config->memory;
}

std::string error_of(const std::string& text) {
  const Result<Config> config = parse_config(text, "f");
  return config ? "no error" : config.error().to_string();
}

}  // namespace

TEST_CASE("without a memory section what was learned is kept in /var/lib/dcat for a week") {
  for (const std::string text : {"", "memory: {}", "memory: {enabled: true}"}) {
    INFO(text);
    const MemorySettings settings = parsed(text);
    CHECK(settings == MemorySettings{});
    CHECK(settings.enabled);
    CHECK(settings.directory == "/var/lib/dcat");
    CHECK(settings.forget_after == std::chrono::hours(168));
  }
}

TEST_CASE("every key of the memory section sets its own member") {
  CHECK_FALSE(parsed("memory: {enabled: false}").enabled);
  CHECK(parsed("memory: {directory: /srv/dcat}").directory == "/srv/dcat");
  CHECK(parsed("memory: {write_every: 2m}").write_every == std::chrono::minutes(2));
  CHECK(parsed("memory: {forget_after: 1h}").forget_after == std::chrono::hours(1));
  CHECK(parsed("memory: {most_containers: 7}").most_containers == 7);
  CHECK_FALSE(parse_config("memory: {most_containers: 7}", "f").value() == Config{});
}

TEST_CASE("mistakes in the memory section are told with their keys and lines") {
  const std::string path = ", want an absolute path of at most 1024 bytes, no control characters";
  CHECK(error_of("memory: {directory: state}") == "f:1: memory.directory: got \"state\"" + path);
  CHECK(error_of("memory: {directory: /}") == "f:1: memory.directory: got \"/\"" + path);
  CHECK(error_of("memory: {directory: ''}") == "f:1: memory.directory: got \"\"" + path);
  CHECK(error_of("memory: {directory: \"/a\\nb\"}") == "f:1: memory.directory: got \"/a?b\"" + path);
  CHECK(error_of("memory: {directory: /" + std::string(1023, 'd') + "}") == "no error");
  CHECK(error_of("memory: {directory: /" + std::string(1024, 'd') + "}") != "no error");
  CHECK(error_of("memory: {write_every: 0s}") == "f:1: memory.write_every: got 0s, want 1s..24h");
  CHECK(error_of("memory: {write_every: 25h}") == "f:1: memory.write_every: got 25h, want 1s..24h");
  CHECK(error_of("memory: {forget_after: 30s}") == "f:1: memory.forget_after: got 30s, want 1m..8784h");
  CHECK(error_of("memory: {most_containers: 0}") == "f:1: memory.most_containers: got 0, want 1..65536 containers");
  CHECK(error_of("memory: {enabled: perhaps}") != "no error");
  CHECK(error_of("memory: {file: x}") != "no error");
  CHECK(error_of("memory: yes please") != "no error");
}

}  // namespace dcat
