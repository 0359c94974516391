// The server with real sockets on loopback: what strangers send, and how it ends.
#include "web/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <random>

#include "core/linux/descriptor.h"
#include "tests/support/catch.h"
#include "tests/web/scene.h"

namespace dcat::web {
namespace {

constexpr const char* kGet = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct Running {
  test::Scene scene;
  std::unique_ptr<Server> server;

  Running() {
    scene.tick();
    auto opened = Server::open(*parse_endpoint("127.0.0.1:0"), scene.publisher);
    if (!opened) FAIL(opened.error().to_string());
    server = std::move(*opened);
  }
  int port() const { return server->endpoint().port; }
  Descriptor connect() const {
    Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
  }
  // All of the answer; a server that says nothing for five seconds ends it.
  static std::string read_all(int fd) {
    std::string text;
    char buffer[65536];
    pollfd readable{fd, POLLIN, 0};
    while (::poll(&readable, 1, 5000) > 0) {
      const ssize_t size = ::recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }
  std::string ask(const std::string& bytes) const {
    const Descriptor fd = connect();
    (void)::send(fd.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(fd.fd(), SHUT_WR);
    return read_all(fd.fd());
  }
  void check_well() const { CHECK(ask(kGet).starts_with("HTTP/1.1 200 ")); }
};

TEST_CASE("it answers on the port that was free") {
  const Running r;
  CHECK(r.port() > 0);
  const std::string answer = r.ask(kGet);
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(answer.ends_with("\r\n\r\nok\n"));
  CHECK(answer.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
  CHECK(answer.find("Access-Control") == std::string::npos);
}

TEST_CASE("HEAD has the headers of GET and no body") {
  const Running r;
  const std::string head = r.ask("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(head.find("Content-Length: 3\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("a body is never waited for") {
  const Running r;
  const Descriptor fd = r.connect();
  const std::string bytes = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n";
  REQUIRE(::send(fd.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  CHECK(Running::read_all(fd.fd()).starts_with("HTTP/1.1 405 "));
}

TEST_CASE("what is no HTTP, too long or for somebody else is refused, and nothing of it comes back") {
  const Running r;
  const std::string long_word(100000, 'q');
  for (const std::string& bytes :
       std::vector<std::string>{"", "\r\n\r\n", std::string(1000, '\0'), "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                "\x16\x03\x01\x02\x00", "GET /" + long_word + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + long_word + "\r\n\r\n",
                                "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                                "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
                                "GET /<script>qqqq</script> HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                "GET /qqqq?<script> HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n"}) {
    CAPTURE(bytes.substr(0, 60));
    const std::string answer = r.ask(bytes);
    if (!bytes.starts_with("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer"))
      CHECK_FALSE(answer.starts_with("HTTP/1.1 200"));
    CHECK(answer.find("qqqq") == std::string::npos);
  }
  r.check_well();
}

TEST_CASE("bytes by chance do no harm") {
  const Running r;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    std::string bytes = i % 2 == 0 ? kGet : "";
    const std::size_t size = 1 + random() % 400;
    if (bytes.empty())
      for (std::size_t k = 0; k < size; ++k) bytes += static_cast<char>(random() & 0xff);
    else
      for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random() & 0xff);
    (void)r.ask(bytes);
  }
  r.check_well();
}

TEST_CASE("a hundred clients that say nothing, and a hundred that do not read, are nobody's trouble") {
  Running r;
  for (int i = 0; i < 300; ++i) r.scene.node.add("tenant-" + std::to_string(i), 1);
  r.scene.tick();
  std::vector<Descriptor> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(r.connect());
    const std::string ask = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (i % 2 == 1) REQUIRE(::send(clients.back().fd(), ask.data(), ask.size(), MSG_NOSIGNAL) > 0);
  }
  const auto begun = std::chrono::steady_clock::now();
  r.scene.ticks(3);  // the loop's side
  r.check_well();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(4));
}

TEST_CASE("a port that somebody has is told, with what to do") {
  const Running r;
  const auto second = Server::open(r.server->endpoint(), r.scene.publisher);
  REQUIRE_FALSE(second.ok());
  CHECK(exit_code(second.error().code) == 1);
  CHECK(second.error().to_string().starts_with("listen at 127.0.0.1:" + std::to_string(r.port()) +
                                               ": Address already in use; another program listens there"));
}

TEST_CASE("an address that is not this machine's is told") {
  test::Scene scene;
  const auto opened = Server::open(*parse_endpoint("192.0.2.1:0"), scene.publisher);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().to_string().find("take an address of this machine") != std::string::npos);
}

TEST_CASE("it ends while somebody is connected, and the port is free again") {
  test::Scene scene;
  Endpoint endpoint = *parse_endpoint("127.0.0.1:0");
  for (int i = 0; i < 3; ++i) {
    Running r;
    const Descriptor client = r.connect();
    endpoint = r.server->endpoint();
    r.server.reset();
    CHECK(Server::open(endpoint, scene.publisher).ok());
  }
}

}  // namespace
}  // namespace dcat::web
