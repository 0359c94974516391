// What an OCI runtime gives its hook on stdin: the container's state, with its owner's annotations. The files that it
// names are well-formed here (oci_config_fuzz has the others).
#include <cstdint>
#include <string_view>

#include "hooks/oci/state.h"
#include "tests/fuzz/announced.h"

namespace {

using namespace dcat;
using namespace dcat::fuzz;

Result<std::string> read_file(const std::string& path, std::size_t) {
  if (path.starts_with("/proc/")) return std::string("0::/machine.slice/libpod-a1.scope/container\n");
  require(path.starts_with('/') && path.ends_with("/config.json"));
  return std::string(R"({"linux":{"cgroupsPath":"machine.slice:libpod:a1","intelRdt":{"closID":"gold"}}})");
}

void check(const OciState& state, bool gone) {
  const ReadContainer read = read_container(state, gone, read_file);
  require(!gone || read.announcement.pid == 0);
  require_passes_the_door(read.announcement);
  require_tellable(read.mistakes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<OciState> state = parse_oci_state({reinterpret_cast<const char*>(data), size});
  if (!state) return require_tellable(state.error()), 0;
  check(*state, false);
  check(*state, true);
  return 0;
}
