#include "cat/linux/resctrl_info.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "cat/schemata.h"

namespace dcat {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

// A number in a file of its own.
Result<std::uint64_t> read_number(const ResctrlFiles& files, const std::string& path, int base) {
  const Result<std::string> text = files.read(path);
  if (!text) return text.error();
  const std::string_view digits = trimmed(*text);
  std::uint64_t number = 0;
  const auto [end, errc] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (digits.empty() || errc != std::errc{} || end != digits.data() + digits.size())
    return Error{ErrorCode::failed, "read " + files.root() + "/" + path,
                 "got \"" + std::string(digits) + "\", want a number", ""};
  return number;
}

// The least num_closids of all resources: a group takes one of each.
Result<int> read_closids(const ResctrlFiles& files) {
  const Result<std::vector<std::string>> resources = files.directories("info");
  if (!resources) return resources.error();
  std::optional<std::uint64_t> least;
  for (const std::string& resource : *resources) {
    if (!files.exists("info/" + resource + "/num_closids")) continue;  // monitoring
    const Result<std::uint64_t> closids = read_number(files, "info/" + resource + "/num_closids", 10);
    if (!closids) return closids.error();
    least = std::min(least.value_or(*closids), *closids);
  }
  return static_cast<int>(std::min<std::uint64_t>(least.value_or(1), 4096));
}

Status read_monitoring(const ResctrlFiles& files, ResctrlInfo& info) {
  if (!files.exists("info/L3_MON/num_rmids")) return {};
  const Result<std::uint64_t> rmids = read_number(files, "info/L3_MON/num_rmids", 10);
  if (!rmids) return rmids.error();
  info.rmids = static_cast<int>(std::min<std::uint64_t>(*rmids, 1u << 20));
  const Result<std::string> features = files.read("info/L3_MON/mon_features");
  if (!features) return features.error();
  info.occupancy = features->find("llc_occupancy") != std::string::npos;
  info.bandwidth = features->find("mbm_total_bytes") != std::string::npos;
  return {};
}

// Why MB cannot be used, in words; nullopt: `info` has all of it.
std::optional<std::string> read_throttles(const ResctrlFiles& files, const GroupSchemata& root, ResctrlInfo& info) {
  const Result<std::uint64_t> closids = read_number(files, "info/MB/num_closids", 10);
  if (!closids) return closids.error().to_string();
  info.throttle_closids = static_cast<int>(std::min<std::uint64_t>(*closids, 4096));
  // Only where the delay is linear the kernel takes percentages (Intel); AMD's values are eighths of GB/s.
  const Result<std::uint64_t> linear = read_number(files, "info/MB/delay_linear", 10);
  if (!linear) return linear.error().to_string();
  if (*linear != 1) return "its delays are not linear (delay_linear " + std::to_string(*linear) + ")";
  const Result<std::uint64_t> least = read_number(files, "info/MB/min_bandwidth", 10);
  if (!least) return least.error().to_string();
  const Result<std::uint64_t> step = read_number(files, "info/MB/bandwidth_gran", 10);
  if (!step) return step.error().to_string();
  if (*least < 1 || *least > 99 || *step < 1 || *step > 99)
    return "min_bandwidth " + std::to_string(*least) + " and bandwidth_gran " + std::to_string(*step) +
           " are no percentages";
  if (beyond_percent(root.bandwidths)) return kNotInPercent;
  if (!std::ranges::equal(
          root.bandwidths, root.masks, {}, [](const auto& b) { return b.first; },
          [](const auto& m) { return m.first; }))
    return "its domains are not the L3 caches'";
  info.throttles = ThrottleSteps{Throttle(static_cast<int>(*least)), static_cast<int>(*step)};
  return std::nullopt;
}

// The size of a way, from what the kernel says of the default group's capacity.
std::uint64_t read_way_bytes(const ResctrlFiles& files, const ResctrlInfo& info,
                             const std::vector<std::pair<DomainId, Cbm>>& masks) {
  const Result<std::string> text = files.read("size");
  if (!text) return 0;
  const Result<std::vector<SchemataLine>> lines = parse_schemata(*text);
  if (!lines) return 0;
  const SchemataLine* line = find_line(*lines, info.lines.front());
  if (line == nullptr) return 0;
  for (const auto& [id, value] : line->values) {
    const auto mask = std::ranges::find(masks, id, [](const auto& m) { return m.first; });
    std::uint64_t bytes = 0;
    const auto [end, errc] = std::from_chars(value.data(), value.data() + value.size(), bytes);
    if (mask == masks.end() || mask->second.empty() || errc != std::errc{} || end != value.data() + value.size())
      continue;
    return bytes / static_cast<std::uint64_t>(mask->second.size().count);
  }
  return 0;
}

}  // namespace

