#include "sim/sweep/result_line.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

namespace dcat::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::string_view kTime = "solve_us";
constexpr std::string_view kHexDigits = "0123456789abcdef";

Error no_line(const std::string& why) {
  return {ErrorCode::bad_input, "", why, "", 0};
}

// Absent: `json` holds a string that is no UTF-8.
std::optional<std::string> dumped(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::type_error&) {
    return std::nullopt;
  }
}

Json hex_of(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kHexDigits[byte >> 4];
    hex += kHexDigits[byte & 15];
  }
  return {{"hex", hex}};
}

std::optional<std::string> bytes_of(const std::string& hex) {
  std::string bytes;
  if (hex.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const std::size_t high = kHexDigits.find(hex[i]), low = kHexDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

struct InJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(std::int64_t n) const { return n; }
  Json operator()(double x) const {
    if (std::isfinite(x)) return x;
    return {{"number", std::isnan(x) ? "nan" : x > 0 ? "inf" : "-inf"}};
  }
  Json operator()(const std::string& text) const {
    const Json json = text;
    return dumped(json) ? json : hex_of(text);
  }
};

std::optional<Value> special_value(const Json& json) {
  if (json.size() != 1 || !json.begin()->is_string()) return std::nullopt;
  const std::string text = json.begin()->get<std::string>();
  if (json.begin().key() == "hex") {
    std::optional<std::string> bytes = bytes_of(text);
    if (!bytes) return std::nullopt;
    return Value(*std::move(bytes));
  }
  if (json.begin().key() != "number") return std::nullopt;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == "nan") return Value(std::numeric_limits<double>::quiet_NaN());
  if (text == "inf") return Value(kInfinity);
  if (text == "-inf") return Value(-kInfinity);
  return std::nullopt;
}

std::optional<Value> value_of(const Json& json) {
  if (json.is_null()) return Value();
  if (json.is_string()) return Value(json.get<std::string>());
  if (json.is_number_float()) return Value(json.get<double>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    return std::nullopt;
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_object()) return special_value(json);
  return std::nullopt;
}

// An object whose names each stand once, at every level; absent: the line is none.
std::optional<Json> parse_object(const std::string& line) {
  std::vector<std::set<std::string>> names;
  bool repeated = false;
  const Json json = Json::parse(
      line,
      [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) names.emplace_back();
        if (event == Json::parse_event_t::object_end) names.pop_back();
        if (event == Json::parse_event_t::key) repeated |= !names.back().insert(parsed.get<std::string>()).second;
        return true;
      },
      false);
  if (!json.is_object() || repeated) return std::nullopt;
  return json;
}

bool has_just(const Json& json, const std::set<std::string>& names) {
  if (json.size() != names.size()) return false;
  for (const std::string& name : names)
    if (!json.contains(name)) return false;
  return true;
}

Result<std::string> as_line(const Json& json) {
  std::optional<std::string> line = dumped(json);
  if (!line) return no_line("a name in the result is no UTF-8");
  *line += '\n';
  if (line->size() > kLongestLine)
    return no_line("a result of " + std::to_string(line->size()) + " bytes is too long for a line");
  return *std::move(line);
}

}  // namespace

Result<std::string> format_header(const ResultHeader& header) {
  if (header.jobs > kMostJobs)
    return Error{ErrorCode::bad_input, "", std::to_string(header.jobs) + " jobs in one sweep",
                 "want at most " + std::to_string(kMostJobs), 0};
  return as_line({{"dcat_results", kFormat},
                  {"version", header.version},
                  {"identity", header.identity},
                  {"jobs", header.jobs},
                  {"shard", format_shard(header.shard)}});
}

Result<std::string> format_result(std::size_t job, const Row& row) {
  Json cells = Json::object();
  for (const auto& [name, value] : row.cells) cells[name] = std::visit(InJson{}, value);
  if (cells.size() != row.cells.size()) return no_line("a name stands twice in the result");
  return as_line({{"job", job}, {"row", cells}});
}

Result<ResultHeader> parse_header(const std::string& line) {
  const std::optional<Json> json = parse_object(line);
  if (!json || !json->contains("dcat_results")) return no_line("this is no result file of dcat simulate");
  if ((*json)["dcat_results"] != kFormat)
    return no_line("its format is " + (*json)["dcat_results"].dump() + ", want " + std::to_string(kFormat));
  const bool typed = has_just(*json, {"dcat_results", "version", "identity", "jobs", "shard"}) &&
                     (*json)["version"].is_string() && (*json)["identity"].is_string() &&
                     (*json)["jobs"].is_number_unsigned() && (*json)["shard"].is_string();
  if (!typed) return no_line("the header is damaged: want version, identity, jobs and shard");
  if ((*json)["jobs"].get<std::uint64_t>() > kMostJobs)
    return no_line("the header is damaged: " + (*json)["jobs"].dump() + " jobs");
  const Result<Shard> shard = parse_shard((*json)["shard"].get<std::string>());
  if (!shard) return no_line("the header is damaged: " + shard.error().to_string());
  return ResultHeader{(*json)["version"].get<std::string>(), (*json)["identity"].get<std::string>(),
                      (*json)["jobs"].get<std::size_t>(), *shard};
}

Result<ResultLine> parse_result(const std::string& line) {
  const std::optional<Json> json = parse_object(line);
  if (!json || !has_just(*json, {"job", "row"}) || !(*json)["row"].is_object()) return no_line("this is no result");
  if (!(*json)["job"].is_number_unsigned())
    return no_line("got job " + (*json)["job"].dump() + ", want a whole number from 0 up");
  ResultLine result{(*json)["job"].get<std::size_t>(), {}};
  for (const auto& [name, cell] : (*json)["row"].items()) {
    std::optional<Value> value = value_of(cell);
    if (!value) return no_line("'" + name + "' is no value: " + cell.dump());
    result.row.add(name, *std::move(value));
  }
  return result;
}

bool same_result(const Row& a, const Row& b) {
  if (a.cells.size() != b.cells.size()) return false;
  for (std::size_t i = 0; i < a.cells.size(); ++i) {
    const auto& [name, value] = a.cells[i];
    const auto& [other_name, other] = b.cells[i];
    if (name != other_name) return false;
    // As text: a NaN is then the same as itself, and 1 is not 1.0.
    if (name != kTime && std::visit(InJson{}, value).dump() != std::visit(InJson{}, other).dump()) return false;
  }
  return true;
}

}  // namespace dcat::sim
