#include "hooks/nri/client.h"

#include <future>
#include <iterator>

#include "tests/hooks/nri/listening_runtime.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;
using std::chrono::milliseconds;

namespace {

NriClientOptions options_for(const TemporaryDirectory& directory) {
  NriClientOptions options;
  options.path = directory.socket();
  options.first_wait = milliseconds(1);
  options.most_wait = milliseconds(5);
  options.registration_deadline = kPatience;
  options.synchronize_deadline = kPatience;
  return options;
}

std::unique_ptr<NriClient> start(const NriClientOptions& options, Told& told) {
  Result<std::unique_ptr<NriClient>> client = NriClient::start(options, told.callbacks());
  REQUIRE(client.ok());
  return std::move(*client);
}

api::SynchronizeRequest all_of(const std::vector<std::pair<std::string, int>>& containers) {
  api::SynchronizeRequest all;
  const api::PodSandbox pod = pod_named("web-0", 1);
  *all.add_pods() = pod;
  for (const auto& [name, number] : containers) *all.add_containers() = container_of(pod, name, number);
  return all;
}

std::string started(Plugin& plugin, const std::string& name, int number) {
  const api::PodSandbox pod = pod_named("web-0", 1);
  return event(plugin.runtime, "StartContainer", pod, container_of(pod, name, number));
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("A client registers with a runtime and tells who runs and who comes and goes") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  const auto client = start(options_for(directory), told);
  Plugin plugin = runtime.accept();
  plugin.synchronize(all_of({{"web", 1}, {"db", 2}}));
  REQUIRE(told.announced(2) == std::vector<std::string>{"came web", "came db"});
  REQUIRE(told.links(1) == std::vector<bool>{true});
  REQUIRE(client->linked());
  plugin.write(started(plugin, "log", 3));
  plugin.read();
  REQUIRE(told.announced(3).back() == "came log");
  const api::PodSandbox pod = pod_named("web-0", 1);
  plugin.write(event(plugin.runtime, "StopContainer", pod, container_of(pod, "db", 2)));
  plugin.read();
  REQUIRE(told.announced(4).back() == "gone db");
}

TEST_CASE("A runtime that goes away and comes back is found again and who is missing is gone") {
  const TemporaryDirectory directory;
  Told told;
  std::unique_ptr<NriClient> client;
  {
    ListeningRuntime runtime(directory.socket());
    client = start(options_for(directory), told);
    Plugin plugin = runtime.accept();
    plugin.synchronize(all_of({{"web", 1}, {"db", 2}}));
    told.links(1);
  }
  REQUIRE(told.links(2) == std::vector<bool>{true, false});
  REQUIRE_FALSE(client->linked());
  REQUIRE(told.notes(1)[0].find("the runtime closed the connection") != std::string::npos);
  ListeningRuntime restarted(directory.socket());
  Plugin plugin = restarted.accept();
  plugin.synchronize(all_of({{"db", 2}}));
  REQUIRE(told.announced(4) == std::vector<std::string>{"came web", "came db", "gone web", "came db"});
  REQUIRE(told.links(3) == std::vector<bool>{true, false, true});
}

TEST_CASE("A runtime that says good-bye is waited for without a complaint") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  const auto client = start(options_for(directory), told);
  Plugin plugin = runtime.accept();
  plugin.synchronize({});
  plugin.write(plugin.runtime.call_text("Shutdown", ""));
  plugin.read_to_end();
  Plugin again = runtime.accept();
  again.synchronize({});
  REQUIRE(told.links(3) == std::vector<bool>{true, false, true});
  REQUIRE(told.notes(0).empty());
}

TEST_CASE("Where there is no runtime it is told once and found when it comes") {
  const TemporaryDirectory directory;
  Told told;
  const auto client = start(options_for(directory), told);
  REQUIRE(told.notes(1)[0] == "NRI: connect to " + directory.socket() + ": No such file or directory; trying again");
  ListeningRuntime runtime(directory.socket());
  Plugin plugin = runtime.accept();
  plugin.synchronize({});
  told.links(1);
  std::vector<std::string> notes = told.notes(1);
  // Between bind() and listen() another reason may be seen.
  std::erase_if(notes, [](const std::string& note) { return note.find("refused") != std::string::npos; });
  REQUIRE(notes.size() == 1);
}

