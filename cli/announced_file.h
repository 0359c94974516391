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
  // Writes it where something has changed since, before the decision is applied: a daemon that is killed once somebody
  // was let in has to be known to have done so. Unsynced: nobody who was announced outlives the machine. That it cannot
  // be written is told once.
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}

 private:
  std::string directory_;
  Announcements& announcements_;
  std::uint64_t written_ = 0;
  bool told_ = false;
};

}  // namespace dcat::cli
