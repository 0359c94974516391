#include "controller/door/door.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "controller/door/client.h"
#include "controller/door/listening_socket.h"
#include "controller/door/peer.h"
#include "controller/door/status_maker.h"
#include "core/linux/descriptor.h"
#include "hooks/no_capabilities.h"
#include "hooks/wire.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using Clock = DoorClient::Clock;

constexpr int kLinesATurn = 16;  // of one client, before the others are looked at again
constexpr int kNewcomersATurn = 16;
constexpr auto kAcceptPause = 100ms;   // after the system had no descriptor left
constexpr auto kStatusPatience = 10s;  // a status is made in milliseconds

SharedLine share(std::string line) {
  line += '\n';
  return std::make_shared<const std::string>(std::move(line));
}

SharedLine refusal(ErrorCode code, std::string what, std::string why, std::string todo) {
  return share(format_error({code, std::move(what), std::move(why), std::move(todo)}));
}

Error system_failure(const std::string& what, int number) {
  return {ErrorCode::failed, what, std::strerror(number), "", number};
}

// What the loop and the door's thread share.
class Exchange {
 public:
  using Status = std::function<std::string()>;

  Exchange(Descriptor news, Descriptor wake) : news_(std::move(news)), wake_(std::move(wake)) {}

  int news_fd() const { return news_.fd(); }
  // Readable after settled().
  int wake_fd() const { return wake_.fd(); }
  void publish(Status status) {
    const std::lock_guard lock(mutex_);
    std::swap(fresh_ ? *fresh_ : fresh_.emplace(), status);  // the old one is freed after the lock
  }
  // Absent: nothing new since.
  std::optional<Status> take_status() {
    const std::lock_guard lock(mutex_);
    return std::exchange(fresh_, std::nullopt);
  }
  bool has_status() {
    const std::lock_guard lock(mutex_);
    return fresh_.has_value();
  }
  // Its number, from 1; 0: too many wait.
  std::uint64_t put(Announcement announcement) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= Door::kMostWaiting) return 0;
    waiting_.push_back(std::move(announcement));
    if (waiting_.size() == 1) ::eventfd_write(news_.fd(), 1);
    return ++put_;
  }
  std::vector<Announcement> take() {
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    if (!waiting_.empty()) ::eventfd_read(news_.fd(), &count);
    taken_ = put_;
    return std::exchange(waiting_, {});
  }
  void settle() {
    const std::lock_guard lock(mutex_);
    if (settled_ == taken_) return;
    settled_ = taken_;
    ::eventfd_write(wake_.fd(), 1);
  }
  // Up to which number.
  std::uint64_t take_settled() {
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    ::eventfd_read(wake_.fd(), &count);
    return settled_;
  }

 private:
  std::mutex mutex_;
  Descriptor news_;  // not zero: waiting_ has something
  Descriptor wake_;
  std::vector<Announcement> waiting_;
  std::uint64_t put_ = 0, taken_ = 0, settled_ = 0;
  std::optional<Status> fresh_;
};

class SocketDoor : public Door {
 public:
  struct Parts {
    ListeningSocket socket;
    Descriptor epoll, stop, news, wake, made;
    Duration hold{};
    std::function<Result<std::string>(const Ask&, const Peer&)> answer;
  };
  explicit SocketDoor(Parts parts)
      : socket_(std::move(parts.socket)),
        epoll_(std::move(parts.epoll)),
        stop_(std::move(parts.stop)),
        hold_(parts.hold),
        answer_(std::move(parts.answer)),
        exchange_(std::move(parts.news), std::move(parts.wake)),
        maker_(std::move(parts.made)) {}
  ~SocketDoor() override;
  // Throws std::system_error where there is no thread to be had.
  void start();

  void publish(std::function<std::string()> status) override { exchange_.publish(std::move(status)); }
  std::vector<Announcement> take() override { return exchange_.take(); }
  void settled() override { exchange_.settle(); }
  std::uint64_t refused() const override { return refused_; }
  int news_fd() const override { return exchange_.news_fd(); }
  const std::vector<std::string>& notices() const override { return socket_.notices; }

 private:
  using Clients = std::map<int, DoorClient>;  // by descriptor

