// The memory file, DIRECTORY/memory: what was learned (controller/memory/) and who was announced with which contract,
// kept for the next run.
//
// Read when a run begins. One that is damaged, of a newer version or not this user's is told and set aside
// (DIRECTORY/memory.damaged-1 is the newest of up to five) by a run that enforces; a run that does not writes nothing.
// Figures of another processor, of other events or of a simulated node are not taken up.
//
// Written while the run enforces: once something was learned or announced, at most every `write_every`, at the end, and
// when the run stops enforcing. The loop only copies what is known; a thread of this object's own makes the text,
// writes and syncs it, and where it is not done yet the next turn is waited for. What fails is told once and ends
// nothing.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "controller/config/memory.h"
#include "controller/memory/memory_text.h"
#include "controller/shell/announcements.h"
#include "controller/shell/daemon.h"

namespace dcat::cli {

// What figures are comparable with: the processor and the events that are counted.
std::string basis_of(const CounterSource& counters);

class MemoryFile : public Listener {
 public:
  MemoryFile(MemorySettings settings, std::string basis, bool simulated, Mode mode)
      : settings_(std::move(settings)), basis_(std::move(basis)), simulated_(simulated), mode_(mode) {}
  // Waits for a write that is under way.
  ~MemoryFile() override;
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // What the run before knew; empty, but switched on, where nothing can be taken up. Troubles are told.
  Memory load(TimePoint now);
  // Who was announced in this life of the node, as load() read it; lines.
  const std::string& announced() const { return announced_; }
  // Keeps these from now on. REQUIRES: they outlive this, and are used by the loop's thread alone.
  void include(const Announcements& announcements) { announcements_ = &announcements; }

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_state(const ControllerState& state) override;
  void on_end(const ControllerState& state) override;
  void on_mode(Mode mode, const std::string&) override { mode_ = mode; }
  void on_trouble(const Error&) override {}
  // Until what was handed over has been written, or could not be.
  void wait();

 private:
  Result<std::optional<KeptMemory>> read() const;
  void set_aside(const Error& why);
  void keep(Memory memory);
  void work();
  Status write(KeptMemory kept);

  const MemorySettings settings_;
  const std::string basis_;
  const bool simulated_;
  Mode mode_;
  std::string announced_;
  const Announcements* announcements_ = nullptr;
  std::uint64_t generation_ = 0;    // of the announcements that were written
  TimePoint at_;                    // of the last decision
  std::optional<TimePoint> due_{};  // when it is looked whether something is worth writing
  TimePoint written_;
  Memory last_;           // that was written, or read
  bool unsaved_ = false;  // the run has enforced since

  std::mutex mutex_;
  std::condition_variable turned_;
  std::optional<KeptMemory> waiting_;  // for the thread
  bool busy_ = false, over_ = false;
  std::thread thread_;  // begun with the first write

  bool told_ = false, told_left_out_ = false;  // of the thread alone
};

// For `dcat reset --forget`. true: there was something to forget.
Result<bool> forget_memory(const MemorySettings& settings);
// For `dcat reset`, which forgets who was announced; what cannot be read or written is left as it is.
void forget_announced(const MemorySettings& settings);

}  // namespace dcat::cli