TEST_CASE("A failure that repeats is told once") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  const auto client = start(options_for(directory), told);
  for (int i = 0; i < 5; ++i) runtime.accept().read();  // and close
  Plugin plugin = runtime.accept();
  plugin.synchronize({});
  told.links(1);
  REQUIRE(told.notes(1) == std::vector<std::string>{"NRI: read from " + directory.socket() +
                                                    ": the runtime closed the connection; trying again"});
}

TEST_CASE("A runtime that never answers or never synchronizes is given up and tried again") {
  const bool configures = GENERATE(false, true);
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  NriClientOptions options = options_for(directory);
  (configures ? options.synchronize_deadline : options.registration_deadline) = milliseconds(20);
  const auto client = start(options, told);
  Plugin plugin = runtime.accept();
  plugin.read();
  if (configures) {
    plugin.write(plugin.runtime.configure());
    plugin.read();
  }
  plugin.read_to_end();
  REQUIRE(told.notes(1)[0] == "NRI: wait for " + options.path + ": the runtime does not " +
                                  (configures ? "synchronize" : "answer") + " in time; trying again");
  runtime.accept();
}

TEST_CASE("A runtime that sends garbage is given up and tried again") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  const auto client = start(options_for(directory), told);
  Plugin plugin = runtime.accept();
  plugin.read();
  plugin.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  plugin.read_to_end();
  REQUIRE(told.notes(1)[0].starts_with("NRI: read a frame: it claims "));
  Plugin again = runtime.accept();
  again.synchronize({});
  REQUIRE(told.links(1) == std::vector<bool>{true});
}

TEST_CASE("A runtime that does not read its answers is given up") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  const auto client = start(options_for(directory), told);
  Plugin plugin = runtime.accept();
  plugin.synchronize({});
  told.links(1);
  const std::string call = plugin.runtime.call_text("Unheard", "");
  int calls = 0;
  while (calls < 1000000 && plugin.write(call)) ++calls;
  // 1 MiB of ours and what the kernel holds, in answers of 70 bytes and more: some ten thousands.
  REQUIRE(calls < 100000);
  REQUIRE(told.links(2) == std::vector<bool>{true, false});
}

TEST_CASE("A call is answered before anybody is told of it") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Told told;
  NriCallbacks callbacks = told.callbacks();
  callbacks.announced = [&, inner = callbacks.announced](std::vector<Announcement> all) {
    released.wait_for(kPatience);
    inner(std::move(all));
  };
  Result<std::unique_ptr<NriClient>> client = NriClient::start(options_for(directory), callbacks);
  REQUIRE(client.ok());
  Plugin plugin = runtime.accept();
  plugin.synchronize({});
  plugin.write(started(plugin, "web", 1));
  plugin.read();  // while the callback stands still
  release.set_value();
  REQUIRE(told.announced(1) == std::vector<std::string>{"came web"});
}

// `hold` far beyond what the test may take: only what it says ends a wait.
NriClientOptions holding(const TemporaryDirectory& directory) {
  NriClientOptions options = options_for(directory);
  options.hold = kPatience;
  options.most_held = kPatience;
  return options;
}
constexpr std::int64_t kPatientRuntime = std::int64_t{100} * kPatience.count();

