// A few strings of a large JSON file, without a tree of it: a container's config.json has whatever its image's author
// and its owner put there, and a hook has 200 ms in all: one pass, whatever is asked for. Memory: one string and
// kMostDepth keys, whatever the file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat {

// What stands at a path, where something does: a string, or the error (bad_input) that it is none.
using Picked = std::map<std::string, Result<std::string>>;

// The strings at these paths ("linux.cgroupsPath"); of a key that is there twice the last one counts, as it does for
// the runtimes. Errors (bad_input): no JSON object, nested too deep. `what`: "config.json".
Result<Picked> pick_strings(std::string_view json, const std::string& what, const std::vector<std::string>& paths);

}  // namespace dcat
