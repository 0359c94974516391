#include "cli/curve_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <set>
#include <string_view>

namespace dcat::cli {
namespace {

Error wrong(std::string what, std::string why, std::string todo) {
  return {ErrorCode::bad_input, std::move(what), std::move(why), std::move(todo), 0};
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `32KiB:8,1MiB:16`
Result<std::vector<llc::Geometry>> parse_filter(const std::string& text, std::uint32_t line_bytes) {
  std::vector<llc::Geometry> levels;
  if (text.empty()) return levels;
  for (const std::string& level : split(text, ',')) {
    const std::vector<std::string> parts = split(level, ':');
    const std::optional<int> ways = parts.size() == 2 ? number<int>(parts[1]) : std::nullopt;
    if (!ways) return wrong("--filter " + text, "got '" + level + "'", "want SIZE:WAYS, as 32KiB:8,1MiB:16");
    Result<std::uint64_t> bytes = parse_bytes(parts[0]);
    if (!bytes) return std::move(bytes).error().with_context("--filter " + text);
    Result<llc::Geometry> geometry = llc::make_geometry(*bytes, *ways, line_bytes, false);
    if (!geometry) return std::move(geometry).error().with_context("--filter " + text);
    levels.push_back(*geometry);
  }
  return levels;
}

Result<std::vector<Cbm>> parse_masks(const CurveArguments& a) {
  std::vector<Cbm> masks;
  if (a.masks.empty()) return masks;
  if (a.masks.size() != a.traces.size())
    return wrong("--mask", fmt::format("got {} masks for {} traces", a.masks.size(), a.traces.size()),
                 "give one mask a trace, in the same order");
  for (const std::string& text : a.masks) {
    std::string_view digits = text;
    if (digits.starts_with("0x")) digits.remove_prefix(2);
    const std::optional<std::uint64_t> bits = number<std::uint64_t>(digits, 16);
    if (!bits || *bits == 0 || (a.ways < 64 && *bits >> a.ways != 0))
      return wrong("--mask " + text, fmt::format("it is no mask of some of {} ways", a.ways),
                   "want hexadecimal digits, as f0");
    masks.emplace_back(*bits);
  }
  return masks;
}

std::string name_of_file(const std::string& path) {
  if (path == "-") return "stdin";
  std::string name = std::filesystem::path(path).filename().string();
  name = name.substr(0, name.find('.', 1));
  for (char& c : name)
    if (c == ',' || c == '"' || c < ' ') c = '_';
  return name;
}

Result<std::vector<CurvePlan::Trace>> name_traces(const CurveArguments& a) {
  if (!a.names.empty() && a.names.size() != a.traces.size())
    return wrong("--name", fmt::format("got {} names for {} traces", a.names.size(), a.traces.size()),
                 "give one name a trace, in the same order");
  if (!a.instructions.empty() && a.instructions.size() != a.traces.size())
    return wrong("--instructions", fmt::format("got {} numbers for {} traces", a.instructions.size(), a.traces.size()),
                 "give one number a trace, in the same order");
  constexpr std::size_t kMost = 32;  // tell_apart has 5 bits for them
  if (a.traces.size() > kMost) return wrong("the traces", fmt::format("got {}", a.traces.size()), "want at most 32");
  if (std::count(a.traces.begin(), a.traces.end(), "-") > 1) return wrong("the trace -", "it is named twice", "");
  std::vector<CurvePlan::Trace> traces;
  std::set<std::string> names;
  for (std::size_t i = 0; i < a.traces.size(); ++i) {
    CurvePlan::Trace trace{a.traces[i], a.names.empty() ? name_of_file(a.traces[i]) : a.names[i], std::nullopt};
    if (trace.name.empty() || trace.name.find_first_of(",\"\n") != std::string::npos)
      return wrong("the name '" + trace.name + "'", "it cannot stand in a CSV file", "give another with --name");
    if (!names.insert(trace.name).second)
      return wrong("the traces", "two of them are called " + trace.name, "give each a --name");
    if (!a.instructions.empty()) trace.instructions = a.instructions[i];
    traces.push_back(std::move(trace));
  }
  return traces;
}

Status check_together(const CurveArguments& a) {
  const bool shared = !a.masks.empty();
  if (shared && (a.exact || a.shards_rate || a.one_by_one))
    return wrong("--mask", "with masks the traces run in one cache, at one size",
                 "leave out --exact, --shards, --cache");
  const CurveArguments usual;
  if (shared && (a.base_cpi != usual.base_cpi || a.parallelism != usual.parallelism || a.gigahertz != usual.gigahertz ||
                 !a.instructions.empty()))
    return wrong("--mask", "with masks hits and misses are counted, and no IPC is made of them",
                 "leave out --base-cpi, --parallel, --ghz, --instructions");
  if (a.shards_rate && !(*a.shards_rate > 0 && *a.shards_rate <= 1))
    return wrong("--shards", fmt::format("got {}", *a.shards_rate), "want a rate above 0 and up to 1");
  for (const double number : {a.base_cpi, a.parallelism, a.gigahertz})
    if (!(number > 0) || !std::isfinite(number))
      return wrong("the cost model", fmt::format("got {}, want numbers above 0", number),
                   "see --base-cpi, --parallel and --ghz");
  return {};
}

}  // namespace

Status check_packing(const CurveArguments& a) {
  if (a.traces.size() != 1) return wrong("--pack", fmt::format("got {} traces", a.traces.size()), "pack one at a time");
  if (a.instructions.size() > 1)
    return wrong("--instructions", fmt::format("got {} numbers for one trace", a.instructions.size()), "give one");
  const CurveArguments usual;
  for (const auto& [given, option] : {std::pair(a.size != usual.size, "--size"),
                                      {a.ways != usual.ways, "--ways"},
                                      {a.line != usual.line, "--line"},
                                      {a.replacement != usual.replacement, "--replacement"},
                                      {a.hashed, "--hashed"},
                                      {!a.filter.empty(), "--filter"},
                                      {a.exact, "--exact"},
                                      {a.shards_rate.has_value(), "--shards"},
                                      {a.one_by_one, "--cache"},
                                      {!a.masks.empty(), "--mask"},
                                      {!a.names.empty(), "--name"},
                                      {a.base_cpi != usual.base_cpi, "--base-cpi"},
                                      {a.parallelism != usual.parallelism, "--parallel"},
                                      {a.gigahertz != usual.gigahertz, "--ghz"},
                                      {a.format != usual.format, "--format"},
                                      {!a.output_file.empty(), "--output"}})
    if (given)
      return wrong("--pack", std::string("converts the trace, counts nothing and has no use for ") + option,
                   "leave it out");
  return {};
}

Result<CurvePlan> make_curve_plan(const CurveArguments& a) {
  if (Status together = check_together(a); !together) return std::move(together).error();
  CurvePlan plan;
  Result<std::vector<CurvePlan::Trace>> traces = name_traces(a);
  if (!traces) return std::move(traces).error();
  plan.traces = std::move(*traces);
  Result<std::uint64_t> bytes = parse_bytes(a.size);
  if (!bytes) return std::move(bytes).error().with_context("--size");
  Result<llc::Geometry> geometry = llc::make_geometry(*bytes, a.ways, a.line, a.hashed);
  if (!geometry) return std::move(geometry).error();
  plan.geometry = *geometry;
  Result<std::vector<llc::Geometry>> filter = parse_filter(a.filter, a.line);
  if (!filter) return std::move(filter).error();
  plan.filter = std::move(*filter);
  Result<std::vector<Cbm>> masks = parse_masks(a);
  if (!masks) return std::move(masks).error();
  plan.masks = std::move(*masks);
  plan.fetches = a.fetches;
  plan.limit = a.limit.value_or(plan.limit);
  if (a.replacement == "plru") plan.replacement = llc::Replacement::plru;
  if (a.replacement == "srrip") plan.replacement = llc::Replacement::srrip;
  plan.one_by_one = a.one_by_one || plan.replacement != llc::Replacement::lru;
  plan.exact = a.exact;
  plan.shards_rate = a.shards_rate;
  plan.model = {a.base_cpi, a.parallelism, a.gigahertz * 1e9, static_cast<double>(a.line)};
  plan.format = a.format == "json" ? CurveFormat::json : a.format == "csv" ? CurveFormat::csv : CurveFormat::table;
  return plan;
}

Result<std::uint64_t> parse_bytes(const std::string& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> value = number<std::uint64_t>(std::string_view(text).substr(0, digits));
  const std::string unit = text.substr(digits);
  int shift = -1;
  if (unit.empty() || unit == "B")
    shift = 0;
  else if (unit == "K" || unit == "KB" || unit == "KiB")
    shift = 10;
  else if (unit == "M" || unit == "MB" || unit == "MiB")
    shift = 20;
  else if (unit == "G" || unit == "GB" || unit == "GiB")
    shift = 30;
  if (!value || shift < 0 || *value > (~std::uint64_t{0} >> shift))
    return wrong("the size '" + text + "'", "it is no number of bytes", "want one as 32MiB, 1024KiB or 65536");
  return *value << shift;
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes != 0 && bytes % (1 << 30) == 0) return fmt::format("{} GiB", bytes >> 30);
  if (bytes != 0 && bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes != 0 && bytes % (1 << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} B", bytes);
}

const char* name_of(llc::Replacement replacement) {
  switch (replacement) {
    case llc::Replacement::lru: return "lru";
    case llc::Replacement::plru: return "plru";
    case llc::Replacement::srrip: return "srrip";
  }
  return "?";
}

}  // namespace dcat::cli
