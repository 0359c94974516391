#include <algorithm>

#include "hooks/nri/backoff.h"
#include "hooks/nri/session.h"
#include "tests/hooks/nri/session_steps.h"
#include "tests/support/property.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

std::string random_bytes(int most) {
  std::string bytes(static_cast<std::size_t>(pick(most + 1)), '\0');
  for (char& byte : bytes) byte = static_cast<char>(pick(256));
  return bytes;
}

// A whole conversation, from the runtime's side.
std::string conversation() {
  FakeRuntime runtime;
  const api::PodSandbox pod = pod_named("web-0", 1);
  api::SynchronizeRequest all;
  *all.add_pods() = pod;
  *all.add_containers() = container_of(pod, "web", 1);
  std::string bytes = FakeRuntime::registered() + runtime.configure() + runtime.synchronize(all);
  bytes += event(runtime, "CreateContainer", pod, container_of(pod, "db", 2));
  bytes += event(runtime, "StartContainer", pod, container_of(pod, "db", 2));
  bytes += event(runtime, "StopContainer", pod, container_of(pod, "web", 1));
  return bytes + event(runtime, "RemovePodSandbox", pod);
}

struct Heard {
  std::string bytes, held;
  std::vector<Announcement> announcements;
  bool ok = true;
};

Heard hear(std::string_view bytes, bool split) {
  NriSession session;
  session.start();
  Heard heard;
  while (!bytes.empty()) {
    const std::size_t size = split ? static_cast<std::size_t>(pick(1, 200)) : bytes.size();
    NriNews news = session.feed(bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
    heard.bytes += news.bytes;
    heard.held += news.held;
    heard.announcements.insert(heard.announcements.end(), news.announcements.begin(), news.announcements.end());
    heard.ok = heard.ok && news.status.ok();
  }
  return heard;
}

// As frames of the plugin's and the runtime's connections around random bytes: past the first check.
std::string framed(const std::string& bytes) {
  const std::string message =
      message_text(static_cast<std::uint32_t>(pick(8)), static_cast<char>(pick(5)), static_cast<char>(pick(4)), bytes);
  return frame_text(static_cast<std::uint32_t>(pick(1, 2)), one_in(3) ? bytes : message);
}

}  // namespace

TEST_CASE("Random bytes never crash a session and what it sends stays well-formed") {
  require_for_all("random bytes never crash a session", [] {
    NriSession session;
    session.start();
    const int count = pick(1, 4);
    for (int i = 0; i < count; ++i) {
      const std::string bytes = random_bytes(60);
      const NriNews news = session.feed(one_in(3) ? bytes : framed(bytes));
      FakeRuntime::sent(news.bytes);  // throws if it is not
    }
  });
}

TEST_CASE("A conversation with some bytes changed never crashes a session") {
  const std::string good = conversation();
  require_for_all("a changed conversation never crashes a session", [&good] {
    std::string bytes = good;
    const int changes = pick(1, 5);
    for (int i = 0; i < changes; ++i)
      bytes[static_cast<std::size_t>(pick(static_cast<int>(bytes.size())))] = static_cast<char>(pick(256));
    const Heard heard = hear(bytes, one_in(2));
    FakeRuntime::sent(heard.bytes);
    FakeRuntime::sent(heard.held);
    for (const Announcement& told : heard.announcements) RC_ASSERT(!told.id.empty());
  });
}

TEST_CASE("A session hears the same wherever the bytes are split") {
  const std::string good = conversation();
  const Heard whole = hear(good, false);
  REQUIRE(whole.ok);
  REQUIRE(names(whole.announcements) ==
          std::vector<std::string>{"came web", "came db", "came db", "gone web", "gone db"});
  require_for_all("a session hears the same however the bytes are split", [&] {
    const Heard heard = hear(good, true);
    RC_ASSERT(heard.ok);
    RC_ASSERT(heard.bytes == whole.bytes);
    RC_ASSERT(heard.held == whole.held);
    RC_ASSERT(heard.announcements == whole.announcements);
  });
}

TEST_CASE("A wait lies between half the first and the most, and doubles") {
  require_for_all("waits are bounded and double", [] {
    using Ms = Backoff::Milliseconds;
    const Ms first(pick(1, 1000));
    const Ms most = first * pick(1, 100);
    Backoff backoff(first, most, static_cast<std::uint64_t>(pick(1 << 20)));
    Ms whole = first;
    for (int i = 0; i < 12; ++i) {
      const Ms wait = backoff.next();
      RC_ASSERT(wait >= whole / 2);
      RC_ASSERT(wait <= whole);
      whole = std::min(most, whole * 2);
    }
    backoff.reset();
    RC_ASSERT(backoff.next() <= first);
  });
}
