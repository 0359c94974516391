// What a job comes to: named values in the order of the columns. Absent values are empty in CSV, null in JSON.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dcat::sim {

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Row {
  std::vector<std::pair<std::string, Value>> cells;  // each name once
  bool operator==(const Row&) const = default;

  void add(std::string name, Value value) { cells.emplace_back(std::move(name), std::move(value)); }
  // nullptr: no such column.
  const Value* find(const std::string& name) const;
};

enum class RowFormat { table, csv, json };

// The columns of all rows, in the order in which they first appear.
std::vector<std::string> columns_of(const std::vector<Row>& rows);

// csv: a header and a line a row, numbers in the shortest form that reads back the same. json: an array of objects, one
// a line. table: aligned for people, numbers rounded to 4 digits.
std::string format_rows(const std::vector<Row>& rows, RowFormat format);

}  // namespace dcat::sim
