#include "controller/config/memory.h"

#include <algorithm>
#include <chrono>

#include "controller/config/quantity.h"
#include "controller/config/tenants.h"
#include "controller/config/yaml_tree.h"

namespace dcat {

namespace {

constexpr Range<Duration> kWriteRange{std::chrono::seconds(1), std::chrono::hours(24)};
constexpr Range<Duration> kForgetRange{std::chrono::minutes(1), std::chrono::hours(8784)};  // a year, a leap year too
constexpr Range<int> kContainersRange{1, 65536, "containers"};
constexpr std::size_t kLongestDirectory = 1024;

}  // namespace

void read_memory(YamlMap& root, MemorySettings& settings) {
  if (!root.has("memory")) return;
  YamlMap map = root.map("memory");
  map.read("enabled", settings.enabled);
  std::string directory;
  if (map.read("directory", directory)) {
    if (directory.size() < 2 || directory.front() != '/' || directory.size() > kLongestDirectory ||
        std::ranges::any_of(directory, is_control))
      map.error("directory", "got \"" + shown_text(directory) +
                                 "\", want an absolute path of at most 1024 bytes, no control characters");
    else
      settings.directory = directory;
  }
  map.read("write_every", settings.write_every, kWriteRange);
  map.read("forget_after", settings.forget_after, kForgetRange);
  map.read("most_containers", settings.most_containers, kContainersRange);
  map.finish();
}

std::string format_memory_settings(const MemorySettings& settings) {
  return std::string("memory: {enabled: ") + (settings.enabled ? "true" : "false") +
         ", directory: " + quoted(settings.directory) + ", write_every: " + format_duration(settings.write_every) +
         ", forget_after: " + format_duration(settings.forget_after) +
         ", most_containers: " + std::to_string(settings.most_containers) + "}\n";
}

}  // namespace dcat
