// A few strings of a large JSON file, without a tree of it: a container's config.json has whatever its image's author
// and its owner put there. Memory: one string and kMostDepth keys, whatever the file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat {

// The strings at these paths ("linux.cgroupsPath"), where they are. Errors (bad_input): no JSON object, nested too
// deep, or something else than a string stands at a path. `what`: "config.json".
Result<std::map<std::string, std::string>> pick_strings(std::string_view json, const std::string& what,
                                                        const std::vector<std::string>& paths);

}  // namespace dcat
