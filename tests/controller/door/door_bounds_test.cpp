// What no client can make of the door: slow for others, large, or a leak.
#include <chrono>

#include "controller/door/door.h"
#include "tests/controller/door/clients.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using test::arrival;
using test::arrival_line;
using test::kAskStatus;
using test::kPatience;
using test::OpenDoor;
using test::RawClient;

const std::string kDone = R"({"dcat":1,"ok":{}})";

std::string repeat(const std::string& line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += line;
  return text;
}

std::string status_of(std::size_t bytes) {
  return "{\"x\":\"" + std::string(bytes, 'x') + "\"}";
}

TEST_CASE("a line of the most bytes is taken and one more byte ends the connection with the reason") {
  const OpenDoor at;
  at.door->publish([] { return std::string("{}"); });
  const std::string ask = kAskStatus.substr(0, kAskStatus.size() - 1);
  RawClient most(at.path);
  REQUIRE(most.say(ask + std::string(kMostLine - ask.size(), ' ') + "\n" + kAskStatus));
  CHECK(most.hear() == kDone);
  CHECK(most.hear() == kDone);
  for (const bool with_newline : {false, true}) {
    RawClient more(at.path);
    REQUIRE(more.say(ask + std::string(kMostLine + 1 - ask.size(), ' ') + (with_newline ? "\n" : "")));
    const Result<std::string> answer = parse_answer(more.hear());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::bad_input);
    CHECK(answer.error().why == "a line has more than 65536 bytes");
    CHECK(more.ended());
  }
}

TEST_CASE("a line of a mebibyte is refused before it is there") {
  const OpenDoor at;
  RawClient client(at.path);
  client.say(std::string(1 << 20, 'a'));
  CHECK_FALSE(parse_answer(client.hear()));
  CHECK(client.ended());
  CHECK_FALSE(client.say("a"));
  CHECK(ask_daemon(at.path, arrival("after"), kPatience));
}

TEST_CASE("of two hundred clients that say nothing the longest idle ones go and who asks is answered") {
  const OpenDoor at;
  at.door->publish([] { return std::string("{}"); });
  std::vector<RawClient> silent;
  for (int i = 0; i < 200; ++i) {
    silent.emplace_back(at.path);
    REQUIRE(silent.back().connected());
  }
  REQUIRE(ask_daemon(at.path, AskStatus{}, kPatience));
  // 201 came, 128 may be there: the first 73 went.
  for (std::size_t i = 0; i < silent.size(); ++i) {
    INFO(i);
    REQUIRE(silent[i].has_heard() == (i < 73));
  }
  const Result<std::string> farewell = parse_answer(silent.front().hear());
  REQUIRE_FALSE(farewell);
  CHECK(farewell.error().why == "128 others are connected, and this one was idle");
  CHECK(silent.front().ended());
  REQUIRE(silent.back().say(kAskStatus));
  CHECK(silent.back().hear() == kDone);
}

TEST_CASE("who has asked is not idle and half lines are no asks") {
  const OpenDoor at;
  at.door->publish([] { return std::string("{}"); });
  std::vector<RawClient> there;
  for (int i = 0; i < Door::kMostClients; ++i) there.emplace_back(at.path);
  // Nobody is in the queue any more once the last one is answered.
  for (RawClient* client : {&there.back(), &there.front()}) {
    REQUIRE(client->say(kAskStatus));
    REQUIRE(client->hear() == kDone);
  }
  REQUIRE(there[1].say("{"));
  RawClient another(at.path);
  REQUIRE(another.say(kAskStatus));
  REQUIRE(another.hear() == kDone);
  CHECK_FALSE(there[0].has_heard());
  CHECK(there[1].ended());
  CHECK_FALSE(there[2].has_heard());
}

