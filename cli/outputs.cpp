#include "cli/outputs.h"

#include <filesystem>

namespace dcat::cli {

Status check_not_read(const std::string& option, const std::string& output, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code unknown;
    if (!input.empty() && !output.empty() && std::filesystem::equivalent(input, output, unknown))
      return Error{ErrorCode::bad_input, option + " " + output, "is read by this run and would be replaced",
                   "name another file", 0};
  }
  return {};
}

}  // namespace dcat::cli
