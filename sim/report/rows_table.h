// Rows as HTML tables: every row, or one line a policy with the means over its rows.
#pragma once

#include <string>
#include <vector>

#include "sim/sweep/row.h"

namespace dcat::sim::page {

// Numbers rounded for people, their exact value beside them for sorting. `linked` policies lead to `#run-N`, N from 1:
// the first run of that policy.
std::string rows_table(const std::vector<Row>& rows, const std::string& caption,
                       const std::vector<std::string>& linked);

// In the order in which policies first appear: `policy`, `rows` (how many) and of every column of numbers the mean over
// those rows that have one. A mean over fewer than all rows has their number in `present`. Columns of words are left
// out.
struct PolicyMeans {
  std::vector<Row> rows;
  std::vector<std::vector<std::pair<std::string, std::size_t>>> present;  // by row: column and how many had a value
};
PolicyMeans means_by_policy(const std::vector<Row>& rows);
std::string means_table(const std::vector<Row>& rows, const std::vector<std::string>& linked);

// Whether some policy has more than one row.
bool worth_means(const std::vector<Row>& rows);

}  // namespace dcat::sim::page
