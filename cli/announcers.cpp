#include "cli/announcers.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <random>
#include <utility>

#include "cat/linux/group_names.h"
#include "controller/shell/contracts.h"

namespace dcat::cli {

namespace {

using namespace std::chrono_literals;

// How long a start waits until the loop has let the container in. A hook waits for 150 ms in all (hooks/ask.h), a
// runtime 2 s for a plugin.
constexpr auto kHold = 100ms;

Error failure(const std::string& what) {
  return {ErrorCode::failed, what, std::strerror(errno), "", errno};
}

Status watch(const Descriptor& epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, fd, &event) == 0 ? Status() : failure("wait for announcements");
}

}  // namespace

std::string socket_of(const Config& config) {
  return config.hooks.socket.empty() ? config.node.runtime_directory + "/dcat.sock" : config.hooks.socket;
}

Result<std::unique_ptr<Announcers>> Announcers::open(const Config& config, Answer answer,
                                                     const std::atomic<bool>& stop) {
  if (!config.hooks.enabled && !config.nri.enabled) return std::unique_ptr<Announcers>();
  std::unique_ptr<Announcers> made(new Announcers(stop));
  made->news_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  made->waiting_fd_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!made->news_.open() || !made->waiting_fd_.open()) return failure("wait for announcements");
  if (Status watched = watch(made->news_, made->waiting_fd_.fd()); !watched) return std::move(watched).error();
  if (config.hooks.enabled)
    if (Status opened = made->open_door(config, std::move(answer)); !opened) {
      if (!config.hooks.socket.empty()) return std::move(opened).error();
      spdlog::warn("hooks: {}; nobody can announce or ask for the status", opened.error().to_string());
    }
  if (config.nri.enabled)
    if (Status opened = made->open_nri(config.nri); !opened) return std::move(opened).error();
  return made;
}

Announcers::~Announcers() = default;

Status Announcers::open_door(const Config& config, Answer answer) {
  // Where nothing is enforced a look is all that is waited for.
  DoorOptions options{socket_of(config), config.hooks.group, kHold, std::move(answer)};
  Result<std::unique_ptr<Door>> door = Door::open(options);
  if (!door) return std::move(door).error();
  for (const std::string& notice : (*door)->notices()) spdlog::info("hooks: {}", notice);
  if (Status watched = watch(news_, (*door)->news_fd()); !watched) return watched;
  spdlog::info("hooks: listening at {}", options.path);
  door_ = std::move(*door);
  return {};
}

Status Announcers::open_nri(const NriSettings& nri) {
  NriClientOptions options;
  options.path = nri.socket;
  options.session.index = nri.index;
  options.seed = std::random_device()();
  options.hold = kHold;
  if (!nri.prepared.empty()) {
    prepared_group_ = GroupId{prepared_id(nri.prepared).value};
    prepared_ = directory_name(prepared_group_.value);
    options.session.class_of = [this](const Announcement& a) { return class_of(a); };
  }
  NriCallbacks callbacks;
  callbacks.announced = [this](std::vector<Announcement> announcements) { put(std::move(announcements)); };
  callbacks.noted = [](const std::string& note) { spdlog::info("nri: {}", note); };
  callbacks.linked = [path = nri.socket](bool linked) {
    spdlog::info("nri: {} {}", linked ? "plugin of the runtime at" : "no connection to the runtime at", path);
  };
  auto client = NriClient::start(std::move(options), std::move(callbacks));
  if (!client) return std::move(client).error();
  nri_ = std::move(*client);
  return {};
}

void Announcers::put(std::vector<Announcement> announcements) {
  from_nri_ += announcements.size();
  const std::lock_guard lock(mutex_);
  put_ += announcements.size();
  // Who is only created runs nothing: there is nobody to be let in yet, and those who start are not kept waiting.
  const bool urgent = std::ranges::any_of(
      announcements, [](const Announcement& a) { return a.event == Announcement::Event::gone || a.pid > 0; });
  std::ranges::move(announcements, std::back_inserter(waiting_));
  if (urgent) ::eventfd_write(waiting_fd_.fd(), 1);
}

std::vector<Announcement> Announcers::take() {
  std::vector<Announcement> all;
  {
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    ::eventfd_read(waiting_fd_.fd(), &count);
    all = std::exchange(waiting_, {});
    taken_ = put_;
  }
  if (door_) {
    std::vector<Announcement> taken = door_->take();
    from_door_ += taken.size();
    std::ranges::move(taken, std::back_inserter(all));
  }
  return all;
}

std::string Announcers::class_of(const Announcement& announcement) const {
  const bool wants = announcement.wishes.contract == Wishes::Contract::ways;
  return wants && prepared_in_force_ && !stop_ ? prepared_ : std::string();
}

void Announcers::in_force(const Masks& now, const Masks& next) {
  const auto has_group = [this](const DomainMasks& domain) { return find_mask(domain, prepared_group_) != nullptr; };
  prepared_in_force_ =
      !prepared_.empty() && std::ranges::any_of(now.domains, has_group) && std::ranges::any_of(next.domains, has_group);
}

web::Live Announcers::heard() const {
  web::Live live;
  if (door_) live.socket = {from_door_, door_->refused()};
  if (nri_) live.nri = {from_nri_, 0};
  live.nri_connected = nri_ && nri_->linked();
  return live;
}

void Announcers::settled() {
  if (door_) door_->settled();
  if (nri_) nri_->settled(taken_);
}

}  // namespace dcat::cli
