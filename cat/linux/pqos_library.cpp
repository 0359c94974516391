#include "cat/linux/pqos_library.h"

#include <pqos.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace dcat {

namespace {

constexpr int kWarnings = 0;  // libpqos' LOG_VER_DEFAULT, which its header does not give: warnings and errors

// Keeps what the library says last: the lines before it say the same in other words.
void keep_last_line(void* context, const size_t size, const char* message) {
  std::string_view text(message, message == nullptr ? 0 : size);
  text = text.substr(0, text.find('\0'));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const auto line = text.rfind('\n');
  if (line != std::string_view::npos) text.remove_prefix(line + 1);
  if (!text.empty()) *static_cast<std::string*>(context) = text;
}

std::string in_class(int class_id) {
  return "class of service " + std::to_string(class_id);
}

Cbm ways_of(const pqos_l3ca& masks) {
  return masks.cdp != 0 ? Cbm(masks.u.s.data_mask | masks.u.s.code_mask) : Cbm(masks.u.ways_mask);
}

}  // namespace

std::string pqos_code_name(int code) {
  static constexpr std::array kNames{"OK",        "ERROR",    "PARAM", "RESOURCE", "INIT",
                                     "TRANSPORT", "PERF_CTR", "BUSY",  "INTER",    "OVERFLOW"};
  if (code < 0 || code >= static_cast<int>(kNames.size())) return "PQOS_RETVAL " + std::to_string(code);
  return std::string("PQOS_RETVAL_") + kNames[static_cast<std::size_t>(code)];
}

Result<std::unique_ptr<PqosLibrary>> PqosLibrary::init(PqosInterface interface, const ResctrlFiles* files) {
  std::unique_ptr<PqosLibrary> library(new PqosLibrary(files));
  PqosLibrary& l = *library;
  if (Status started = l.thread_.run([&] { return l.start(interface); }); !started) return std::move(started).error();
  return library;
}

PqosLibrary::~PqosLibrary() {
  thread_.run([this] {
    if (started_) ::pqos_fini();
    if (alarm_action_) ::sigaction(SIGALRM, &*alarm_action_, nullptr);
    return true;
  });
}

Status PqosLibrary::start(PqosInterface interface) {
  ::sigaction(SIGALRM, nullptr, &alarm_action_.emplace());
  ::unsetenv("RDT_IFACE");
  pqos_config config{};
  config.fd_log = -1;
  config.callback_log = keep_last_line;
  config.context_log = &said_;
  config.verbose = kWarnings;
  config.interface = interface == PqosInterface::os ? PQOS_INTER_OS : PQOS_INTER_MSR;
  said_.clear();
  if (const int code = ::pqos_init(&config); code != PQOS_RETVAL_OK) {
    Error error = refused(interface == PqosInterface::os ? "pqos_init over resctrl" : "pqos_init over MSRs", code);
    if (code == PQOS_RETVAL_INTER) error.code = ErrorCode::unsupported;
    return error;
  }
  started_ = true;
  return learn_facts();
}

Status PqosLibrary::learn_facts() {
  const pqos_cap* capabilities = nullptr;
  const pqos_cpuinfo* cpus = nullptr;
  if (const int code = ::pqos_cap_get(&capabilities, &cpus); code != PQOS_RETVAL_OK)
    return refused("pqos_cap_get", code);
  const pqos_capability* l3 = nullptr;
  if (const int code = ::pqos_cap_get_type(capabilities, PQOS_CAP_TYPE_L3CA, &l3); code != PQOS_RETVAL_OK) {
    Error error = refused("pqos_cap_get_type", code);
    error.code = ErrorCode::unsupported;
    error.why = "libpqos finds no L3 cache allocation here (" + error.why + ")";
    return error;
  }
  facts_.classes = static_cast<int>(l3->u.l3ca->num_classes);
  facts_.ways = Ways(static_cast<int>(l3->u.l3ca->num_ways));
  facts_.contended = Cbm(l3->u.l3ca->way_contention);
  facts_.way_bytes = l3->u.l3ca->way_size;
  facts_.cdp = l3->u.l3ca->cdp_on != 0;
  for (unsigned i = 0; i < cpus->num_cores; ++i) {
    const pqos_coreinfo& core = cpus->cores[i];
    facts_.l3cat_of_core[static_cast<int>(core.lcore)] = static_cast<int>(core.l3cat_id);
    facts_.l3cat_ids.push_back(static_cast<int>(core.l3cat_id));
  }
  std::ranges::sort(facts_.l3cat_ids);
  const auto repeated = std::ranges::unique(facts_.l3cat_ids);
  facts_.l3cat_ids.erase(repeated.begin(), repeated.end());
  return {};
}