TEST_CASE("A start is answered when the container is let in, and other calls are answered meanwhile") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  const auto client = start(holding(directory), told);
  Plugin plugin = runtime.accept();
  plugin.synchronize(all_of({{"db", 1}}), kPatientRuntime);
  plugin.write(started(plugin, "web", 2));
  const std::uint32_t first = plugin.runtime.last_stream();
  told.announced(2);
  plugin.write(started(plugin, "log", 3));
  const std::uint32_t second = plugin.runtime.last_stream();
  const api::PodSandbox pod = pod_named("web-0", 1);
  plugin.write(event(plugin.runtime, "StopContainer", pod, container_of(pod, "db", 1)));
  const auto answered = [&plugin] { return FakeRuntime::sent(plugin.read()); };
  REQUIRE(answered()[0].stream == plugin.runtime.last_stream());
  REQUIRE(told.announced(4) == std::vector<std::string>{"came db", "came web", "came log", "gone db"});
  client->settled(2);  // db and web
  REQUIRE(answered()[0].stream == first);
  client->settled(4);
  REQUIRE(answered()[0].stream == second);
}

TEST_CASE("A start that nobody lets in is answered after the hold, or a tenth of the runtime's patience") {
  const bool impatient = GENERATE(false, true);
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  NriClientOptions options = holding(directory);
  if (!impatient) options.hold = milliseconds(5);
  const auto client = start(options, told);
  Plugin plugin = runtime.accept();
  plugin.synchronize({}, impatient ? 50 : kPatientRuntime);
  const auto begun = std::chrono::steady_clock::now();
  plugin.write(started(plugin, "web", 1));
  plugin.read();
  REQUIRE(std::chrono::steady_clock::now() - begun >= milliseconds(5));
  REQUIRE(told.notes(1)[0] ==
          "NRI: a container starts before it was let in: the control loop needs longer than 5 ms; "
          "it is let in as soon as it can be");
}

TEST_CASE("A start that waits is answered when the client ends") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  auto client = start(holding(directory), told);
  Plugin plugin = runtime.accept();
  plugin.synchronize({}, kPatientRuntime);
  plugin.write(started(plugin, "web", 1));
  told.announced(1);
  client.reset();
  plugin.read();
}

TEST_CASE("A runtime that comes back while a start waits gets no answer of the old connection") {
  const TemporaryDirectory directory;
  ListeningRuntime runtime(directory.socket());
  Told told;
  const auto client = start(holding(directory), told);
  {
    Plugin plugin = runtime.accept();
    plugin.synchronize({}, kPatientRuntime);
    plugin.write(started(plugin, "web", 1));
    told.announced(1);
  }
  Plugin again = runtime.accept();
  again.synchronize(all_of({{"web", 1}}), kPatientRuntime);
  client->settled(2);
  again.write(again.runtime.call_text("Unheard", ""));
  REQUIRE(FakeRuntime::sent(again.read())[0].stream == again.runtime.last_stream());
}

TEST_CASE("A client ends at once, connected or waiting for its next attempt, and closes its connection") {
  const TemporaryDirectory directory;
  NriClientOptions options = options_for(directory);
  options.first_wait = options.most_wait = std::chrono::hours(1);
  Told told;
  {
    const auto client = start(options, told);
    told.notes(1);
  }
  ListeningRuntime runtime(directory.socket());
  auto client = start(options, told);
  Plugin plugin = runtime.accept();
  plugin.synchronize({});
  told.links(1);
  client.reset();
  plugin.read_to_end();
  REQUIRE(told.links(1).size() == 1);
}

TEST_CASE("A path that is too long for a socket is told") {
  const TemporaryDirectory directory;
  NriClientOptions options = options_for(directory);
  options.path = "/" + std::string(200, 'x');
  Told told;
  const auto client = start(options, told);
  REQUIRE(told.notes(1)[0].find("at most 107 bytes") != std::string::npos);
}

TEST_CASE("Many connections leave no descriptor open") {
  const TemporaryDirectory directory;
  const std::size_t before = open_descriptors();
  {
    ListeningRuntime runtime(directory.socket());
    Told told;
    const auto client = start(options_for(directory), told);
    for (int i = 0; i < 50; ++i) {
      Plugin plugin = runtime.accept();
      plugin.synchronize({});
    }
  }
  REQUIRE(open_descriptors() == before);
}
