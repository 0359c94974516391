// The doctor's words on a screen, or as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/doctor.h"
#include "cli/explain.h"

namespace dcat::cli::doctor {

namespace {

constexpr std::size_t kVerdictWidth = 9;    // "warning" and two blanks
constexpr std::size_t kNameWidth = 15;      // "perf_paranoid" and two blanks
constexpr std::size_t kNarrowestText = 30;  // on a narrower terminal lines are cut by it, not by us
constexpr std::string_view kArrow = "-> ";

// Words as they are kept together: a command in backticks is one, so that it can be copied.
std::vector<std::string> words_of(std::string_view text, std::size_t longest) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') {
      const std::size_t close = text.find('`', i + 1);
      const std::size_t end = close == std::string_view::npos ? close : std::min(text.find(' ', close), text.size());
      quoted = !quoted && close != std::string_view::npos && end - i + word.size() <= longest;
    }
    if (text[i] == ' ' && !quoted)
      end_word();
    else
      word += text[i];
  }
  end_word();
  return words;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : words_of(text, width)) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width)
      lines.push_back(word);
    else
      lines.back() += ' ' + word;
  }
  return lines;
}

std::string_view colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good: return "\033[32m";
    case Verdict::warning: return "\033[33m";
    case Verdict::bad: return "\033[31m";
  }
  return "";
}

std::string verdict_column(Verdict verdict, bool colour) {
  const std::string padding(kVerdictWidth - name_of(verdict).size(), ' ');
  if (!colour) return std::string(name_of(verdict)) + padding;
  return fmt::format("{}{}\033[0m{}", colour_of(verdict), name_of(verdict), padding);
}

std::string sum_of(const std::vector<Check>& checks) {
  std::vector<std::string> bad;
  int warnings = 0;
  for (const Check& check : checks) {
    if (check.verdict == Verdict::bad) bad.push_back(check.name);
    if (check.verdict == Verdict::warning) ++warnings;
  }
  const std::string warned = warnings == 0 ? "" : fmt::format(" ({} warning{})", warnings, warnings == 1 ? "" : "s");
  if (bad.empty()) return "This node can enforce" + warned + ".";
  std::string names;
  for (const std::string& name : bad) names += (names.empty() ? "" : ", ") + name;
  return fmt::format("This node cannot enforce: {}{}.", names, warned);
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good: return "good";
    case Verdict::warning: return "warning";
    case Verdict::bad: return "bad";
  }
  return "";
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
  return text;
}

bool possible(const std::vector<Check>& checks) {
  return std::ranges::none_of(checks, [](const Check& check) { return check.verdict == Verdict::bad; });
}

std::vector<std::string> format_checks(const std::vector<Check>& checks, const Layout& layout) {
  const std::size_t indent = kVerdictWidth + kNameWidth;
  const std::size_t width = std::max(layout.columns, indent + kNarrowestText) - indent;
  std::vector<std::string> lines;
  for (const Check& check : checks) {
    std::string start = verdict_column(check.verdict, layout.colour) + fmt::format("{:<{}}", check.name, kNameWidth);
    for (const std::string& line : wrap(printable(check.found), width)) {
      lines.push_back(start + line);
      start = std::string(indent, ' ');
    }
    std::string mark(kArrow);
    for (const std::string& line : wrap(printable(check.todo), width - kArrow.size())) {
      lines.push_back(std::string(indent, ' ') + mark + line);
      mark = std::string(kArrow.size(), ' ');
    }
  }
  lines.emplace_back();
  for (const std::string& line : wrap(sum_of(checks), std::max(layout.columns, kNarrowestText))) lines.push_back(line);
  return lines;
}

std::string format_json(const std::vector<Check>& checks) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Check& check : checks)
    all.push_back({{"name", check.name},
                   {"status", std::string(name_of(check.verdict))},
                   {"found", check.found},
                   {"todo", check.todo}});
  const nlohmann::ordered_json json{{"version", 1}, {"ok", possible(checks)}, {"checks", std::move(all)}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);  // names may be no UTF-8
}

}  // namespace dcat::cli::doctor