  void serve();
  int patience_ms() const;
  void on_event(int fd, std::uint32_t events);
  void resume_those_due();
  void answer_those_settled();
  void answer_status_made();
  void resume(Clients::iterator client);
  void accept_newcomers();
  void add_client(Descriptor fd);
  void make_room();
  void pause_accepting();
  void watch_listener(bool on);
  void serve_lines(DoorClient& client);
  // Null: the answer waits (DoorClient::waits).
  SharedLine answer_to(DoorClient& client, const std::string& line);
  SharedLine answer_status(DoorClient& client);
  void make_status(std::function<std::string()> status);
  SharedLine answer_other(const Ask& ask, const Peer& peer);
  SharedLine take_announcement(DoorClient& client, Announcement announcement);
  void settle(Clients::iterator client);

  ListeningSocket socket_;
  Descriptor epoll_;
  Descriptor stop_;
  Duration hold_;
  std::function<Result<std::string>(const Ask&, const Peer&)> answer_;
  Exchange exchange_;
  std::atomic<std::uint64_t> refused_ = 0;
  Clients clients_;
  StatusMaker maker_;
  SharedLine status_;  // the answer, made when somebody asks: the loop publishes more often than anybody does
  std::uint64_t status_number_ = 0;  // of its making
  const SharedLine done_ = share(format_ok("{}"));
  std::optional<Clock::time_point> accept_again_;
  std::thread thread_;
};

void SocketDoor::start() {
  // Signals are for the program's own threads.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  try {
    thread_ = std::thread([this] {
      keep_no_capabilities();
      serve();
    });
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SocketDoor::~SocketDoor() {
  // First, so that nobody connects to an end.
  remove_socket(socket_);
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_.fd(), 1);
  thread_.join();
}

void SocketDoor::serve() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), patience_ms());
    if (ready < 0 && errno != EINTR) return;
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == stop_.fd()) return;
      if (event.data.fd == socket_.fd.fd())
        accept_newcomers();
      else if (event.data.fd == exchange_.wake_fd())
        answer_those_settled();
      else if (event.data.fd == maker_.done_fd())
        answer_status_made();
      else
        on_event(event.data.fd, event.events);
    }
    resume_those_due();
  }
}

int SocketDoor::patience_ms() const {
  std::optional<Clock::time_point> next = accept_again_;
  for (const auto& [fd, client] : clients_)
    if (client.resume_at) next = next ? std::min(*next, *client.resume_at) : client.resume_at;
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
}

// One whose descriptor has become another's in the same turn is asked for what it does not have: nothing happens.
void SocketDoor::on_event(int fd, std::uint32_t events) {
  const auto client = clients_.find(fd);
  if (client == clients_.end()) return;
  client->second.send();
  if ((events & ~std::uint32_t{EPOLLOUT}) != 0 && !client->second.resume_at) {
    client->second.receive();
    serve_lines(client->second);
  }
  settle(client);
}

void SocketDoor::resume_those_due() {
  const Clock::time_point now = Clock::now();
  if (accept_again_ && *accept_again_ <= now) {
    accept_again_.reset();
    watch_listener(true);
  }
  for (auto next = clients_.begin(); next != clients_.end();) {
    const auto client = next++;
    if (client->second.resume_at && *client->second.resume_at <= now) resume(client);
  }
}

void SocketDoor::answer_those_settled() {
  const std::uint64_t settled = exchange_.take_settled();
  for (auto next = clients_.begin(); next != clients_.end();) {
    const auto client = next++;
    if (client->second.held && *client->second.held <= settled) resume(client);
  }
}

void SocketDoor::answer_status_made() {
  SharedLine made = maker_.take();
  if (!made) return;
  status_ = std::move(made);
  status_number_ = maker_.number();
  bool more = false;
  for (auto next = clients_.begin(); next != clients_.end();) {
    const auto client = next++;
    const auto waits = client->second.waits_for_status;
    more = more || (waits && *waits > status_number_);
    if (waits && *waits <= status_number_) resume(client);
  }
  // Those who asked when another one had been published. Whoever asked again just now may have begun it already.
  if (!more || maker_.busy()) return;
  if (auto fresh = exchange_.take_status()) make_status(std::move(*fresh));
}

