// The program by libbpf. The compiled program is part of this file, so that there is nothing to find at run time.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "perfmon/bpf/cgroup_program.h"

// DCAT_BPF_OBJECT: the path of the object, from the build.
asm(".pushsection .rodata\n"
    ".balign 8\n"
    "dcat_bpf_object: .incbin \"" DCAT_BPF_OBJECT
    "\"\n"
    "dcat_bpf_object_end: .byte 0\n"
    ".global dcat_bpf_object, dcat_bpf_object_end\n"
    ".popsection\n");
extern "C" const unsigned char dcat_bpf_object[], dcat_bpf_object_end[];

namespace dcat {

namespace {

constexpr const char* kTypesOfKernel = "/sys/kernel/btf/vmlinux";
constexpr std::size_t kBatch = 256;

Error system_error(std::string what, int errno_value) {
  return {ErrorCode::failed, std::move(what), std::strerror(errno_value), "", errno_value};
}
Error load_error(const char* doing, int errno_value) {
  return explain_load_failure(doing, errno_value, ::access(kTypesOfKernel, R_OK) == 0);
}

// libbpf writes to stderr what we say in an Error.
class QuietLibbpf {
 public:
  QuietLibbpf() : before_(libbpf_set_print(nullptr)) {}
  QuietLibbpf(const QuietLibbpf&) = delete;
  QuietLibbpf& operator=(const QuietLibbpf&) = delete;
  ~QuietLibbpf() { libbpf_set_print(before_); }

 private:
  libbpf_print_fn_t before_;
};

unsigned long long number_of(ProgramOrder::Kind kind) {
  switch (kind) {
    case ProgramOrder::Kind::refresh: return DCAT_BPF_REFRESH;
    case ProgramOrder::Kind::stop: return DCAT_BPF_STOP;
    case ProgramOrder::Kind::start: return DCAT_BPF_START;
  }
  return DCAT_BPF_STOP;
}

class LoadedProgram : public CgroupProgram {
 public:
  LoadedProgram() = default;
  LoadedProgram(const LoadedProgram&) = delete;
  LoadedProgram& operator=(const LoadedProgram&) = delete;
  ~LoadedProgram() override {
    if (link_ != nullptr) bpf_link__destroy(link_);
    if (object_ != nullptr) bpf_object__close(object_);
  }

  Status load(std::size_t most_containers);

  Status set_event(int cpu, std::size_t turn, std::size_t slot, int perf_fd) override;
  Status add(std::uint64_t cgroup) override;
  void remove(std::uint64_t cgroup) override { bpf_map_delete_elem(sums_fd_, &cgroup); }
  Status order(int cpu, const ProgramOrder& order) override;
  Status read(const Take& take) override;
  dcat_bpf_unclear unclear() override;

 private:
  Status open_object(std::size_t most_containers);
  Status read_one_by_one(const Take& take);