Result<ResctrlInfo> read_resctrl_info(const ResctrlFiles& files) {
  ResctrlInfo info;
  std::string l3 = "L3";
  info.lines = {"L3"};
  if (files.exists("info/L3CODE")) {
    info.cdp = true;
    l3 = "L3DATA";
    info.lines = {"L3DATA", "L3CODE"};
  } else if (!files.exists("info/L3")) {
    return Error{ErrorCode::unsupported, files.root(), "this resctrl has no L3 cache allocation",
                 "see `dcat doctor` for what the processor and the kernel can do"};
  }
  const std::string directory = "info/" + l3 + "/";
  const auto mask = read_number(files, directory + "cbm_mask", 16);
  if (!mask) return mask.error();
  info.cbm_mask = Cbm(*mask);
  const auto least = read_number(files, directory + "min_cbm_bits", 10);
  if (!least) return least.error();
  info.empty_masks = *least == 0;
  info.min_cbm_bits = Ways(static_cast<int>(std::clamp<std::uint64_t>(*least, 1, 64)));
  if (files.exists(directory + "shareable_bits")) {
    const auto shareable = read_number(files, directory + "shareable_bits", 16);
    if (!shareable) return shareable.error();
    info.shareable = Cbm(*shareable);
  }
  if (files.exists(directory + "sparse_masks")) {
    const auto sparse = read_number(files, directory + "sparse_masks", 10);
    if (!sparse) return sparse.error();
    info.sparse = *sparse != 0;
  }
  const Result<int> closids = read_closids(files);
  if (!closids) return closids.error();
  info.closids = *closids;
  if (Status read = read_monitoring(files, info); !read) return std::move(read).error();
  const auto root = read_group_schemata(files, info, "");
  if (!root) return root.error();
  for (const auto& [id, unused] : root->masks) info.domains.push_back(id);
  info.way_bytes = read_way_bytes(files, info, root->masks);
  if (files.exists("info/MB")) info.why_no_throttles = read_throttles(files, *root, info).value_or("");
  return info;
}

bool beyond_percent(const std::vector<std::pair<DomainId, std::uint32_t>>& bandwidths) {
  return std::ranges::any_of(bandwidths, [](const auto& b) { return b.second > 100; });
}

Result<std::vector<std::pair<DomainId, Cbm>>> read_group_masks(const ResctrlFiles& files, const ResctrlInfo& info,
                                                               const std::string& group) {
  Result<GroupSchemata> schemata = read_group_schemata(files, info, group);
  if (!schemata) return std::move(schemata).error();
  return std::move(schemata->masks);
}

Result<GroupSchemata> read_group_schemata(const ResctrlFiles& files, const ResctrlInfo& info,
                                          const std::string& group) {
  const std::string path = group.empty() ? "schemata" : group + "/schemata";
  const Result<std::string> text = files.read(path);
  if (!text) return text.error();
  const auto wrong = [&](Error error) {
    error.code = ErrorCode::failed;
    return std::move(error).with_context("read " + files.root() + "/" + path);
  };
  Result<std::vector<SchemataLine>> lines = parse_schemata(*text);
  if (!lines) return wrong(std::move(lines).error());
  GroupSchemata schemata;
  std::vector<std::pair<DomainId, Cbm>>& masks = schemata.masks;
  for (const std::string& name : info.lines) {
    const SchemataLine* line = find_line(*lines, name);
    if (line == nullptr) return wrong({ErrorCode::failed, "", "there is no " + name + " line", ""});
    auto parsed = parse_cbms(*line);
    if (!parsed) return wrong(std::move(parsed).error());
    for (const auto& [id, mask] : *parsed) {
      const auto known = std::ranges::find(masks, id, [](const auto& m) { return m.first; });
      if (known == masks.end())
        masks.emplace_back(id, mask);
      else
        known->second = known->second | mask;
    }
  }
  std::ranges::sort(masks, {}, [](const auto& m) { return m.first; });
  if (const SchemataLine* line = find_line(*lines, "MB")) {
    // One that cannot be read is as none: ways are handed out all the same.
    if (auto parsed = parse_bandwidths(*line)) schemata.bandwidths = std::move(*parsed);
  }
  return schemata;
}

}  // namespace dcat
