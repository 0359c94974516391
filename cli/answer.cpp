#include "cli/answer.h"

#include <cmath>

#include "cli/terminal_text.h"
#include "controller/trace_writer.h"

namespace dcat::cli {

using nlohmann::json;

const json* Answer::find(const char* key) const {
  if (!value_->is_object()) return nullptr;
  const auto found = value_->find(key);
  return found != value_->end() ? &*found : nullptr;
}

std::string Answer::text(const char* key) const {
  const json* const value = find(key);
  if (value == nullptr || !value->is_string()) return {};
  const auto& raw = value->get_ref<const std::string&>();
  return printable(trace::unescape_name(raw).value_or(raw));
}

std::optional<double> Answer::number(const char* key) const {
  const json* const value = find(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::int64_t Answer::integer(const char* key) const {
  const json* const value = find(key);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

bool Answer::truth(const char* key) const {
  const json* const value = find(key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<Answer> Answer::object(const char* key) const {
  const json* const value = find(key);
  return value != nullptr && value->is_object() ? std::optional(Answer(*value)) : std::nullopt;
}

std::vector<Answer> Answer::list(const char* key) const {
  std::vector<Answer> all;
  const json* const value = find(key);
  if (value == nullptr || !value->is_array()) return all;
  for (const json& each : *value)
    if (each.is_object()) all.emplace_back(each);
  return all;
}

Result<json> parse_answer_object(const std::string& text) {
  json value = json::parse(text, nullptr, false);
  if (value.is_object()) return value;
  return Error{ErrorCode::bad_input, "read what the daemon answered", "it is no JSON object",
               "run the dcat of the same version on both sides"};
}

}  // namespace dcat::cli
