// The `workload` mapping of a scenario file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/config/yaml_reader.h"
#include "sim/curves.h"
#include "sim/workload.h"

namespace dcat::sim {

// Reads each CSV file once, however many tenants name it.
class CurveFiles {
 public:
  explicit CurveFiles(std::string base_dir) : base_dir_(std::move(base_dir)) {}
  // nullptr when the program is not there; the errors are noted at the keys `csv` and `program` of `map`.
  std::shared_ptr<const Curve> find(const std::string& csv, const std::string& program, YamlMap& map);

 private:
  std::string base_dir_;
  std::map<std::string, Result<CurveTable>> tables_;  // by path as written
};

// Absent when something is wrong; the errors are noted.
std::optional<Workload> read_workload(YamlMap map, CurveFiles& files);

}  // namespace dcat::sim
