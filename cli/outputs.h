// Files that a command writes.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace dcat::cli {

// What a run reads it must not write. `option` names `output`, which is empty where nothing is written; a file has
// many names. Error: bad_input.
Status check_not_read(const std::string& option, const std::string& output, const std::vector<std::string>& inputs);

}  // namespace dcat::cli
