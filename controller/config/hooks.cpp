#include "controller/config/hooks.h"

#include <algorithm>

#include "controller/config/quantity.h"
#include "controller/config/tenants.h"
#include "controller/config/yaml_tree.h"

namespace dcat {

namespace {

constexpr std::size_t kLongestSocket = 107;  // sun_path
constexpr std::size_t kLongestPath = 4000;   // PATH_MAX, with room for a name beside it
constexpr std::size_t kLongestGroup = 32;    // useradd(8)

void read_path(YamlMap& map, const std::string& key, std::size_t longest, std::string& out) {
  std::string path;
  if (!map.read(key, path)) return;
  if (path.size() < 2 || path.front() != '/' || path.back() == '/' || path.size() > longest ||
      std::ranges::any_of(path, is_control))
    map.error(key, "got \"" + shown_text(path) + "\", want an absolute path of at most " + std::to_string(longest) +
                       " bytes, no control characters");
  else
    out = path;
}

bool is_group_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kLongestGroup && std::ranges::all_of(name, is_group_character);
}

void read_prepared(YamlMap& hooks, std::vector<PreparedGroup>& out) {
  if (!hooks.has("prepared")) return;
  for (YamlMap map : hooks.maps("prepared")) {
    PreparedGroup group;
    map.require("name");
    map.require("contract");
    if (map.read("name", group.name)) {
      if (!is_name(group.name))
        map.error("name", "got \"" + shown_text(group.name) + "\", want letters, digits and - _ . only");
      else if (std::ranges::count(out, group.name, &PreparedGroup::name) > 0)
        map.error("name", "got \"" + group.name + "\", given twice");
    }
    map.read("contract", group.contract, Range<int>{1, 64, "ways"});
    map.finish();
    out.push_back(std::move(group));
  }
}

std::string truth(bool value) {
  return value ? "true" : "false";
}

}  // namespace

void read_hooks(YamlMap& root, HookSettings& hooks, NriSettings& nri, ClusterSettings& cluster) {
  if (root.has("hooks")) {
    YamlMap map = root.map("hooks");
    map.read("enabled", hooks.enabled);
    read_path(map, "socket", kLongestSocket, hooks.socket);
    std::string group;
    if (map.read("group", group)) {
      if (!is_name(group))
        map.error("group", "got \"" + shown_text(group) + "\", want the name of a group");
      else
        hooks.group = group;
    }
    map.read("wishes", hooks.wishes);
    map.read("most_ways", hooks.most_ways, Range<int>{1, 64, "ways"});
    map.read("most_priority", hooks.most_priority, Range<int>{-1000, 1000});
    read_prepared(map, hooks.prepared);
    map.finish();
  }
  if (root.has("nri")) {
    YamlMap map = root.map("nri");
    map.read("enabled", nri.enabled);
    read_path(map, "socket", kLongestSocket, nri.socket);
    std::string index;
    if (map.read("index", index)) {
      if (index.size() != 2 || !std::ranges::all_of(index, is_digit))
        map.error("index", "got \"" + shown_text(index) + "\", want two digits, in quotes");
      else
        nri.index = index;
    }
    if (map.read("prepared", nri.prepared) &&
        std::ranges::count(hooks.prepared, nri.prepared, &PreparedGroup::name) == 0)
      map.error("prepared", "got \"" + shown_text(nri.prepared) + "\", want the name of a group of hooks.prepared");
    map.finish();
  }
  if (root.has("kubernetes")) {
    YamlMap map = root.map("kubernetes");
    read_path(map, "feature_file", kLongestPath, cluster.feature_file);
    map.finish();
  }
}

std::string format_hooks(const HookSettings& hooks, const NriSettings& nri, const ClusterSettings& cluster) {
  std::string text = "hooks: {enabled: " + truth(hooks.enabled);
  if (!hooks.socket.empty()) text += ", socket: " + quoted(hooks.socket);
  text += ", group: " + quoted(hooks.group) + ", wishes: " + truth(hooks.wishes) +
          ", most_ways: " + std::to_string(hooks.most_ways.count) +
          ", most_priority: " + std::to_string(hooks.most_priority);
  std::string prepared;
  for (const PreparedGroup& group : hooks.prepared)
    prepared += (prepared.empty() ? "{name: " : ", {name: ") + quoted(group.name) +
                ", contract: " + std::to_string(group.contract.count) + "}";
  if (!prepared.empty()) text += ", prepared: [" + prepared + "]";
  text += "}\n";
  text += "nri: {enabled: " + truth(nri.enabled) + ", socket: " + quoted(nri.socket) + ", index: " + quoted(nri.index);
  if (!nri.prepared.empty()) text += ", prepared: " + quoted(nri.prepared);
  text += "}\n";
  const std::string file = cluster.feature_file.empty() ? "" : "feature_file: " + quoted(cluster.feature_file);
  return text + "kubernetes: {" + file + "}\n";
}

}  // namespace dcat
