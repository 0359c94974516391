#include "hooks/ask.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/linux/descriptor.h"

namespace dcat {
namespace {

using Clock = std::chrono::steady_clock;

// Why it gave up, and what to do; `number` is an errno, or EPIPE for an end without an answer.
Error give_up(const std::string& path, int number, Duration within) {
  Error error{ErrorCode::failed, "ask the daemon at " + path, std::strerror(number), "", number};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(within).count();
  switch (number) {
    case ENOENT:
      error.why = "there is no such socket";
      error.todo = "start the daemon (dcat run), or name its socket";
      break;
    case ECONNREFUSED:
      error.why = "nobody listens there";
      error.todo = "start the daemon (dcat run)";
      break;
    case EACCES:
    case EPERM: error.todo = "be root, or a member of the socket's group to ask for the status"; break;
    case ETIMEDOUT:
      error.why = "no answer within " + std::to_string(ms) + " ms";
      error.todo = "see whether the daemon runs and is not stopped";
      break;
    case EPIPE:
      error.why = "it ended the connection without an answer";
      error.todo = "see what the daemon says in its log";
      break;
    default: break;
  }
  return error;
}

// Calls answer 0 or the errno they failed with.
class Conversation {
 public:
  explicit Conversation(Clock::time_point deadline) : deadline_(deadline) {}

  int connect_to(const std::string& path);
  int send_all(std::string_view bytes);
  // The answer's line without its newline.
  int read_line(std::string& line);

 private:
  int wait_for(short events);

  Clock::time_point deadline_;
  Descriptor socket_;
};

int Conversation::connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  path.copy(address.sun_path, path.size());
  socket_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket_.open()) return errno;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return ETIMEDOUT;
    // A daemon that accepts nobody has a full queue, and poll(2) does not tell when it moves; the kernel's own waiting
    // does (unix(7): SO_SNDTIMEO holds for connect too).
    const timeval patience{static_cast<time_t>(left / 1'000'000), static_cast<suseconds_t>(left % 1'000'000)};
    if (::setsockopt(socket_.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0) return errno;
    if (::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
    if (errno == EAGAIN) return ETIMEDOUT;
    if (errno != EINTR) return errno;
  }
}

int Conversation::wait_for(short events) {
  for (;;) {
    const Duration left = deadline_ - Clock::now();
    if (left <= Duration::zero()) return ETIMEDOUT;
    pollfd fd{socket_.fd(), events, 0};
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec patience{static_cast<time_t>(whole.count()), static_cast<long>((left - whole).count())};
    const int ready = ::ppoll(&fd, 1, &patience, nullptr);
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return errno;
  }
}

int Conversation::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (const int failed = wait_for(POLLOUT); failed != 0) return failed;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

int Conversation::read_line(std::string& line) {
  std::array<char, 65536> part;
  for (;;) {
    // Before reading: an answer that comes in drops must not outlast the deadline.
    if (const int failed = wait_for(POLLIN); failed != 0) return failed;
    const ssize_t got = ::recv(socket_.fd(), part.data(), part.size(), MSG_DONTWAIT);
    if (got == 0) return EPIPE;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return errno == ECONNRESET ? EPIPE : errno;
    const std::string_view text(part.data(), static_cast<std::size_t>(got));
    const std::size_t end = text.find('\n');
    line += text.substr(0, end);
    if (line.size() > kMostAnswer) return EMSGSIZE;
    if (end != std::string_view::npos) return 0;
  }
}

}  // namespace

Result<std::string> ask_daemon(const std::string& path, const Ask& ask, Duration within) {
  const Clock::time_point deadline = Clock::now() + within;
  if (const auto* told = std::get_if<Announcement>(&ask); told != nullptr && told->id.empty())
    return Error{ErrorCode::bad_input, "ask the daemon at " + path, "the announcement has no id",
                 "nobody is announced: the scan finds who it is"};
  const std::string line = format_ask(ask);
  if (line.size() > kMostLine)
    return Error{ErrorCode::bad_input, "ask the daemon at " + path,
                 "the ask has " + std::to_string(line.size()) + " bytes, want at most " + std::to_string(kMostLine),
                 "say less in the annotations"};
  Conversation conversation(deadline);
  if (const int failed = conversation.connect_to(path); failed != 0) return give_up(path, failed, within);
  const int unsent = conversation.send_all(line + '\n');
  // Who is sent away is told why, before it is done speaking: that answer waits to be read.
  const bool ended = unsent == EPIPE || unsent == ECONNRESET;
  if (unsent != 0 && !ended) return give_up(path, unsent, within);
  std::string answer;
  if (const int failed = conversation.read_line(answer); failed != 0) return give_up(path, failed, within);
  return parse_answer(answer);
}

}  // namespace dcat