// The kernel's words are of its last command, which a PARAM is not: the library refused that itself.
Error PqosLibrary::refused(const std::string& what, int code) const {
  Error error{ErrorCode::failed, what, pqos_code_name(code), ""};
  if (!said_.empty()) error.why += ": " + said_;
  if (files_ == nullptr || code == PQOS_RETVAL_PARAM) return error;
  const Result<std::string> status = files_->read("info/last_cmd_status");
  if (!status) return error;
  std::string words = *status;
  while (!words.empty() && words.back() == '\n') words.pop_back();
  std::ranges::replace(words, '\n', ';');
  if (!words.empty() && words != "ok") error.why += "; the kernel: " + words;
  return error;
}

Result<std::vector<Cbm>> PqosLibrary::read_masks(int l3cat_id) {
  return thread_.run([&]() -> Result<std::vector<Cbm>> {
    said_.clear();
    std::vector<pqos_l3ca> table(static_cast<std::size_t>(facts_.classes));
    unsigned found = 0;
    const int code =
        ::pqos_l3ca_get(static_cast<unsigned>(l3cat_id), static_cast<unsigned>(table.size()), &found, table.data());
    if (code != PQOS_RETVAL_OK)
      return refused("pqos_l3ca_get: read the masks of domain " + std::to_string(l3cat_id), code);
    std::vector<Cbm> masks(table.size());
    for (const pqos_l3ca& row : table)
      if (row.class_id < masks.size() && &row < table.data() + found) masks[row.class_id] = ways_of(row);
    return masks;
  });
}

Status PqosLibrary::write_mask(int l3cat_id, int class_id, Cbm mask) {
  return thread_.run([&]() -> Status {
    said_.clear();
    pqos_l3ca row{};
    row.class_id = static_cast<unsigned>(class_id);
    row.cdp = facts_.cdp ? 1 : 0;
    if (facts_.cdp) {
      row.u.s.data_mask = mask.bits;
      row.u.s.code_mask = mask.bits;
    } else {
      row.u.ways_mask = mask.bits;
    }
    const int code = ::pqos_l3ca_set(static_cast<unsigned>(l3cat_id), 1, &row);
    if (code == PQOS_RETVAL_OK) return {};
    return refused(
        "pqos_l3ca_set: write \"" + std::to_string(l3cat_id) + "=" + format_cbm(mask) + "\" to " + in_class(class_id),
        code);
  });
}

Status PqosLibrary::associate_tasks(const std::vector<int>& tids, int class_id) {
  return thread_.run([&]() -> Status {
    for (const int tid : tids) {
      const std::string what = "pqos_alloc_assoc_set_pid: move " + std::to_string(tid) + " to " + in_class(class_id);
      if (tid <= 0) return Error{ErrorCode::failed, what, "this is no thread's number", ""};
      said_.clear();
      const int code = ::pqos_alloc_assoc_set_pid(tid, static_cast<unsigned>(class_id));
      if (code == PQOS_RETVAL_OK) continue;
      Error error = refused(what, code);
      if (::kill(tid, 0) == 0 || errno != ESRCH) return error;  // else it has ended meanwhile
    }
    return {};
  });
}

Result<std::vector<int>> PqosLibrary::read_tasks(int class_id) {
  return thread_.run([&]() -> Result<std::vector<int>> {
    said_.clear();
    // The library gives no code here: nullptr is an error unless it has said that there are none.
    unsigned count = ~0u;
    unsigned* const listed = ::pqos_pid_get_pid_assoc(static_cast<unsigned>(class_id), &count);
    if (listed == nullptr && count != 0)
      return refused("pqos_pid_get_pid_assoc: read the tasks of " + in_class(class_id), PQOS_RETVAL_ERROR);
    std::vector<int> tids;
    for (unsigned i = 0; listed != nullptr && i < count; ++i) tids.push_back(static_cast<int>(listed[i]));
    ::pqos_free(listed);
    std::ranges::sort(tids);
    return tids;
  });
}

Status PqosLibrary::associate_core(int core, int class_id) {
  return thread_.run([&]() -> Status {
    said_.clear();
    const int code = ::pqos_alloc_assoc_set(static_cast<unsigned>(core), static_cast<unsigned>(class_id));
    if (code == PQOS_RETVAL_OK) return {};
    return refused("pqos_alloc_assoc_set: put core " + std::to_string(core) + " into " + in_class(class_id), code);
  });
}

Result<int> PqosLibrary::read_class_of_core(int core) {
  return thread_.run([&]() -> Result<int> {
    said_.clear();
    unsigned class_id = 0;
    const int code = ::pqos_alloc_assoc_get(static_cast<unsigned>(core), &class_id);
    if (code == PQOS_RETVAL_OK) return static_cast<int>(class_id);
    return refused("pqos_alloc_assoc_get: read the class of core " + std::to_string(core), code);
  });
}

}  // namespace dcat