  bpf_object* object_ = nullptr;
  bpf_link* link_ = nullptr;
  int sums_fd_ = -1, unclear_fd_ = -1, events_fd_ = -1, order_fd_ = -1;
  std::size_t cpus_ = 0;  // possible ones: a value of a per-CPU map has as many parts
  // Kept from read to read.
  std::vector<std::uint64_t> keys_;
  std::vector<Sums> values_;
};

Status LoadedProgram::load(std::size_t most_containers) {
  const QuietLibbpf quiet;
  // Loading fails in many ways; whether we may at all is told best by something small.
  const int tried =
      bpf_map_create(BPF_MAP_TYPE_ARRAY, nullptr, sizeof(std::uint32_t), sizeof(std::uint32_t), 1, nullptr);
  if (tried < 0) return load_error("count with BPF", -tried);
  ::close(tried);

  if (Status opened = open_object(most_containers); !opened) return opened;
  if (const int refused = bpf_object__load(object_); refused < 0)
    return load_error("count with BPF: load the program", -refused);
  sums_fd_ = bpf_object__find_map_fd_by_name(object_, "sums");
  unclear_fd_ = bpf_object__find_map_fd_by_name(object_, "unclear");
  events_fd_ = bpf_object__find_map_fd_by_name(object_, "events");
  order_fd_ = bpf_program__fd(bpf_object__find_program_by_name(object_, "take_order"));
  link_ = bpf_program__attach(bpf_object__find_program_by_name(object_, "on_switch"));
  if (link_ == nullptr) return load_error("count with BPF: attach to sched_switch", errno);
  return {};
}

Status LoadedProgram::open_object(std::size_t most_containers) {
  const int possible = libbpf_num_possible_cpus();
  if (possible < 0) return load_error("count with BPF: number of CPUs", -possible);
  cpus_ = static_cast<std::size_t>(possible);
  keys_.resize(kBatch);
  values_.resize(kBatch * cpus_);

  const auto size = static_cast<std::size_t>(dcat_bpf_object_end - dcat_bpf_object);
  object_ = bpf_object__open_mem(dcat_bpf_object, size, nullptr);
  if (object_ == nullptr) return load_error("count with BPF: read the program", errno);
  bpf_map* sums = bpf_object__find_map_by_name(object_, "sums");
  bpf_map* events = bpf_object__find_map_by_name(object_, "events");
  bpf_map__set_max_entries(sums, static_cast<std::uint32_t>(most_containers));
  bpf_map__set_max_entries(events, static_cast<std::uint32_t>(cpus_ * DCAT_BPF_EVENTS_PER_CPU));
  return {};
}

Status LoadedProgram::set_event(int cpu, std::size_t turn, std::size_t slot, int perf_fd) {
  const std::size_t index = static_cast<std::size_t>(cpu) * DCAT_BPF_EVENTS_PER_CPU + turn * DCAT_BPF_SLOTS + slot;
  const auto key = static_cast<std::uint32_t>(index);
  if (const int refused = bpf_map_update_elem(events_fd_, &key, &perf_fd, BPF_ANY); refused < 0)
    return system_error("give a perf event of CPU " + std::to_string(cpu) + " to the program", -refused);
  return {};
}

Status LoadedProgram::add(std::uint64_t cgroup) {
  const std::vector<Sums> zero(cpus_, Sums{});
  if (const int refused = bpf_map_update_elem(sums_fd_, &cgroup, zero.data(), BPF_ANY); refused < 0)
    return system_error("add cgroup " + std::to_string(cgroup), -refused);
  return {};
}

Status LoadedProgram::order(int cpu, const ProgramOrder& order) {
  unsigned long long arguments[3]{number_of(order.kind), order.turn, order.events};
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.ctx_in = arguments;
  options.ctx_size_in = sizeof(arguments);
  options.flags = BPF_F_TEST_RUN_ON_CPU;
  options.cpu = static_cast<std::uint32_t>(cpu);
  if (const int refused = bpf_prog_test_run_opts(order_fd_, &options); refused < 0)
    return system_error("run the program on CPU " + std::to_string(cpu), -refused);
  return {};
}

Status LoadedProgram::read(const Take& take) {
  std::uint32_t at = 0;
  for (std::uint32_t* from = nullptr;;) {
    auto count = static_cast<std::uint32_t>(keys_.size());
    const int answer = bpf_map_lookup_batch(sums_fd_, from, &at, keys_.data(), values_.data(), &count, nullptr);
    if (answer == -ENOSPC) {  // the next bucket alone has more than there is room for
      keys_.resize(2 * keys_.size());
      values_.resize(keys_.size() * cpus_);
      continue;
    }
    if (from == nullptr && (answer == -EINVAL || answer == -524 /* ENOTSUPP */)) return read_one_by_one(take);
    if (answer < 0 && answer != -ENOENT) return system_error("read the program's sums", -answer);
    for (std::uint32_t i = 0; i < count; ++i) take(keys_[i], {values_.data() + i * cpus_, cpus_});
    if (answer == -ENOENT) return {};  // that was the last
    from = &at;
  }
}

dcat_bpf_unclear LoadedProgram::unclear() {
  std::vector<dcat_bpf_unclear> by_cpu(cpus_);
  const std::uint32_t only = 0;
  dcat_bpf_unclear all{};
  if (bpf_map_lookup_elem(unclear_fd_, &only, by_cpu.data()) < 0) return all;
  for (const dcat_bpf_unclear& cpu : by_cpu) {
    all.slices += cpu.slices;
    all.ns += cpu.ns;
  }
  return all;
}

// On a kernel without batches.
Status LoadedProgram::read_one_by_one(const Take& take) {
  std::uint64_t key = 0;
  for (const std::uint64_t* previous = nullptr; bpf_map_get_next_key(sums_fd_, previous, &key) == 0; previous = &key) {
    if (const int refused = bpf_map_lookup_elem(sums_fd_, &key, values_.data()); refused < 0)
      return system_error("read the program's sums", -refused);
    take(key, {values_.data(), cpus_});
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<CgroupProgram>> load_cgroup_program(std::size_t most_containers) {
  auto program = std::make_unique<LoadedProgram>();
  if (Status loaded = program->load(most_containers); !loaded) return std::move(loaded).error();
  return std::unique_ptr<CgroupProgram>(std::move(program));
}

}  // namespace dcat