TEST_CASE("beside a client that does not read a thousand asks are answered and then it gets its own") {
  const OpenDoor at;
  const std::string large = status_of(200'000);
  at.door->publish([large] { return large; });
  RawClient deaf(at.path);
  REQUIRE(deaf.say(repeat(kAskStatus, 5)));
  // The answer is the one published then, though it is sent later; a socket's buffer holds less than five.
  REQUIRE(test::is_readable(deaf.fd(), test::kPatienceMs));
  REQUIRE(ask_daemon(at.path, arrival("x"), kPatience));
  at.door->publish([] { return std::string("{}"); });
  for (int i = 0; i < 1000; ++i) REQUIRE(ask_daemon(at.path, AskStatus{}, 1s));
  for (int i = 0; i < 5; ++i) REQUIRE(deaf.hear() == format_ok(large));
}

TEST_CASE("a client that asks and does not read is let go when a mebibyte waits for it") {
  const OpenDoor at;
  const std::string large = status_of(200'000);
  at.door->publish([large] { return large; });
  RawClient deaf(at.path);
  REQUIRE(deaf.say(repeat(kAskStatus, 100)));
  // Its end comes without its reading anything.
  pollfd end{deaf.fd(), POLLRDHUP, 0};
  REQUIRE(::poll(&end, 1, test::kPatienceMs) == 1);
  int answers = 0;
  while (deaf.hear() == format_ok(large)) ++answers;
  CHECK(answers < 20);
  CHECK(deaf.ended());
}

TEST_CASE("after a thousand asks a client waits for its next second and nobody else does") {
  const OpenDoor at;
  at.door->publish([] { return std::string("{}"); });
  const auto start = std::chrono::steady_clock::now();
  RawClient eager(at.path);
  REQUIRE(eager.say(repeat(kAskStatus, Door::kMostAsks + 1)));
  for (int i = 0; i < Door::kMostAsks; ++i) REQUIRE(eager.hear() == kDone);
  REQUIRE(ask_daemon(at.path, AskStatus{}, kPatience));
  CHECK(eager.hear() == kDone);
  CHECK(std::chrono::steady_clock::now() - start >= 1s);
}

TEST_CASE("what waits for its next second counts though its client has gone and nothing spins meanwhile") {
  const OpenDoor at;
  const double before = test::cpu_seconds();
  {
    RawClient client(at.path);
    std::string text;
    for (int i = 0; i < Door::kMostAsks + 10; ++i) text += arrival_line(std::to_string(i));
    REQUIRE(client.say(text));
  }
  const std::vector<Announcement> all = at.take(Door::kMostAsks + 10);
  REQUIRE(all.size() == Door::kMostAsks + 10);
  for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(all[i].id == std::to_string(i));
  CHECK(test::cpu_seconds() - before < 0.7);  // of more than a second
}

TEST_CASE("more announcements than the loop takes are refused and told until it takes some") {
  const OpenDoor at;
  std::size_t said = 0;
  while (said < Door::kMostWaiting) {
    RawClient client(at.path);
    for (int i = 0; i < 900 && said < Door::kMostWaiting; ++i, ++said) {
      REQUIRE(client.say(arrival_line(std::to_string(said))));
      REQUIRE(client.hear() == kDone);
    }
  }
  const Result<std::string> refused = ask_daemon(at.path, arrival("late"), kPatience);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "announce late");
  CHECK(refused.error().why == "4096 announcements wait already");
  const std::vector<Announcement> all = at.door->take();
  REQUIRE(all.size() == Door::kMostWaiting);
  CHECK(all.back().id == "4095");
  REQUIRE(ask_daemon(at.path, arrival("late"), kPatience));
  CHECK(at.door->take() == std::vector{arrival("late")});
}

TEST_CASE("without a descriptor to be had clients wait and are served when there is one again") {
  const OpenDoor at;
  at.door->publish([] { return std::string("{}"); });
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  RawClient waiting;  // has its descriptor already
  const int next = [] { return Descriptor(::dup(STDIN_FILENO)).fd(); }();
  const rlimit tight{static_cast<rlim_t>(next), limit.rlim_max};
  const double before = test::cpu_seconds();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  waiting.connect_to(at.path);
  REQUIRE(waiting.connected());
  REQUIRE(waiting.say(kAskStatus));
  const bool served = test::is_readable(waiting.fd(), 300);
  const double spent = test::cpu_seconds() - before;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK_FALSE(served);
  CHECK(spent < 0.15);  // of 0.3 seconds
  CHECK(waiting.hear() == kDone);
}

TEST_CASE("no descriptor stays behind with the clients nor with the door") {
  const std::size_t before = test::count_descriptors();
  {
    const OpenDoor at;
    at.door->publish([] { return status_of(300'000); });
    const std::size_t open = test::count_descriptors();
    for (int round = 0; round < 3; ++round) {
      std::vector<RawClient> clients;
      for (int i = 0; i < 150; ++i) clients.emplace_back(at.path);
      for (RawClient& client : clients) client.say(repeat(kAskStatus, 3));
      clients.back().say(std::string(100'000, 'a'));
      clients[100].say("half");
    }
    CHECK(test::becomes([&] { return test::count_descriptors() == open; }));
    RawClient stays(at.path);
    REQUIRE(stays.connected());
  }
  CHECK(test::count_descriptors() == before);
}

}  // namespace
}  // namespace dcat
