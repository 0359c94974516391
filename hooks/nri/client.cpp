#include "hooks/nri/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "core/linux/descriptor.h"
#include "hooks/no_capabilities.h"
#include "hooks/nri/backoff.h"

namespace dcat {

namespace {

using Clock = std::chrono::steady_clock;
using Stage = NriSession::Stage;

constexpr std::size_t kReadBytes = 64 << 10;
// Our answers are of some ten bytes: who lets this many wait does not read at all.
constexpr std::size_t kMostUnsent = 1 << 20;

constexpr int kPartOfTimeout = 10;  // of the runtime's patience, that a start may be held

TimePoint now() {
  return TimePoint(Clock::now().time_since_epoch());
}

Error system_error(std::string what, int number) {
  return {ErrorCode::failed, std::move(what), std::generic_category().message(number), "", number};
}

Result<Descriptor> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{ErrorCode::bad_input, "NRI: connect to " + path, "the path of a socket has at most 107 bytes", ""};
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.open()) return system_error("NRI: open a socket", errno);
  // Of a Unix socket at once or not at all: EAGAIN is a full queue.
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_error("NRI: connect to " + path, errno);
  return socket;
}

class RunningClient final : public NriClient {
 public:
  RunningClient(NriClientOptions options, NriCallbacks callbacks, Descriptor end, Descriptor let_in)
      : options_(std::move(options)),
        callbacks_(std::move(callbacks)),
        end_(std::move(end)),
        let_in_fd_(std::move(let_in)),
        session_(options_.session),
        backoff_(options_.first_wait, options_.most_wait, options_.seed),
        held_(options_.most_held) {}
  ~RunningClient() override {
    const std::uint64_t one = 1;
    while (::write(end_.fd(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    if (thread_.joinable()) thread_.join();
  }
  void begin() {
    thread_ = std::thread([this] { run(); });
  }
  bool linked() const override { return linked_; }
  void settled(std::uint64_t count) override {
    if (let_in_.exchange(count) != count) ::eventfd_write(let_in_fd_.fd(), 1);
  }

 private:
  enum class Wake { ended, timeout, ready };

  void run() {
    // Signals are for the control loop.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    keep_no_capabilities();
    for (;;) {
      const Status why = connection();
      if (ended_) return;
      set_linked(false);
      if (!why.ok()) note_failure(why.error());
      if (wait(-1, 0, Clock::now() + backoff_.next()) == Wake::ended) return;
    }
  }

  // One connection from its beginning to its end. ok: the runtime said good-bye, or the daemon ends.
  Status connection() {
    Result<Descriptor> socket = connect_to(options_.path);
    if (!socket) return std::move(socket).error();
    unsent_.clear();
    const Status why = serve(socket->fd());
    held_.clear(now());
    session_.stop();
    return why;
  }

  Status serve(int socket) {
    NriNews news = session_.start();
    Clock::time_point since = Clock::now();
    for (;;) {
      const bool ended = news.ended;
      const Status status = take(std::move(news), socket);
      if (!status.ok() || ended) return status;
      const Stage stage = session_.stage();
      if (stage == Stage::running && !linked_) {
        backoff_.reset();
        set_linked(true);
      }
      const short events = static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
      const std::optional<Clock::time_point> deadline = deadline_of(stage, since);
      switch (wait(socket, events, sooner(deadline, held_.due()))) {
        case Wake::ended: return answer_all(socket);
        case Wake::timeout:
          if (const auto due = held_.due(); !due || *due > now()) return late();
          break;
        case Wake::ready: break;
      }
      const Result<std::string> bytes = read_some(socket);
      if (!bytes) return bytes.error();
      news = session_.feed(*bytes);
      // A great Synchronize may take its time as long as it goes on; registering has one deadline for all.
      if (session_.stage() != stage || (stage == Stage::synchronizing && !bytes->empty())) since = Clock::now();
    }
  }

  // Nobody lets anybody in any more.
  Status answer_all(int socket) {
    unsent_ += held_.take(std::numeric_limits<std::uint64_t>::max(), now()).bytes;
    return send_some(socket);
  }

  static std::optional<Clock::time_point> sooner(std::optional<Clock::time_point> deadline,
                                                 std::optional<TimePoint> due) {
    if (!due) return deadline;
    const Clock::time_point at(due->time_since_epoch());
    return deadline ? std::min(*deadline, at) : at;
  }

  std::optional<Clock::time_point> deadline_of(Stage stage, Clock::time_point since) const {
    switch (stage) {
      case Stage::registering:
      case Stage::configuring: return since + options_.registration_deadline;
      case Stage::synchronizing: return since + options_.synchronize_deadline;
      case Stage::running:  // a quiet node says nothing for hours
      case Stage::closed: break;
    }
    return std::nullopt;
  }

  Error late() const {
    const bool registered = session_.stage() == Stage::synchronizing;
    return {ErrorCode::failed, "NRI: wait for " + options_.path,
            std::string("the runtime does not ") + (registered ? "synchronize" : "answer") + " in time", ""};
  }

  // Sends, then hands on: the runtime waits for the answer, and nobody for the news. Only a start's answer waits.
  Status take(NriNews news, int socket) {
    handed_on_ += news.announcements.size();
    bool late = false;
    if (!news.held.empty() && (news.ended || !news.status.ok() || !held_.hold(news.held, handed_on_, hold(), now()))) {
      news.bytes += news.held;
      late = options_.hold.count() > 0;
    }
    HeldAnswers::Taken taken = held_.take(let_in_, now());
    unsent_ += news.bytes + taken.bytes;
    Status status = send_some(socket);
    note_late(late || taken.late, taken.let_in);
    for (const std::string& note : news.notes)
      if (callbacks_.noted) callbacks_.noted(note);
    if (!news.announcements.empty() && callbacks_.announced) callbacks_.announced(std::move(news.announcements));
    if (!news.status.ok()) return std::move(news.status);
    if (status.ok() && unsent_.size() > kMostUnsent)
      return Error{ErrorCode::failed, "NRI: write to " + options_.path, "the runtime does not read", ""};
    return status;
  }

  Duration hold() const {
    const std::chrono::milliseconds patience(session_.request_timeout_ms() / kPartOfTimeout);
    return patience.count() > 0 ? std::min(options_.hold, patience) : options_.hold;
  }

  Status send_some(int socket) {
    while (!unsent_.empty()) {
      const ssize_t sent = ::send(socket, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent >= 0)
        unsent_.erase(0, static_cast<std::size_t>(sent));
      else if (errno == EAGAIN)
        return {};
      else if (errno != EINTR)
        return system_error("NRI: write to " + options_.path, errno);
    }
    return {};
  }

  // Nothing: nothing is there now.
  Result<std::string> read_some(int socket) const {
    std::array<char, kReadBytes> buffer;
    for (;;) {
      const ssize_t size = ::read(socket, buffer.data(), buffer.size());
      if (size > 0) return std::string(buffer.data(), static_cast<std::size_t>(size));
      if (size == 0)
        return Error{ErrorCode::failed, "NRI: read from " + options_.path, "the runtime closed the connection", ""};
      if (errno == EAGAIN) return std::string();
      if (errno != EINTR) return system_error("NRI: read from " + options_.path, errno);
    }
  }

  // `socket` -1: only for the deadline. No deadline: for ever.
  Wake wait(int socket, short events, std::optional<Clock::time_point> deadline) {
    // Between two connections nobody's start waits.
    std::array<pollfd, 3> fds{
        {{end_.fd(), POLLIN, 0}, {socket, events, 0}, {socket < 0 ? -1 : let_in_fd_.fd(), POLLIN, 0}}};
    for (;;) {
      int left = -1;
      if (deadline) {
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
        if (ms <= 0) return Wake::timeout;
        left = static_cast<int>(std::min<std::int64_t>(ms, std::numeric_limits<int>::max()));
      }
      const int ready = ::poll(fds.data(), fds.size(), left);
      if (ready < 0 && errno != EINTR) return Wake::timeout;
      if (ready <= 0) continue;
      if (fds[0].revents != 0) {
        ended_ = true;
        return Wake::ended;
      }
      eventfd_t times = 0;
      if (fds[2].revents != 0) ::eventfd_read(let_in_fd_.fd(), &times);
      return Wake::ready;
    }
  }

  void set_linked(bool linked) {
    if (linked_.exchange(linked) == linked) return;
    last_failure_.clear();
    if (callbacks_.linked) callbacks_.linked(linked);
  }

  // Told when it begins.
  void note_late(bool late, bool let_in) {
    if (late && !was_late_ && callbacks_.noted)
      callbacks_.noted("NRI: a container starts before it was let in: the control loop needs longer than " +
                       std::to_string(hold().count() / 1'000'000) + " ms; it is let in as soon as it can be");
    if (late || let_in) was_late_ = late;
  }

  // A node without NRI would fill its log: the same failure is told when it is new, and again after a link.
  void note_failure(const Error& error) {
    const std::string text = error.to_string();
    if (text == last_failure_) return;
    last_failure_ = text;
    if (callbacks_.noted) callbacks_.noted(text + "; trying again");
  }

  const NriClientOptions options_;
  const NriCallbacks callbacks_;
  const Descriptor end_;        // readable: the daemon ends
  const Descriptor let_in_fd_;  // readable: let_in_ is greater
  std::atomic<std::uint64_t> let_in_ = 0;
  NriSession session_;
  Backoff backoff_;
  HeldAnswers held_;
  std::uint64_t handed_on_ = 0;  // announcements, ever
  std::string unsent_;
  std::string last_failure_;
  bool was_late_ = false;
  bool ended_ = false;
  std::atomic<bool> linked_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<NriClient>> NriClient::start(NriClientOptions options, NriCallbacks callbacks) {
  Descriptor end(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Descriptor let_in(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!end.open() || !let_in.open()) return system_error("NRI: make an event", errno);
  auto client =
      std::make_unique<RunningClient>(std::move(options), std::move(callbacks), std::move(end), std::move(let_in));
  try {
    client->begin();
  } catch (const std::system_error& error) {  // the library has no other way to say it
    return system_error("NRI: start a thread", error.code().value());
  }
  return std::unique_ptr<NriClient>(std::move(client));
}

}  // namespace dcat