void SocketDoor::resume(Clients::iterator client) {
  if (client->second.held) client->second.answer(done_);
  client->second.held.reset();
  if (const auto waits = std::exchange(client->second.waits_for_status, std::nullopt))
    client->second.answer(*waits <= status_number_
                              ? status_
                              : refusal(ErrorCode::failed, "ask for the status", "it takes too long", "ask again"));
  serve_lines(client->second);
  settle(client);
}

void SocketDoor::accept_newcomers() {
  for (int i = 0; i < kNewcomersATurn; ++i) {
    Descriptor fd(::accept4(socket_.fd.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.open()) {
      add_client(std::move(fd));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      return pause_accepting();
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

// It waits in the queue, and would be told of again at once: the thread must not spin.
void SocketDoor::pause_accepting() {
  watch_listener(false);
  accept_again_ = Clock::now() + kAcceptPause;
}

void SocketDoor::watch_listener(bool on) {
  epoll_event event{};
  event.events = on ? std::uint32_t{EPOLLIN} : 0;
  event.data.fd = socket_.fd.fd();
  ::epoll_ctl(epoll_.fd(), EPOLL_CTL_MOD, socket_.fd.fd(), &event);
}

void SocketDoor::add_client(Descriptor fd) {
  const Result<Peer> peer = read_peer(fd.fd(), socket_.group);
  if (!peer) return;
  if (clients_.size() >= static_cast<std::size_t>(kMostClients)) make_room();
  const int number = fd.fd();
  const auto client = clients_.emplace(number, DoorClient(std::move(fd), *peer, Clock::now())).first;
  if (peer->may_ask) {
    // A hook's ask is there already, most often: it is answered before anybody can push it out.
    client->second.receive();
    serve_lines(client->second);
  } else {
    client->second.answer(refusal(ErrorCode::failed, "ask the daemon",
                                  "user " + std::to_string(peer->uid) + " is not in the socket's group",
                                  "be root, or join that group"));
    client->second.send();
    client->second.end();
  }
  settle(client);
}

// Who waits for an answer of ours is not idle; where everybody does, the one that has waited longest has been heard.
void SocketDoor::make_room() {
  const auto longest = std::min_element(clients_.begin(), clients_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.waits(), a.second.idle_since()) < std::pair(b.second.waits(), b.second.idle_since());
  });
  if (longest->second.held)
    longest->second.send_away(*done_);
  else
    longest->second.send_away(*refusal(ErrorCode::failed, "ask the daemon",
                                       std::to_string(kMostClients) + " others are connected, and this one was idle",
                                       "connect again when there is something to ask"));
  clients_.erase(longest);
}

void SocketDoor::serve_lines(DoorClient& client) {
  client.resume_at.reset();
  for (int i = 0;; ++i) {
    const Clock::time_point now = Clock::now();
    if (client.line_too_long()) {
      client.answer(refusal(ErrorCode::bad_input, "read what is asked",
                            "a line has more than " + std::to_string(kMostLine) + " bytes", "send shorter lines"));
      client.end();
    }
    if (!client.has_line()) break;
    if (client.unread() >= kMostUnread) return client.let_go();
    if (i == kLinesATurn) client.resume_at = now;
    if (!client.resume_at) client.resume_at = client.must_wait_until(now);
    if (client.resume_at) break;
    SharedLine answer = answer_to(client, client.take_line(now));
    if (!answer) {
      client.resume_at = now + (client.held ? hold_ : kStatusPatience);
      break;
    }
    client.answer(std::move(answer));
    client.send();
  }
  client.send();
}

SharedLine SocketDoor::answer_to(DoorClient& client, const std::string& line) {
  Result<Ask> ask = parse_ask(line);
  if (!ask) {
    ++refused_;
    return share(format_error(ask.error()));
  }
  if (auto* announcement = std::get_if<Announcement>(&*ask)) return take_announcement(client, std::move(*announcement));
  if (std::holds_alternative<AskStatus>(*ask)) return answer_status(client);
  return answer_other(*ask, client.peer());
}

SharedLine SocketDoor::answer_other(const Ask& ask, const Peer& peer) {
  if (std::holds_alternative<AskMode>(ask) && !peer.may_announce)
    return refusal(ErrorCode::failed, "change the mode",
                   "only root changes it, and this is user " + std::to_string(peer.uid), "run it as root");
  if (!answer_)
    return refusal(ErrorCode::unsupported, "ask the daemon", "this one only tells its status", "ask for the status");
  const Result<std::string> answer = answer_(ask, peer);
  return share(answer ? format_ok(*answer) : format_error(answer.error()));
}

void SocketDoor::make_status(std::function<std::string()> status) {
  maker_.make([status = std::move(status)] { return share(format_ok(status())); });
}

// That of the last publication. While another is made, a newer one waits for its turn.
SharedLine SocketDoor::answer_status(DoorClient& client) {
  if (maker_.busy()) {
    client.waits_for_status = maker_.number() + (exchange_.has_status() ? 1 : 0);
    return nullptr;
  }
  if (auto fresh = exchange_.take_status()) {
    make_status(std::move(*fresh));
    client.waits_for_status = maker_.number();
    return nullptr;
  }
  if (status_) return status_;
  return refusal(ErrorCode::failed, "ask for the status", "the daemon has not looked at the node yet", "ask again");
}

SharedLine SocketDoor::take_announcement(DoorClient& client, Announcement announcement) {
  const bool holds = hold_ > Duration(0) && announcement.event == Announcement::Event::came;
  const std::string what = "announce " + announcement.id;
  if (!client.peer().may_announce) {
    ++refused_;
    return refusal(ErrorCode::failed, what,
                   "only root announces, and this is user " + std::to_string(client.peer().uid), "run it as root");
  }
  const std::uint64_t number = exchange_.put(std::move(announcement));
  if (number == 0) {
    ++refused_;
    return refusal(ErrorCode::failed, what, std::to_string(kMostWaiting) + " announcements wait already",
                   "nothing: the daemon finds it when it looks at the cgroups next");
  }
  if (!holds) return done_;
  client.held = number;
  return nullptr;
}

// Ends who is over, watches the others for what they wait for. One that waits for its next second is not watched at
// all: its end would be told again and again.
void SocketDoor::settle(Clients::iterator client) {
  if (client->second.over()) {
    clients_.erase(client);
    return;
  }
  DoorClient& c = client->second;
  const std::uint32_t wants = c.wants();
  if (wants == c.watched) return;
  epoll_event event{};
  event.events = wants;
  event.data.fd = client->first;
  const int operation = wants == 0 ? EPOLL_CTL_DEL : c.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  c.watched = wants;
  if (::epoll_ctl(epoll_.fd(), operation, client->first, &event) != 0) clients_.erase(client);
}

Status watch(const Descriptor& epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, fd, &event) == 0 ? Status() : system_failure("watch a socket", errno);
}

}  // namespace

