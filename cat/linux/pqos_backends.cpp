#include "cat/linux/pqos_backends.h"

#include <utility>

#include "cat/linux/pqos_os_control.h"

namespace dcat {

Result<std::unique_ptr<CacheControl>> open_pqos_os(ResctrlOptions options) {
  Result<std::unique_ptr<PqosOsControl>> opened = PqosOsControl::open(std::move(options));
  if (!opened) return std::move(opened).error();
  return std::unique_ptr<CacheControl>(std::move(*opened));
}

Result<std::unique_ptr<CacheControl>> open_pqos_msr(PqosMsrOptions options) {
  Result<std::unique_ptr<PqosMsrControl>> opened = PqosMsrControl::open(std::move(options));
  if (!opened) return std::move(opened).error();
  return std::unique_ptr<CacheControl>(std::move(*opened));
}

Result<Undone> undo_pqos_msr(const JournalEntry& entry, const PqosMsrOptions& options) {
  return PqosMsrControl::undo(entry, options);
}

}  // namespace dcat
