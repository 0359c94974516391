// Where a run hears who comes and goes: the socket of the hooks (controller/door) and the container runtime's NRI
// (hooks/nri), as one source. Their threads never wait for the loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cat/masks.h"
#include "cli/run_plan.h"
#include "controller/door/door.h"
#include "controller/shell/announcements.h"
#include "core/linux/descriptor.h"
#include "hooks/nri/client.h"
#include "web/metrics.h"

namespace dcat::cli {

class Announcers : public AnnouncementSource {
 public:
  // Null: the configuration wants neither. What is asked for by name and cannot be had is an error; the default socket
  // that cannot be opened (another run has it) is a warning.
  // REQUIRES: `stop` outlives it.
  using Answer = std::function<Result<std::string>(const Ask& ask, const Peer& peer)>;
  // `answer`: what the door asks of the run (controller/door/door.h).
  static Result<std::unique_ptr<Announcers>> open(const Config& config, Answer answer, const std::atomic<bool>& stop);
  ~Announcers() override;

  std::vector<Announcement> take() override;
  int news_fd() const override { return news_.fd(); }
  void settled() override;

  // A class of service is only promised while its group is there and stays.
  void in_force(const Masks& now, const Masks& next);
  // The class that NRI may create a container in; empty: none. From any thread.
  std::string class_of(const Announcement& announcement) const;

  Door* door() { return door_.get(); }  // null: there is none
  // What was announced so far, and whether it was taken; absent: that way is off. From any thread.
  web::Live heard() const;

 private:
  explicit Announcers(const std::atomic<bool>& stop) : stop_(stop) {}
  Status open_door(const Config& config, Answer answer);
  Status open_nri(const NriSettings& nri);
  void put(std::vector<Announcement> announcements);  // of NRI's thread

  const std::atomic<bool>& stop_;
  Descriptor news_;  // of epoll: readable while one of both has something
  std::mutex mutex_;
  Descriptor waiting_fd_;  // not zero: waiting_ has something
  std::vector<Announcement> waiting_;
  std::uint64_t put_ = 0, taken_ = 0;  // of NRI's, ever
  std::string prepared_;               // the directory of NRI's prepared group; empty: none
  GroupId prepared_group_;
  std::atomic<bool> prepared_in_force_ = false;
  std::atomic<std::uint64_t> from_door_ = 0, from_nri_ = 0;  // announcements
  std::unique_ptr<Door> door_;
  std::unique_ptr<NriClient> nri_;  // last: it goes first, with its thread
};

// The socket of a configuration.
std::string socket_of(const Config& config);

}  // namespace dcat::cli
