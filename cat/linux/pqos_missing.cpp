// In the place of pqos_backends.cpp where libpqos was not found when this was built.
#include "cat/linux/pqos_backends.h"

namespace dcat {

namespace {

Error not_built_in(const std::string& what) {
  return {ErrorCode::unsupported, what, "not built in: libpqos was not found",
          "install intel-cmt-cat and build again, or use --backend resctrl"};
}

}  // namespace

Result<std::unique_ptr<CacheControl>> open_pqos_os(ResctrlOptions) {
  return not_built_in("--backend pqos-os");
}

Result<std::unique_ptr<CacheControl>> open_pqos_msr(PqosMsrOptions) {
  return not_built_in("--backend pqos-msr");
}

Result<Undone> undo_pqos_msr(const JournalEntry&, const PqosMsrOptions&) {
  return not_built_in("undo what pqos-msr left");
}

}  // namespace dcat
