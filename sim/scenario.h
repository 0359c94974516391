// Scenario files: a simulated node as YAML. The keys are described in configs/scenarios/paper-6x3.yaml.
#pragma once

#include <functional>
#include <string>

#include "controller/config/yaml_reader.h"
#include "core/result.h"
#include "sim/spec.h"

namespace dcat::sim {

// Takes the scenario's `controller` mapping, which overrides the caller's configuration; reads its keys and
// calls finish() on it. Called only where the file has one. Without a reader the mapping is left unread.
using ControllerSection = std::function<void(YamlMap)>;

// `file_name` is for messages; CSV files are relative to `base_dir`. Error (bad_input): every mistake of the
// file and of the curves it names, a line each: `file:line: key: got X, want Y`.
Result<Scenario> load_scenario(const std::string& text, const std::string& file_name, const std::string& base_dir,
                               const ControllerSection& controller_section = {});

// The same for a file on disk; CSV files are relative to its folder.
Result<Scenario> read_scenario(const std::string& path, const ControllerSection& controller_section = {});

}  // namespace dcat::sim
