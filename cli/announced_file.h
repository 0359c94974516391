// What was announced, kept in the runtime directory while a daemon runs: one that starts after a crash knows it again
// without anybody telling.
#pragma once

#include <cstdint>
#include <string>

#include "controller/shell/announcements.h"
#include "controller/shell/daemon.h"

namespace dcat::cli {

std::string announced_path(const std::string& directory);

class AnnouncedFile : public Listener {
 public:
  // REQUIRES: `announcements` outlives this.
  AnnouncedFile(std::string directory, Announcements& announcements)
      : directory_(std::move(directory)), announcements_(announcements) {}

  // What the daemon before knew; where the directory went with it, what the memory has (`kept`). Lines that cannot be
  // read are told, the others count.
  void load(TimePoint at, const std::string& kept);
  Status on_decision(const Observation&, const Decision&) override { return {}; }
  // Writes it where something has changed since, and not before a decision is applied: who starts waits for that, and
  // a busy disk takes its time even for a rename. That it cannot be written is told once.
  void on_beat() override;
  void on_end(const ControllerState&) override { on_beat(); }
  void on_trouble(const Error&) override {}

 private:
  std::string directory_;
  Announcements& announcements_;
  std::uint64_t written_ = 0;
  bool told_ = false;
};

}  // namespace dcat::cli