Result<std::unique_ptr<Door>> Door::open(const DoorOptions& options) {
  SocketDoor::Parts parts;
  parts.epoll = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  parts.stop = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  parts.news = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  parts.wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  parts.made = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  parts.hold = options.hold;
  parts.answer = options.answer;
  if (!parts.epoll.open() || !parts.stop.open() || !parts.news.open() || !parts.wake.open() || !parts.made.open())
    return system_failure("open the door at " + options.path, errno);
  Result<ListeningSocket> socket = listen_at(options.path, options.group, kMostClients);
  if (!socket) return std::move(socket).error();
  parts.socket = std::move(socket).value();
  const int listener = parts.socket.fd.fd();
  const int stop = parts.stop.fd(), wake = parts.wake.fd(), made = parts.made.fd();
  const Descriptor& epoll = parts.epoll;
  Status watched = watch(epoll, stop);
  if (watched) watched = watch(epoll, wake);
  if (watched) watched = watch(epoll, made);
  if (watched) watched = watch(epoll, listener);
  // From here on its end takes the socket away.
  auto door = std::make_unique<SocketDoor>(std::move(parts));
  if (!watched) return std::move(watched).error();
  try {
    door->start();
  } catch (const std::system_error& error) {
    return system_failure("start the door's thread", error.code().value());
  }
  return std::unique_ptr<Door>(std::move(door));
}

}  // namespace dcat
