#include "emulator/linux/control_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <list>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/linux/control_service.h"

namespace dcat::emulator {
namespace {

constexpr std::size_t kMostClients = 64;
constexpr int kBacklog = 16;

Error failure(const std::string& what, int number) {
  return {ErrorCode::failed, what, std::strerror(number), "", number};
}

// One client's bytes. While an answer is on its way no further request of it is taken.
struct Connection {
  int fd = -1;
  ControlService::Client client = 0;
  std::string in;
  std::string out;
  std::size_t sent = 0;  // of `out`
  bool last = false;     // ends once `out` is sent
};

// Nobody but us may connect: the mode stands before the socket has its name.
Result<int> listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Error{ErrorCode::bad_input, "make the socket " + path, "its path is empty or too long", "", ENAMETOOLONG};
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return failure("make a socket", errno);
  ::fchmod(fd, 0600);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 || ::chmod(path.c_str(), 0600) < 0 ||
      ::listen(fd, kBacklog) < 0) {
    const int number = errno;
    ::close(fd);
    return failure("listen on " + path, number);
  }
  return fd;
}

}  // namespace

class ControlServer::Impl {
 public:
  Impl(std::string path, int listener, int stop, Simulation& simulation, ResctrlTree& tree, std::mutex& lock)
      : path_(std::move(path)), listener_(listener), stop_(stop), service_(simulation, tree, lock) {
    // Signals are for the program's own threads.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([this] { serve(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~Impl() {
    const std::uint64_t one = 1;
    while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread_.join();
    for (const Connection& connection : connections_) ::close(connection.fd);
    ::unlink(path_.c_str());
    ::close(listener_);
    ::close(stop_);
  }

 private:
  void serve();
  void accept_client();
  bool exchange(Connection& connection, short events);  // false: it is over
  bool receive(Connection& connection);
  bool send_some(Connection& connection);
  void take_request(Connection& connection);

  std::string path_;
  int listener_;
  int stop_;
  ControlService service_;
  std::list<Connection> connections_;  // in the order of their coming
  ControlService::Client next_client_ = 0;
  std::thread thread_;
};

void ControlServer::Impl::serve() {
  std::vector<pollfd> fds;
  for (;;) {
    fds.assign({{stop_, POLLIN, 0}, {listener_, POLLIN, 0}});
    // Who is one too many waits in the backlog.
    if (connections_.size() >= kMostClients) fds[1].fd = -1;
    for (const Connection& c : connections_) fds.push_back({c.fd, c.out.empty() ? short{POLLIN} : short{POLLOUT}, 0});
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[0].revents != 0) return;
    std::size_t i = 2;
    for (auto c = connections_.begin(); c != connections_.end(); ++i) {
      if (fds[i].revents == 0 || exchange(*c, fds[i].revents)) {
        ++c;
        continue;
      }
      service_.forget(c->client);
      ::close(c->fd);
      c = connections_.erase(c);
    }
    if (fds[1].revents != 0) accept_client();
  }
}

void ControlServer::Impl::accept_client() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  Connection& connection = connections_.emplace_back();
  connection.fd = fd;
  connection.client = next_client_++;
}

bool ControlServer::Impl::exchange(Connection& connection, short events) {
  if ((events & POLLOUT) != 0) return send_some(connection);
  if ((events & POLLIN) == 0) return false;
  return receive(connection);
}

bool ControlServer::Impl::receive(Connection& connection) {
  char buffer[65536];
  const ssize_t size = ::recv(connection.fd, buffer, sizeof buffer, 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  connection.in.append(buffer, static_cast<std::size_t>(size));
  take_request(connection);
  return connection.out.empty() || send_some(connection);
}

void ControlServer::Impl::take_request(Connection& connection) {
  MessageHeader header;
  if (connection.in.size() < sizeof header) return;
  std::memcpy(&header, connection.in.data(), sizeof header);
  if (header.bytes > kMostRequestBytes) {
    MessageWriter out;
    out.error(
        {ErrorCode::bad_input, "ask the emulated node",
         "a request of " + std::to_string(header.bytes) + " bytes, want at most " + std::to_string(kMostRequestBytes),
         "", 0});
    connection.out = out.finish(static_cast<Operation>(header.operation), 1);
    connection.last = true;
    return;
  }
  const std::size_t size = sizeof header + header.bytes;
  if (connection.in.size() < size) return;
  const std::string_view arguments = std::string_view(connection.in).substr(sizeof header, header.bytes);
  ControlService::Reply reply = service_.answer(connection.client, header, arguments);
  connection.in.erase(0, size);
  connection.out = std::move(reply.message);
  connection.last = reply.last;
}

bool ControlServer::Impl::send_some(Connection& connection) {
  while (!connection.out.empty()) {
    const ssize_t size = ::send(connection.fd, connection.out.data() + connection.sent,
                                connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    connection.sent += static_cast<std::size_t>(size);
    if (connection.sent < connection.out.size()) continue;
    if (connection.last) return false;
    connection.out.clear();
    connection.sent = 0;
    // It may have asked again before it was answered.
    take_request(connection);
  }
  return true;
}

Result<std::unique_ptr<ControlServer>> ControlServer::start(std::string socket_path, Simulation& simulation,
                                                            ResctrlTree& tree, std::mutex& lock) {
  Result<int> listener = listen_at(socket_path);
  if (!listener) return std::move(listener).error();
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  if (stop < 0) {
    const int number = errno;
    ::close(*listener);
    ::unlink(socket_path.c_str());
    return failure("make an event", number);
  }
  auto impl = std::make_unique<Impl>(std::move(socket_path), *listener, stop, simulation, tree, lock);
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlServer::~ControlServer() = default;

}  // namespace dcat::emulator
