#include "sim/experiment/mixes.h"

#include <sstream>
#include <string_view>

namespace dcat::sim {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kBlank) - from + 1));
}

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t comma = std::min(line.find(',', from), line.size());
    parts.push_back(trimmed(std::string_view(line).substr(from, comma - from)));
    from = comma + 1;
  }
  return parts;
}

}  // namespace

Result<std::vector<Mix>> parse_mixes(const std::string& text, const std::string& file_name, const CurveTable& curves) {
  std::vector<Mix> mixes;
  std::string errors;
  const auto note = [&](std::size_t line, const std::string& what) {
    if (!errors.empty()) errors += '\n';
    errors += file_name + ":" + std::to_string(line) + ": " + what;
  };
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const std::string content = trimmed(line);
    if (content.empty() || content.front() == '#') continue;
    Mix mix{mixes.size() + 1, fields(content)};
    for (const std::string& program : mix.programs) {
      if (program.empty())
        note(number, "a program is missing between two commas");
      else if (curves.find(program) == curves.end())
        note(number, "program '" + program + "' is not in the curves");
    }
    mixes.push_back(std::move(mix));
  }
  if (mixes.empty() && errors.empty()) note(1, "no mix in this file, want a line of programs separated by commas");
  if (!errors.empty()) return Error{ErrorCode::bad_input, "", errors, "correct the file", 0};
  return mixes;
}

}  // namespace dcat::sim
