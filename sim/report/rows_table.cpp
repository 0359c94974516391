#include "sim/report/rows_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>

#include "sim/experiment/policy_list.h"
#include "sim/report/markup.h"

namespace dcat::sim::page {
namespace {

enum class Better { neither, more, less };

struct ColumnWords {
  std::string_view name;
  std::string_view words;
  Better better;
};

constexpr std::array<ColumnWords, 21> kColumns{{
    {"stp", "sum of the speedups, each against all ways alone", Better::more},
    {"antt", "mean slowdown against all ways alone", Better::less},
    {"unfairness", "greatest slowdown / least slowdown", Better::less},
    {"ways", "ways in each tenant's mask, at the end", Better::neither},
    {"solve_us", "microseconds to decide, once", Better::neither},
    {"normalised_ipc", "sum over tenants of the IPC against the contract", Better::more},
    {"violations", "tenant-periods below the tolerance", Better::less},
    {"violation_depth", "how far below, summed over tenants", Better::less},
    {"violation_depth_periods", "how far below, summed over tenant-periods", Better::less},
    {"violations_in_a_row", "longest that one tenant was below the tolerance, in periods", Better::less},
    {"moved_ways", "ways that changed hands", Better::less},
    {"reclaims", "times that a tenant had its contract back", Better::less},
    {"periods_to_95", "median periods to 95 % of the bound after a change", Better::less},
    {"periods_to_98", "median periods to 98 % of the bound after a change", Better::less},
    {"clusters_normalised_ipc", "the bound of masks that are shared, too", Better::neither},
    {"regret", "what is missing to the bound, as a part of it", Better::less},
    {"oracle_normalised_ipc", "the bound: the best strict partition for the sum of IPC against the contract",
     Better::neither},
    {"closids", "classes of service in use at a time", Better::neither},
    {"searches_cut", "periods for which the oracle's search was cut short", Better::less},
    {"refused", "periods in which the policy could not allocate", Better::less},
    {"note", "why there are no figures", Better::neither},
}};

const ColumnWords* words_of(const std::string& column) {
  const auto* const at = std::ranges::find(kColumns, column, &ColumnWords::name);
  return at == kColumns.end() ? nullptr : at;
}

std::optional<double> number_in(const Row& row, const std::string& column) {
  const Value* value = row.find(column);
  if (value == nullptr) return std::nullopt;
  if (const auto* n = std::get_if<std::int64_t>(value)) return static_cast<double>(*n);
  if (const auto* x = std::get_if<double>(value)) return *x;
  return std::nullopt;
}

std::string word_in(const Row& row, const std::string& column) {
  const Value* value = row.find(column);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? "" : *text;
}

bool holds_words(const std::vector<Row>& rows, const std::string& column) {
  return std::ranges::any_of(rows, [&](const Row& row) {
    const Value* value = row.find(column);
    return value != nullptr && std::holds_alternative<std::string>(*value);
  });
}

// The best value of a column, of those who do not know the future; absent where all of them have the same.
std::optional<double> best_in(const std::vector<Row>& rows, const std::string& column) {
  const ColumnWords* words = words_of(column);
  if (words == nullptr || words->better == Better::neither) return std::nullopt;
  std::vector<double> values;
  for (const Row& row : rows)
    if (const std::optional<double> x = number_in(row, column); x && !is_oracle(word_in(row, "policy")))
      values.push_back(*x);
  if (values.empty()) return std::nullopt;
  const auto [least, greatest] = std::ranges::minmax(values);
  if (least == greatest) return std::nullopt;
  return words->better == Better::more ? greatest : least;
}

// The names of policies stay in sight while the table scrolls.
std::string_view word_class(const std::string& column) {
  return column == "policy" ? "word policy" : "word";
}

std::string head_of(const std::string& column, bool word) {
  std::string shown = column;
  std::ranges::replace(shown, '_', ' ');
  const ColumnWords* words = words_of(column);
  return fmt::format("<th scope=\"col\"{}{}>{}</th>", word ? fmt::format(" class=\"{}\"", word_class(column)) : "",
                     words == nullptr ? "" : fmt::format(" title=\"{}\"", escape(words->words)), escape(shown));
}

std::string word_cell(const std::string& column, const std::string& word, const std::vector<std::string>& linked) {
  const auto run = std::ranges::find(linked, word);
  const std::string shown = column == "policy" && run != linked.end()
                                ? fmt::format("<a href=\"#run-{}\">{}</a>", run - linked.begin() + 1, escape(word))
                                : escape(word);
  return fmt::format("<td class=\"{}\" data-v=\"{}\">{}</td>", word_class(column), escape(word), shown);
}

std::string number_cell(std::optional<double> value, std::optional<double> best, const std::string& beside) {
  if (!value || !std::isfinite(*value)) return "<td>-</td>";
  return fmt::format("<td data-v=\"{}\"{}>{}{}</td>", *value, best == value ? " class=\"best\"" : "", figure(*value),
                     beside);
}

struct TableWords {
  std::string caption;
  std::vector<std::vector<std::pair<std::string, std::size_t>>> present;  // by row; may be empty
};

std::string table(const std::vector<Row>& rows, const TableWords& words, const std::vector<std::string>& linked) {
  std::string head;
  std::vector<std::string> lines(rows.size());
  for (const std::string& column : columns_of(rows)) {
    const bool word = holds_words(rows, column);
    if (column == "note" && !word) continue;  // everybody has figures
    head += head_of(column, word);
    const std::optional<double> best = best_in(rows, column);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::string beside;
      if (r < words.present.size())
        for (const auto& [name, count] : words.present[r])
          if (name == column) beside = fmt::format(" <small>of {}</small>", count);
      lines[r] += word ? word_cell(column, word_in(rows[r], column), linked)
                       : number_cell(number_in(rows[r], column), best, beside);
    }
  }
  std::string text = fmt::format(
      "<div class=\"scroll\" role=\"region\" aria-label=\"table\" tabindex=\"0\"><table "
      "class=\"sortable\"><caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n",
      escape(words.caption), head);
  for (const std::string& line : lines) text += "<tr>" + line + "</tr>\n";
  return text + "</tbody></table></div>\n";
}

}  // namespace

