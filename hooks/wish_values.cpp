#include "hooks/wish_values.h"

#include <charconv>
#include <optional>
#include <utility>

namespace dcat {

namespace {

constexpr std::size_t kMostShown = 40;

// All of `text`, in decimal; nullopt: it is no such number.
std::optional<int> whole_number(std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) return std::nullopt;
  return number;
}

bool read_contract(std::string_view value, Wishes& wishes) {
  if (value == "cpu-share" || value == "none") {
    wishes.contract = value == "none" ? Wishes::Contract::none : Wishes::Contract::cpu_share;
    wishes.ways = Ways(0);
    return true;
  }
  const std::optional<int> ways = whole_number(value, 1, kMostContractWays);
  if (!ways) return false;
  wishes.contract = Wishes::Contract::ways;
  wishes.ways = Ways(*ways);
  return true;
}

bool read_priority(std::string_view value, Wishes& wishes) {
  const std::optional<int> priority = whole_number(value, -kMostPriority, kMostPriority);
  if (priority) wishes.priority = priority;
  return priority.has_value();
}

bool read_choice(std::string_view value, std::string_view yes, std::string_view no, std::optional<bool>& choice) {
  if (value != yes && value != no) return false;
  choice = value == yes;
  return true;
}

std::string wanted(std::string_view word) {
  if (word == "contract-ways")
    return "a number of ways of 1.." + std::to_string(kMostContractWays) + ", 'cpu-share' or 'none'";
  if (word == "priority")
    return "a whole number of -" + std::to_string(kMostPriority) + ".." + std::to_string(kMostPriority);
  return word == "mode" ? "'manage' or 'observe'" : "'strict' or 'none'";
}

}  // namespace

std::string read_wish(std::string_view word, std::string_view value, Wishes& wishes) {
  const bool read = word == "contract-ways" ? read_contract(value, wishes)
                    : word == "priority"    ? read_priority(value, wishes)
                    : word == "mode"        ? read_choice(value, "manage", "observe", wishes.managed)
                                            : read_choice(value, "strict", "none", wishes.isolated);
  if (read) return "";
  return "got " + shown_text(value) + ", want " + wanted(word);
}

void add_mistake(std::vector<std::string>& mistakes, std::string line) {
  constexpr std::size_t kMost = 16;
  if (mistakes.size() + 1 < kMost)
    mistakes.push_back(std::move(line));
  else if (mistakes.size() < kMost)
    mistakes.push_back("there are more mistakes");
}

std::string printable_text(std::string_view text) {
  std::string printable;
  for (const char c : text.substr(0, kMostShown)) printable += c >= ' ' && c <= '~' ? c : '?';
  return printable + (text.size() > kMostShown ? "..." : "");
}

std::string shown_text(std::string_view text) {
  return "'" + printable_text(text) + "'";
}

}  // namespace dcat
