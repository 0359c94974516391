#include "sim/sweep/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace dcat::sim {
namespace {

struct InCsv {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(std::int64_t n) const { return fmt::format("{}", n); }
  std::string operator()(double x) const { return fmt::format("{}", x); }
  std::string operator()(const std::string& text) const {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
  }
};

struct InTable {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(std::int64_t n) const { return fmt::format("{}", n); }
  std::string operator()(double x) const { return fmt::format("{:.4g}", x); }
  std::string operator()(const std::string& text) const { return text.empty() ? "-" : text; }
};

struct InJson {
  nlohmann::ordered_json operator()(std::monostate) const { return nullptr; }
  template <class T>
  nlohmann::ordered_json operator()(const T& value) const {
    return value;
  }
};

Value value_in(const Row& row, const std::string& column) {
  const Value* value = row.find(column);
  return value == nullptr ? Value() : *value;
}

std::string in_csv(const std::vector<Row>& rows, const std::vector<std::string>& columns) {
  std::string text = fmt::format("{}\n", fmt::join(columns, ","));
  for (const Row& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(std::visit(InCsv{}, value_in(row, column)));
    text += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return text;
}

std::string in_json(const std::vector<Row>& rows) {
  std::string text = "[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (const auto& [name, value] : rows[i].cells) object[name] = std::visit(InJson{}, value);
    text += (i == 0 ? "\n" : ",\n") + object.dump();
  }
  return text + "\n]\n";
}

std::string in_table(const std::vector<Row>& rows, const std::vector<std::string>& columns) {
  std::vector<std::vector<std::string>> lines{columns};
  for (const Row& row : rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& column : columns) line.push_back(std::visit(InTable{}, value_in(row, column)));
  }
  // What kinds of values there are is seen on the first row that has figures.
  const auto sample = std::ranges::find_if(
      rows, [](const Row& row) { return !std::holds_alternative<std::string>(value_in(row, "note")); });
  std::string text;
  for (const std::vector<std::string>& line : lines) {
    std::string out;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      std::size_t width = 0;
      for (const std::vector<std::string>& each : lines) width = std::max(width, each[c].size());
      // Names to the left, numbers to the right.
      const Value value = sample == rows.end() ? Value() : value_in(*sample, columns[c]);
      out += std::holds_alternative<std::string>(value) ? fmt::format("{:<{}}", line[c], width)
                                                        : fmt::format("{:>{}}", line[c], width);
      out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + "\n";
  }
  return text;
}

}  // namespace

const Value* Row::find(const std::string& name) const {
  for (const auto& [column, value] : cells)
    if (column == name) return &value;
  return nullptr;
}

std::vector<std::string> columns_of(const std::vector<Row>& rows) {
  std::vector<std::string> columns;
  for (const Row& row : rows)
    for (const auto& [name, value] : row.cells)
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  return columns;
}

std::string format_rows(const std::vector<Row>& rows, RowFormat format) {
  if (format == RowFormat::json) return in_json(rows);
  const std::vector<std::string> columns = columns_of(rows);
  return format == RowFormat::csv ? in_csv(rows, columns) : in_table(rows, columns);
}

}  // namespace dcat::sim
