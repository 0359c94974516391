#include "cat/schemata.h"

#include <algorithm>
#include <charconv>

namespace dcat {

namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The part of `rest` before the separator; `rest` keeps what comes after it.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

Error not_schemata(std::string_view line) {
  return {ErrorCode::bad_input, "schemata line \"" + std::string(line) + "\"", "want NAME:domain=value;...", ""};
}

// A line's values, ascending by domain, each once.
template <class Value, class Number>
Result<std::vector<std::pair<DomainId, Value>>> parse_values(const SchemataLine& line, int base,
                                                             const std::string& want) {
  std::vector<std::pair<DomainId, Value>> values;
  for (const auto& [id, text] : line.values) {
    Number number = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (text.empty() || errc != std::errc{} || end != text.data() + text.size())
      return Error{ErrorCode::bad_input, line.resource + " of domain " + std::to_string(id.value),
                   "got \"" + text + "\", want " + want, ""};
    values.emplace_back(id, Value(number));
  }
  std::ranges::sort(values, {}, [](const auto& v) { return v.first; });
  const auto twice = std::ranges::adjacent_find(values, {}, [](const auto& v) { return v.first; });
  if (twice != values.end())
    return Error{ErrorCode::bad_input, line.resource, "domain " + std::to_string(twice->first.value) + " comes twice",
                 ""};
  return values;
}

}  // namespace

Result<std::vector<SchemataLine>> parse_schemata(std::string_view text) {
  std::vector<SchemataLine> lines;
  while (!text.empty()) {
    const std::string_view line = trim(take_until(text, '\n'));
    if (line.empty()) continue;
    std::string_view rest = line;
    SchemataLine parsed;
    parsed.resource = trim(take_until(rest, ':'));
    if (parsed.resource.empty() || line.find(':') == std::string_view::npos) return not_schemata(line);
    if (trim(rest) == "uninitialized") rest = {};
    while (!rest.empty()) {
      std::string_view value = take_until(rest, ';');
      if (trim(value).empty()) continue;
      const bool has_value = value.find('=') != std::string_view::npos;
      const std::string_view id = trim(take_until(value, '='));
      int number = 0;
      const auto [end, errc] = std::from_chars(id.data(), id.data() + id.size(), number);
      if (!has_value || errc != std::errc{} || end != id.data() + id.size() || number < 0) return not_schemata(line);
      parsed.values.emplace_back(DomainId{number}, std::string(trim(value)));
    }
    lines.push_back(std::move(parsed));
  }
  return lines;
}

Result<std::vector<std::pair<DomainId, Cbm>>> parse_cbms(const SchemataLine& line) {
  return parse_values<Cbm, std::uint64_t>(line, 16, "a hexadecimal mask");
}

Result<std::vector<std::pair<DomainId, std::uint32_t>>> parse_bandwidths(const SchemataLine& line) {
  return parse_values<std::uint32_t, std::uint32_t>(line, 10, "a number");
}

const SchemataLine* find_line(const std::vector<SchemataLine>& lines, std::string_view resource) {
  const auto at = std::ranges::find(lines, resource, &SchemataLine::resource);
  return at == lines.end() ? nullptr : &*at;
}

std::string format_schemata(std::string_view resource, const std::vector<std::pair<DomainId, Cbm>>& masks) {
  std::string line(resource);
  line += ':';
  for (const auto& [id, mask] : masks) {
    if (line.back() != ':') line += ';';
    line += std::to_string(id.value) + '=' + format_cbm(mask);
  }
  return line;
}

std::string format_throttles(const std::vector<std::pair<DomainId, Throttle>>& throttles) {
  std::string line = "MB:";
  for (const auto& [id, throttle] : throttles) {
    if (line.back() != ':') line += ';';
    line += std::to_string(id.value) + '=' + std::to_string(throttle.percent);
  }
  return line;
}

std::string format_schemata(const WriteMasks& write) {
  std::string text;
  if (!write.masks.empty() || write.throttles.empty()) text = format_schemata("L3", write.masks);
  if (!write.throttles.empty()) text += (text.empty() ? "" : "\n") + format_throttles(write.throttles);
  return text;
}

}  // namespace dcat
