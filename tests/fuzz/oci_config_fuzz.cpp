// The files that an OCI hook opens: the bundle's config.json, with whatever its image's author and its owner put there,
// and /proc/PID/cgroup. The same bytes are given as either.
#include <cstdint>
#include <string_view>

#include "hooks/oci/state.h"
#include "tests/fuzz/announced.h"

namespace {

using namespace dcat;
using namespace dcat::fuzz;

void check(std::string_view bytes, bool in_proc) {
  OciState state;
  state.id = "a1";
  state.status = "created";
  state.pid = 7;
  state.bundle = "/run/b";
  const ReadFile read_file = [&](const std::string& path, std::size_t most) -> Result<std::string> {
    if (path.starts_with("/proc/") != in_proc)
      return Error{ErrorCode::failed, "read " + path, "it is not there", "", 2};
    require(bytes.size() <= most);
    return std::string(bytes);
  };
  const ReadContainer read = read_container(state, false, read_file);
  require_passes_the_door(read.announcement);
  require_tellable(read.mistakes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes, false);
  if (size <= 64 << 10) check(bytes, true);
  return 0;
}
