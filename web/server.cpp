#include "web/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "core/linux/descriptor.h"
#include "hooks/no_capabilities.h"

namespace dcat::web {

namespace {

using Body = std::shared_ptr<const std::string>;

// Beside the control loop's 0: who asks much slows down whoever else asks.
constexpr int kNice = 10;
constexpr std::size_t kBlock = 16 * 1024;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress address_of(const Endpoint& e) {
  SocketAddress out;
  if (e.v6) {
    auto* six = reinterpret_cast<sockaddr_in6*>(&out.storage);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(e.port));
    ::inet_pton(AF_INET6, e.address.c_str(), &six->sin6_addr);
    out.size = sizeof *six;
  } else {
    auto* four = reinterpret_cast<sockaddr_in*>(&out.storage);
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(e.port));
    ::inet_pton(AF_INET, e.address.c_str(), &four->sin_addr);
    out.size = sizeof *four;
  }
  return out;
}

Error failure(const Endpoint& e, int number) {
  std::string todo;
  if (number == EADDRINUSE) todo = "another program listens there (ss -ltnp tells which): end it, or take another port";
  if (number == EADDRNOTAVAIL) todo = "take an address of this machine, as ip address lists them";
  if (number == EACCES) todo = "ports below 1024 need CAP_NET_BIND_SERVICE: take another one";
  return {ErrorCode::failed, "listen at " + format_endpoint(e), std::strerror(number), todo, number};
}

Result<Descriptor> bind_socket(const Endpoint& e) {
  Descriptor socket(::socket(e.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.open()) return failure(e, errno);
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (e.v6) ::setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  SocketAddress address = address_of(e);
  if (::bind(socket.fd(), address.get(), address.size) != 0 || ::listen(socket.fd(), SOMAXCONN) != 0)
    return failure(e, errno);
  return socket;
}

int port_of(int fd) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getsockname(fd, address.get(), &address.size) != 0) return 0;
  return ntohs(address.storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

Duration steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

// ---- libmicrohttpd's callbacks

ssize_t read_body(void* state, std::uint64_t at, char* out, std::size_t most) {
  const std::string& text = **static_cast<Body*>(state);
  if (at >= text.size()) return MHD_CONTENT_READER_END_OF_STREAM;
  const std::size_t size = std::min(most, text.size() - static_cast<std::size_t>(at));
  std::memcpy(out, text.data() + at, size);
  return static_cast<ssize_t>(size);
}

void free_body(void* state) {
  delete static_cast<Body*>(state);
}

MHD_Result collect_host(void* out, MHD_ValueKind, const char* key, const char* value) {
  if (::strcasecmp(key, "Host") == 0)
    static_cast<std::vector<std::string>*>(out)->emplace_back(value != nullptr ? value : "");
  return MHD_YES;
}

MHD_Result send(MHD_Connection* connection, const Answer& answer) {
  auto* body = new Body(answer.body);
  MHD_Response* const response =
      MHD_create_response_from_callback(answer.body->size(), kBlock, read_body, body, free_body);
  if (response == nullptr) {
    delete body;
    return MHD_NO;
  }
  MHD_add_response_header(response, "Content-Type", answer.type.c_str());
  for (const auto& [name, value] : security_headers()) MHD_add_response_header(response, name.c_str(), value.c_str());
  if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED) MHD_add_response_header(response, "Allow", "GET, HEAD");
  const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return queued;
}

// The headers are there; what may follow of the request is never read.
MHD_Result handle(void* state, MHD_Connection* connection, const char* url, const char* method, const char*,
                  const char*, std::size_t*, void**) {
  Request request{method, url, {}};
  MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_host, &request.hosts);
  return send(connection, static_cast<Site*>(state)->answer(request, steady_now()));
}

// What is wrong with a client's bytes is the client's business.
void no_log(void*, const char*, va_list) {}

class HttpServer : public Server {
 public:
  HttpServer(Endpoint endpoint, Descriptor socket, const Publisher& publisher)
      : endpoint_(std::move(endpoint)), socket_(std::move(socket)), site_(publisher, endpoint_.loopback) {
    endpoint_.port = port_of(socket_.fd());
  }
  ~HttpServer() override {
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }
  Endpoint endpoint() const override { return endpoint_; }

  // libmicrohttpd's thread inherits from who starts it: no capability, no signal, a lower priority.
  Status start() {
    std::thread starter([this] {
      keep_no_capabilities();
      ::setpriority(PRIO_PROCESS, 0, kNice);  // of this thread alone; failing, it is as before
      sigset_t all;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
      start_daemon();
    });
    starter.join();
    if (daemon_ == nullptr) return failure(endpoint_, errno_ != 0 ? errno_ : ENOMEM);
    socket_.release();  // libmicrohttpd closes it
    return {};
  }

 private:
  void start_daemon() {
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
    flags |= MHD_USE_ERROR_LOG;
    if (endpoint_.v6) flags |= MHD_USE_IPv6;
    errno = 0;
    daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, handle, &site_,                 //
                               MHD_OPTION_EXTERNAL_LOGGER, no_log, nullptr,                //
                               MHD_OPTION_LISTEN_SOCKET, socket_.fd(),                     //
                               MHD_OPTION_CONNECTION_LIMIT, kMostConnections,              //
                               MHD_OPTION_CONNECTION_TIMEOUT, kPatienceSeconds,            //
                               MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * kMostRequestBytes,  //
                               MHD_OPTION_END);
    errno_ = errno;
  }

  Endpoint endpoint_;
  Descriptor socket_;
  Site site_;
  MHD_Daemon* daemon_ = nullptr;
  int errno_ = 0;  // of a start that failed
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(const Endpoint& endpoint, const Publisher& publisher) {
  Result<Descriptor> socket = bind_socket(endpoint);
  if (!socket) return std::move(socket).error();
  auto server = std::make_unique<HttpServer>(endpoint, std::move(socket).value(), publisher);
  try {
    if (Status started = server->start(); !started) return std::move(started).error();
  } catch (const std::system_error& error) {  // no thread to be had
    return failure(endpoint, error.code().value());
  }
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace dcat::web
