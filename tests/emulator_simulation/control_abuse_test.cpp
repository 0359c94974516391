// What comes over the control plane's socket harms neither the server nor its other clients, nor a client.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "emulator/linux/control_messages.h"
#include "tests/emulator_simulation/plane.h"

namespace dcat::emulator::test {
namespace {

// A client of no manners.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }
  void send(const std::string& bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t sent = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
  }
  void close_writing() const { ::shutdown(fd_, SHUT_WR); }
  // All until the server closes.
  std::string hear_out() const {
    std::string all;
    char buffer[4096];
    for (ssize_t size; (size = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;)
      all.append(buffer, static_cast<std::size_t>(size));
    return all;
  }

 private:
  int fd_;
};

std::string request(Operation operation, const std::string& arguments) {
  MessageHeader header{static_cast<std::uint32_t>(arguments.size()), static_cast<std::uint16_t>(operation), 0};
  std::string message(sizeof header, '\0');
  std::memcpy(message.data(), &header, sizeof header);
  return message + arguments;
}

// The refusal in an answer; "" where it is none.
std::string refusal(const std::string& answer) {
  MessageHeader header;
  if (answer.size() < sizeof header) return "";
  std::memcpy(&header, answer.data(), sizeof header);
  if (header.status != 1 || answer.size() != sizeof header + header.bytes) return "";
  MessageReader reader(std::string_view(answer).substr(sizeof header));
  const Error error = reader.error();
  return reader.at_end() ? error.to_string() : "";
}

TEST_CASE("A request that is none is answered with an error and the end of the connection") {
  struct Case {
    std::string bytes, answer;
  };
  MessageWriter unsorted;
  unsorted.number(std::uint32_t{2});
  unsorted.text("b");
  unsorted.text("a");
  const std::string malformed = "ask the emulated node: the arguments of operation ";
  const std::vector<Case> cases{
      {request(static_cast<Operation>(0), ""), "ask the emulated node: there is no operation 0"},
      {request(static_cast<Operation>(9), "xyz"), "ask the emulated node: there is no operation 9"},
      {request(Operation::now, "x"), malformed + "2 are malformed"},
      {request(Operation::advance_to, "1234567"), malformed + "3 are malformed"},
      {request(Operation::advance_to, "123456789"), malformed + "3 are malformed"},
      {request(Operation::watch, std::string(4, '\xff')), malformed + "4 are malformed"},
      {request(Operation::read, "1"), malformed + "5 are malformed"},
      {request(Operation::cgroup_of, std::string(4, '\x7f')), malformed + "8 are malformed"},
      {request(Operation::hello, std::string("\x63\0\0\0", 4)),
       "ask the emulated node: it speaks version 1, the client 99"},
      {std::string("\x01\0\x10\0\x04\0\0\0", 8),
       "ask the emulated node: a request of 1048577 bytes, want at most 1048576"},
  };
  Plane plane(three());
  for (const Case& c : cases) {
    INFO(c.answer);
    const RawClient client(plane.socket());
    client.send(c.bytes);
    CHECK(refusal(client.hear_out()) == c.answer);
  }
  const RawClient client(plane.socket());
  client.send(request(Operation::watch, unsorted.finish(Operation::watch, 0).substr(sizeof(MessageHeader))) +
              request(Operation::now, ""));
  client.close_writing();
  // Refused, and yet a request: the next one is answered.
  CHECK(client.hear_out().size() > 2 * sizeof(MessageHeader) + 8);
  CHECK(plane.connect()->health());
}

TEST_CASE("Requests come in pieces, several at once, or stop in the middle, and each whole one is answered") {
  Plane plane(three());
  const std::string now = request(Operation::now, "");
  const RawClient slow(plane.socket());
  for (const char byte : now) slow.send(std::string(1, byte));
  slow.send(now + now + now.substr(0, 5));
  slow.close_writing();
  CHECK(slow.hear_out().size() == 3 * (sizeof(MessageHeader) + 8));
  CHECK(plane.connect()->health());
}

TEST_CASE("A client that asks and asks and never listens keeps nobody else waiting") {
  Plane plane(three());
  const RawClient deaf(plane.socket());
  // As many answers as no socket holds.
  std::string many;
  for (int i = 0; i < 4000; ++i) many += request(Operation::truth, "");
  deaf.send(many);
  const auto node = plane.connect();
  node->clock().sleep_until(at(1s));
  CHECK(node->clock().now() == at(1s));
}

TEST_CASE("No bytes that come over the socket harm the server") {
  Plane plane(three());
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    const RawClient client(plane.socket());
    std::string bytes;
    for (int i = 0; i < 4; ++i) {
      std::string arguments(random() % 40, '\0');
      for (char& c : arguments) c = static_cast<char>(random() % 4 == 0 ? random() : 0);
      std::string message = request(static_cast<Operation>(random() % 10), arguments);
      if (random() % 4 == 0) message[random() % message.size()] = static_cast<char>(random());
      bytes += message;
    }
    client.send(bytes);
    if (random() % 2 == 0) {
      client.close_writing();
      (void)client.hear_out();
    }
  }
  const auto node = plane.connect();
  CHECK(node->containers().list()->size() <= 3);
  CHECK(node->health());
}

TEST_CASE("What answers as no control plane does is no emulated node") {
  dcat::test::TempTree directory;
  const std::string path = directory.root() + "/control";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  const std::vector<std::string> answers{"",
                                         "abc",
                                         request(Operation::hello, ""),
                                         request(Operation::now, "12345678"),
                                         request(Operation::hello, std::string(30, '\x7f')),
                                         std::string("\xff\xff\xff\xff\x01\0\0\0", 8)};
  for (const std::string& answer : answers) {
    std::thread other([&] {
      const int fd = ::accept(listener, nullptr, nullptr);
      char buffer[64];
      if (::recv(fd, buffer, sizeof buffer, 0) > 0) (void)::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(fd);
    });
    CHECK_FALSE(EmulatedNode::connect(path, {}, kGoOn));
    other.join();
  }
  ::close(listener);
}

}  // namespace
}  // namespace dcat::emulator::test
