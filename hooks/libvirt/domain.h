// libvirt's qemu hook: arguments and domain XML -> what the daemon is told. Pure; contract: libvirt's docs, "Hooks for
// specific system management" (argv: GUEST OPERATION SUBOPERATION EXTRA, the live XML on stdin).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hooks/announcement.h"

namespace dcat {

// What the daemon is told of an operation: came at `start`, `reconnect` and `attach`, gone at `stopped`; the others,
// and those that nobody knows, say nothing. Once for each start and end, for a daemon that hangs costs the hook's
// patience each time; and before libvirt makes resctrl groups of its own, so that nobody moves their threads.
enum class DomainOperation { nothing, came, gone };
DomainOperation operation_of(std::string_view operation);

struct ReadDomain {
  Announcement announcement;
  std::vector<std::string> mistakes;  // in our metadata, a line each
};

// The domain's uuid, name, live id, metadata (our namespace https://dcat.dev/domain/1.0: contract, priority, mode,
// isolation), else a Nova flavor's extra specs "dcat:contract-ways" and so on; <cachetune> and <memorytune> make it
// foreign. The cgroup is that of machined (machine.slice/machine-qemu\x2d<id>\x2d<name>.scope) where `systemd`, else
// machine/qemu-<id>-<name>.libvirt-qemu; <resource><partition> in its place. Empty where the domain does not run.
// Bounded: more than kMostXmlBytes are refused, as are DTDs, and with them entities of a document's own. Error
// (bad_input): no domain XML, or one without a uuid.
Result<ReadDomain> read_domain(std::string_view xml, DomainOperation operation, bool systemd);
inline constexpr std::size_t kMostXmlBytes = 4 << 20;

}  // namespace dcat
