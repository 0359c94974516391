// What libvirt gives its hook on stdin: a domain's XML, with whatever its owner wrote into the metadata. Both ways of
// working out the cgroup, and both events.
#include <cstdint>
#include <string_view>

#include "hooks/libvirt/domain.h"
#include "tests/fuzz/announced.h"

namespace {

using namespace dcat;
using namespace dcat::fuzz;

void check(std::string_view xml, DomainOperation operation, bool systemd) {
  const Result<ReadDomain> read = read_domain(xml, operation, systemd);
  if (!read) return require_tellable(read.error());
  require(read->announcement.runtime == Runtime::libvirt);
  require((read->announcement.event == Announcement::Event::gone) == (operation == DomainOperation::gone));
  require_passes_the_door(read->announcement);
  require_tellable(read->mistakes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  check(xml, DomainOperation::came, true);
  check(xml, DomainOperation::gone, false);
  return 0;
}
