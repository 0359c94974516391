#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "perfmon/papi/event_names.h"

namespace dcat {

namespace {

constexpr const char* kHowToName =
    "write none, a raw code such as r412e, cpu/event=0x2e,umask=0x41/, a name that `showevtinfo` of libpfm4 lists for "
    "this CPU, or a preset that `papi_avail -a` lists";
// A name longer than this is no misspelling, and the distance is quadratic.
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kMostSuggestions = 3;
// Less than this is a part of too many names.
constexpr std::size_t kShortestPart = 4;

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_value(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return parse_hex(text.substr(2));
  std::uint64_t value = 0;
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value, 10);
  if (text.empty() || errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error bad(std::string why) {
  return {ErrorCode::bad_input, "", std::move(why), ""};
}

// One term of cpu/.../ into perf_event_attr.config: /sys/bus/event_source/devices/cpu/format, of which x86's fields are
// event 7:0 (AMD's upper four bits 35:32), umask 15:8, edge 18, inv 23, cmask 31:24.
struct Term {
  const char* key;
  std::uint64_t most;
  unsigned shift;
};
constexpr Term kTerms[] = {
    {"event", 0xfff, 0}, {"umask", 0xff, 8}, {"edge", 1, 18}, {"inv", 1, 23}, {"cmask", 0xff, 24}};

Result<std::uint64_t> term_bits(std::string_view term) {
  const std::size_t equals = term.find('=');
  const std::string_view key = term.substr(0, equals);
  const std::string_view text = equals == std::string_view::npos ? std::string_view("1") : term.substr(equals + 1);
  const auto known = std::find_if(std::begin(kTerms), std::end(kTerms), [key](const Term& t) { return t.key == key; });
  if (known == std::end(kTerms)) return bad("\"" + std::string(key) + "\" is not event, umask, edge, inv or cmask");
  const std::optional<std::uint64_t> value = parse_value(text);
  if (!value || *value > known->most) return bad("\"" + std::string(term) + "\" is out of range or no number");
  if (known->shift == 0) return (*value & 0xff) | ((*value >> 8) << 32);
  return *value << known->shift;
}

// cpu/event=0x44,umask=0x48/
Result<PerfCode> parse_perf_term(std::string_view name) {
  std::string_view terms = name.substr(4);
  if (!terms.ends_with('/')) return bad("the last / is missing");
  terms.remove_suffix(1);
  PerfCode code{kPerfTypeRaw, 0};
  bool has_event = false;
  while (!terms.empty()) {
    const std::size_t comma = terms.find(',');
    const std::string_view term = terms.substr(0, comma);
    terms = comma == std::string_view::npos ? std::string_view{} : terms.substr(comma + 1);
    Result<std::uint64_t> bits = term_bits(term);
    if (!bits) return std::move(bits).error();
    has_event = has_event || term.starts_with("event=");
    code.config |= *bits;
  }
  if (!has_event) return bad("event= is missing");
  return code;
}

bool is_raw(std::string_view name) {
  return name.size() > 1 && name.front() == 'r' && parse_hex(name.substr(1)).has_value();
}

Result<PerfCode> resolve(const std::string& name, EventNames& names) {
  if (is_raw(name)) return PerfCode{kPerfTypeRaw, *parse_hex(std::string_view(name).substr(1))};
  if (name.starts_with("cpu/")) return parse_perf_term(name);
  Result<PerfCode> code = names.code_of(name);
  if (code) return code;
  Error error = std::move(code).error();
  const std::vector<std::string> near = near_names(name, names.all());
  for (std::size_t i = 0; i < near.size(); ++i)
    error.why += (i == 0 ? "; did you mean " : i + 1 == near.size() ? " or " : ", ") + near[i];
  if (!near.empty()) error.why += "?";
  return error;
}

EventRow not_counted(Event event) {
  return {
      event, {kPerfTypeNone, 0}, "none", Fidelity::stand_in, "not counted, by the configuration", "counting: events"};
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

// Letters to insert, delete or replace.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, replaced});
    }
  }
  return row[b.size()];
}

// The two events of one code, if there are two.
std::optional<std::string> same_code(const EventTable& table, const std::map<Event, std::string>& events) {
  for (const auto& [event, name] : events)
    for (const Event other : kAllEvents)
      if (other != event && name != "none" && row_of(table, other).code == row_of(table, event).code)
        return std::string(name_of(event)) + ": \"" + name + "\" is what " + std::string(name_of(other)) + " counts";
  return std::nullopt;
}

}  // namespace

std::vector<std::string> near_names(const std::string& name, const std::vector<std::string>& candidates) {
  if (name.empty() || name.size() > kLongestName) return {};
  const std::string wanted = upper(name);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const std::string there = upper(candidate);
    const std::size_t farthest = std::max<std::size_t>(1, wanted.size() / 3);
    std::size_t distance = edits(wanted, there);
    if (wanted.size() >= kShortestPart && there.find(wanted) != std::string::npos)
      distance = std::min(distance, farthest);
    if (distance <= farthest) near.emplace_back(distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [distance, candidate] : near)
    if (names.size() < kMostSuggestions) names.push_back(std::move(candidate));
  return names;
}

Result<EventTable> with_overrides(EventTable table, const std::map<Event, std::string>& events, EventNames& names) {
  std::string problems;
  for (const auto& [event, name] : events) {
    EventRow& row = table.rows[static_cast<std::size_t>(event)];
    if (name == "none") {
      row = not_counted(event);
      continue;
    }
    Result<PerfCode> code = resolve(name, names);
    if (code)
      row = {event, *code, name, Fidelity::stand_in, "given in the configuration", "counting: events"};
    else
      problems +=
          (problems.empty() ? "" : "; ") + std::string(name_of(event)) + ": \"" + name + "\": " + code.error().why;
  }
  if (problems.empty())
    if (const auto twice = same_code(table, events)) problems = *twice;
  if (!problems.empty()) return Error{ErrorCode::bad_input, "counting: events", problems, kHowToName};
  return table;
}

}  // namespace dcat