std::string rows_table(const std::vector<Row>& rows, const std::string& caption,
                       const std::vector<std::string>& linked) {
  return table(rows, {caption, {}}, linked);
}

bool worth_means(const std::vector<Row>& rows) {
  std::map<std::string, int> seen;
  return std::ranges::any_of(rows, [&](const Row& row) {
    const std::string policy = word_in(row, "policy");
    return !policy.empty() && ++seen[policy] > 1;
  });
}

PolicyMeans means_by_policy(const std::vector<Row>& rows) {
  std::vector<std::string> policies;
  for (const Row& row : rows)
    if (const std::string policy = word_in(row, "policy");
        !policy.empty() && std::ranges::find(policies, policy) == policies.end())
      policies.push_back(policy);
  PolicyMeans means;
  for (const std::string& policy : policies) {
    std::vector<Row> mine;
    std::ranges::copy_if(rows, std::back_inserter(mine),
                         [&](const Row& row) { return word_in(row, "policy") == policy; });
    Row& mean = means.rows.emplace_back();
    auto& present = means.present.emplace_back();
    mean.add("policy", policy);
    mean.add("rows", static_cast<std::int64_t>(mine.size()));
    for (const std::string& column : columns_of(rows)) {
      if (column == "policy" || column == "rows" || holds_words(rows, column)) continue;
      double sum = 0;
      std::size_t count = 0;
      for (const Row& row : mine)
        if (const std::optional<double> x = number_in(row, column)) sum += *x, ++count;
      mean.add(column, count == 0 ? Value() : Value(sum / static_cast<double>(count)));
      if (count > 0 && count < mine.size()) present.emplace_back(column, count);
    }
  }
  return means;
}

std::string means_table(const std::vector<Row>& rows, const std::vector<std::string>& linked) {
  PolicyMeans means = means_by_policy(rows);
  return table(means.rows, {"Means over the rows of each policy. \"of N\": only N rows have a value.", means.present},
               linked);
}

}  // namespace dcat::sim::page
