#include "cli/memory_file.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <ctime>
#include <fstream>
#include <utility>

#include "cat/linux/journal.h"
#include "cli/private_directory.h"
#include "controller/step.h"

namespace dcat::cli {

namespace {

constexpr const char* kName = "memory";
// Averages and times go on without anything that differs in kind: they are written this often.
constexpr Duration kRefresh = std::chrono::hours(1);

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (const std::size_t colon = line.find(": "); line.starts_with("model name") && colon != std::string::npos)
      return line.substr(colon + 2);
  return "unknown processor";
}

std::int64_t unix_seconds() {
  return static_cast<std::int64_t>(std::time(nullptr));
}

}  // namespace

std::string basis_of(const CounterSource& counters) {
  std::string basis = processor();
  for (const EventChoice& event : counters.events())
    basis += fmt::format("; {} {}", name_of(event.event), event.available ? event.name : "none");
  return basis;
}

MemoryFile::~MemoryFile() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  turned_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// nullopt: there is none.
Result<std::optional<KeptMemory>> MemoryFile::read() const {
  const Make make = mode_ == Mode::enforce ? Make::yes : Make::no;
  Result<std::optional<PrivateDirectory>> directory = PrivateDirectory::open(settings_.directory, make);
  if (!directory) return std::move(directory).error();
  if (!*directory) return std::optional<KeptMemory>();
  Result<std::optional<std::string>> text = (*directory)->read(kName, kMostMemoryBytes);
  if (!text) return std::move(text).error();
  if (!*text) return std::optional<KeptMemory>();
  Result<KeptMemory> kept = parse_memory_text(**text);
  if (!kept) return std::move(kept).error().with_context("read " + settings_.directory + "/" + kName);
  return std::optional(std::move(*kept));
}

Memory MemoryFile::load(TimePoint now) {
  Memory memory;
  memory.most_containers = settings_.most_containers;
  memory.forget_after = settings_.forget_after;
  Result<std::optional<KeptMemory>> kept = read();
  if (kept && *kept && (*kept)->boot_id == read_boot_id()) announced_ = (*kept)->announced;
  if (!kept) {
    set_aside(kept.error());
  } else if (*kept && ((*kept)->basis != basis_ || (*kept)->simulated != simulated_)) {
    spdlog::warn("memory: {}/{} is not taken up: it was learned on \"{}\"{}, this is \"{}\"{}", settings_.directory,
                 kName, (*kept)->basis, (*kept)->simulated ? ", simulated" : "", basis_,
                 simulated_ ? ", simulated" : "");
  } else if (*kept) {
    memory = take_up(std::move(**kept), unix_seconds(), now, settings_.most_containers, settings_.forget_after);
    spdlog::info("memory: {} containers are known from before", memory.containers.size());
  }
  last_ = memory;
  written_ = now;
  return memory;
}

// The directory that cannot be had is told by who writes to it, too: not twice.
void MemoryFile::set_aside(const Error& why) {
  if (why.code != ErrorCode::bad_input || mode_ != Mode::enforce) {
    spdlog::warn("memory: {}; nothing is remembered", why.to_string());
    told_ = true;
    return;
  }
  const Result<std::optional<PrivateDirectory>> directory = PrivateDirectory::open(settings_.directory, Make::no);
  const Status aside = directory && *directory ? (*directory)->set_aside(kName) : Status();
  spdlog::warn("memory: {}; it is set aside as {}.damaged-1 and learned anew{}", why.to_string(), kName,
               aside ? "" : " (" + aside.error().to_string() + ")");
}

Status MemoryFile::on_decision(const Observation& observation, const Decision&) {
  at_ = observation.at;
  return {};
}

void MemoryFile::on_state(const ControllerState& state) {
  const bool enforces = mode_ == Mode::enforce;
  if (enforces) unsaved_ = true;
  if (!unsaved_ || (enforces && due_ && at_ < *due_)) return;
  // Looking costs a copy of all that is known: not in every period.
  due_ = at_ + settings_.write_every / 4;
  {
    const std::lock_guard lock(mutex_);
    if (busy_ || waiting_) return;
  }
  Memory memory = memory_of(state, at_);
  const bool announced = announcements_ != nullptr && announcements_->generation() != generation_;
  if (enforces && !announced && !differs_in_kind(memory, last_) && at_ - written_ < kRefresh) return;
  due_ = at_ + settings_.write_every;
  unsaved_ = enforces;
  keep(std::move(memory));
}

// The node has been given back: nobody waits for what this takes.
void MemoryFile::on_end(const ControllerState& state) {
  if (!unsaved_) return;
  unsaved_ = false;
  keep(memory_of(state, at_));
  wait();
}

void MemoryFile::wait() {
  std::unique_lock lock(mutex_);
  turned_.wait(lock, [this] { return !busy_ && !waiting_; });
}

void MemoryFile::keep(Memory memory) {
  last_ = memory;
  written_ = at_;
  KeptMemory kept{basis_, simulated_, unix_seconds(), at_, std::move(memory), read_boot_id(), {}};
  if (announcements_ != nullptr) {
    generation_ = announcements_->generation();
    kept.announced = announcements_->save();
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(kept);
  }
  turned_.notify_all();
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
}

void MemoryFile::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    turned_.wait(lock, [this] { return over_ || waiting_; });
    if (!waiting_) return;
    KeptMemory kept = *std::exchange(waiting_, std::nullopt);
    busy_ = true;
    lock.unlock();
    const Status written = write(std::move(kept));
    if (!written && !told_)
      spdlog::warn("memory: {}; what is learned is lost at the end of this run", written.error().to_string());
    told_ = !written;
    lock.lock();
    busy_ = false;
    turned_.notify_all();
  }
}

Status MemoryFile::write(KeptMemory kept) {
  const Result<std::optional<PrivateDirectory>> directory = PrivateDirectory::open(settings_.directory, Make::yes);
  if (!directory) return directory.error();
  const MemoryText text = format_memory_text(std::move(kept));
  if (text.left_out > 0 && !told_left_out_)
    spdlog::warn("memory: {} containers are left out: the file would be larger than {} bytes", text.left_out,
                 kMostMemoryBytes);
  if (text.announced_left_out && !told_left_out_)
    spdlog::warn("memory: contracts that were announced are left out: they take too much room");
  told_left_out_ = text.left_out > 0 || text.announced_left_out;
  return (*directory)->replace(kName, text.text);
}

Result<bool> forget_memory(const MemorySettings& settings) {
  Result<std::optional<PrivateDirectory>> directory = PrivateDirectory::open(settings.directory, Make::no);
  if (!directory) return std::move(directory).error();
  return *directory ? (*directory)->remove(kName) : Result<bool>(false);
}

void forget_announced(const MemorySettings& settings) {
  const Result<std::optional<PrivateDirectory>> directory = PrivateDirectory::open(settings.directory, Make::no);
  if (!directory || !*directory) return;
  const Result<std::optional<std::string>> text = (*directory)->read(kName, kMostMemoryBytes);
  if (!text || !*text) return;
  Result<KeptMemory> kept = parse_memory_text(**text);
  if (!kept || kept->announced.empty()) return;
  kept->announced.clear();
  (void)(*directory)->replace(kName, format_memory_text(std::move(*kept)).text).ok();
}

}  // namespace dcat::cli
