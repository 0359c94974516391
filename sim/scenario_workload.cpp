#include "sim/scenario_workload.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "controller/config/quantity.h"
#include "controller/config/text_file.h"
#include "sim/scenario.h"

namespace dcat::sim {
namespace {

constexpr Range<double> kSetWays{0.01, 10000, "ways"};
constexpr Range<std::uint64_t> kSetBytes{1024, std::uint64_t{1} << 50};
constexpr Range<double> kAccesses{1e-6, 4, "per instruction"};
constexpr Range<double> kReferences{0, 1, "per instruction"};
constexpr Range<std::uint64_t> kItems{1, 1'000'000'000'000};
constexpr Range<double> kTheta{0, 4};

// In the order of `kKinds`.
enum class Kind : std::size_t { mlr, mload, lookbusy, zipf, curve };
const std::vector<std::string_view>& kind_words() {
  static const std::vector<std::string_view> words{"mlr", "mload", "lookbusy", "zipf", "curve"};
  return words;
}

std::optional<SetSize> read_set(YamlMap& map) {
  SetSize set;
  const bool in_ways = map.has("set_ways");
  const bool in_bytes = map.has("set_size");
  if (in_ways == in_bytes) {
    map.error(in_ways ? "set_size" : "set_ways", "want one of set_ways and set_size");
    return std::nullopt;
  }
  const bool good =
      in_ways ? map.read("set_ways", set.ways, kSetWays) : map.read_bytes("set_size", set.bytes, kSetBytes);
  if (!good) return std::nullopt;
  return set;
}

std::optional<WorkloadKind> read_zipf(YamlMap& map) {
  const std::optional<SetSize> set = read_set(map);
  std::uint64_t items = 0;
  double theta = 0;
  map.require("items");
  map.require("theta");
  const bool has_items = map.read("items", items, kItems);
  const bool has_theta = map.read("theta", theta, kTheta);
  if (!set || !has_items || !has_theta) return std::nullopt;
  return Zipf(*set, items, theta);
}

// A list of numbers, each in the range; false when it is not there or wrong.
bool read_numbers(YamlMap& map, const std::string& key, Range<double> range, std::vector<double>& out) {
  std::vector<std::string> texts;
  if (!map.read(key, texts)) return false;
  if (texts.empty()) map.error(key, "got an empty list, want a number for each number of ways");
  bool good = !texts.empty();
  for (const std::string& text : texts) {
    const std::optional<double> number = parse_number(text);
    if (!number || *number < range.least || *number > range.most) {
      map.error(key,
                "got " + text + ", want a number, " + format_number(range.least) + ".." + format_number(range.most));
      good = false;
      continue;
    }
    out.push_back(*number);
  }
  return good;
}

std::shared_ptr<const Curve> read_inline_curve(YamlMap& map) {
  std::vector<double> ipc;
  std::vector<double> mpki;
  std::vector<double> rpki;
  std::vector<double> stalls;
  for (const char* key : {"ipc", "mpki", "rpki"}) map.require(key);
  bool good = read_numbers(map, "ipc", {1e-6, 64}, ipc);
  good &= read_numbers(map, "mpki", {0, 1000}, mpki);
  good &= read_numbers(map, "rpki", {0, 1000}, rpki);
  if (map.has("stalls")) good &= read_numbers(map, "stalls", {0, 1}, stalls);
  if (!good) return nullptr;
  const auto check_size = [&](const char* key, const std::vector<double>& numbers) {
    if (numbers.size() == ipc.size()) return;
    map.error(key,
              "got " + std::to_string(numbers.size()) + " numbers, want " + std::to_string(ipc.size()) + " as in ipc");
    good = false;
  };
  check_size("mpki", mpki);
  check_size("rpki", rpki);
  if (map.has("stalls")) check_size("stalls", stalls);
  if (!good) return nullptr;
  auto curve = std::make_shared<Curve>();
  for (std::size_t i = 0; i < ipc.size(); ++i) {
    if (mpki[i] > rpki[i]) {
      map.error("mpki", "got " + format_number(mpki[i]) + " misses of " + format_number(rpki[i]) + " references");
      return nullptr;
    }
    const double stall = stalls.empty() ? estimated_stall_ratio(ipc[i], mpki[i]) : stalls[i];
    curve->points.push_back({ipc[i], rpki[i], mpki[i], stall, std::nullopt});
  }
  return curve;
}

std::optional<WorkloadKind> read_curve(YamlMap& map, CurveFiles& files) {
  std::shared_ptr<const Curve> curve;
  if (map.has("csv") || map.has("program")) {
    std::string csv;
    std::string program;
    map.require("csv");
    map.require("program");
    const bool has_csv = map.read("csv", csv);
    const bool has_program = map.read("program", program);
    if (has_csv && has_program) curve = files.find(csv, program, map);
  } else {
    curve = read_inline_curve(map);
  }
  if (curve == nullptr) return std::nullopt;
  return CurveProgram{std::move(curve)};
}

std::optional<WorkloadKind> read_kind(Kind kind, YamlMap& map, CurveFiles& files) {
  switch (kind) {
    case Kind::mlr: {
      const std::optional<SetSize> set = read_set(map);
      if (!set) return std::nullopt;
      return Mlr{*set};
    }
    case Kind::mload: return Mload{};
    case Kind::lookbusy: return Lookbusy{};
    case Kind::zipf: return read_zipf(map);
    case Kind::curve: return read_curve(map, files);
  }
  return std::nullopt;
}

void read_optional(YamlMap& map, const char* key, Range<double> range, std::optional<double>& out) {
  double value = 0;
  if (map.read(key, value, range)) out = value;
}

}  // namespace

std::shared_ptr<const Curve> CurveFiles::find(const std::string& csv, const std::string& program, YamlMap& map) {
  auto table = tables_.find(csv);
  if (table == tables_.end()) {
    const std::string path = (std::filesystem::path(base_dir_) / csv).string();
    Result<std::string> text = read_text_file(path);
    table = tables_.emplace(csv, text ? parse_curves(*text, path) : Result<CurveTable>(std::move(text.error()))).first;
  }
  if (!table->second) {
    map.error("csv", table->second.error().to_string());
    return nullptr;
  }
  const auto curve = table->second->find(program);
  if (curve != table->second->end()) return std::make_shared<const Curve>(curve->second);
  map.error("program",
            "got " + program + ", want one of the " + std::to_string(table->second->size()) + " programs in " + csv);
  return nullptr;
}

std::optional<Workload> read_workload(YamlMap map, CurveFiles& files) {
  std::size_t word = 0;
  map.require("kind");
  // Without a kind nobody knows which keys belong here.
  if (!map.read_word("kind", word, kind_words())) return std::nullopt;
  const Kind chosen = static_cast<Kind>(word);
  const std::optional<WorkloadKind> kind = read_kind(chosen, map, files);
  Workload workload;
  read_optional(map, "memory_accesses_per_instruction", kAccesses, workload.memory_accesses_per_instruction);
  // A curve has its own in every point: there the key is unknown.
  if (chosen != Kind::curve)
    read_optional(map, "references_per_instruction", kReferences, workload.references_per_instruction);
  map.finish();
  if (!kind) return std::nullopt;
  workload.kind = *kind;
  return workload;
}

}  // namespace dcat::sim
