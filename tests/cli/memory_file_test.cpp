// The memory file: when it is written, what becomes of one that is not right, and who may read it.
#include "cli/memory_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "cli/private_directory.h"
#include "tests/cli/program.h"
#include "tests/controller/small_node.h"

namespace dcat::cli {
namespace {

using test::Folder;
using test::read_file;
using test::SmallNode;
using test::write_file;

constexpr const char* kBasis = "this processor";

mode_t mode_of(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 ? st.st_mode & 07777 : 0;
}

// One container that streams, and the file of what is learned of it.
struct Scene {
  Folder folder;
  MemorySettings settings;
  SmallNode node{20};

  Scene() {
    settings.directory = folder / "state";
    node.add("web", 3).does.miss_ratio = 0.9;
  }
  std::string path(const std::string& suffix = "") const { return settings.directory + "/memory" + suffix; }
  bool there(const std::string& suffix = "") const { return std::filesystem::exists(path(suffix)); }
  // A run of `periods`.
  Memory run(int periods, Mode mode = Mode::enforce, bool ends = true, const std::string& basis = kBasis) {
    MemoryFile file(settings, basis, false, mode);
    Memory began = file.load(node.time());
    node.start_again(began);
    for (int i = 0; i < periods; ++i) {
      Observation o;
      node.tick();
      o.at = node.time();
      REQUIRE(file.on_decision(o, node.decision()).ok());
      file.on_state(node.state());
      file.wait();
    }
    if (ends) file.on_end(node.state());
    return began;
  }
  std::size_t known() { return run(0, Mode::observe).containers.size(); }
};

}  // namespace

TEST_CASE("what a run learned is there for the next one, and nobody else's to read") {
  Scene scene;
  CHECK(scene.run(10) == Memory{4096, std::chrono::hours(168), {}});
  CHECK(mode_of(scene.settings.directory) == 0700);
  CHECK(mode_of(scene.path()) == 0600);
  CHECK_FALSE(scene.there(".new"));
  const Memory known = scene.run(3);
  REQUIRE(known.containers.size() == 1);
  CHECK(known.containers[0].id.value == "web");
}

TEST_CASE("a run that does not enforce reads the memory and writes nothing, not even a directory") {
  for (const Mode mode : {Mode::observe, Mode::advise}) {
    Scene scene;
    scene.run(10, mode);
    CHECK_FALSE(std::filesystem::exists(scene.settings.directory));
    scene.run(10);
    const std::string text = read_file(scene.path());
    CHECK(scene.run(10, mode).containers.size() == 1);
    CHECK(read_file(scene.path()) == text);
    write_file(scene.path(), "damaged");
    CHECK(scene.run(10, mode).containers.empty());
    CHECK(read_file(scene.path()) == "damaged");
    CHECK_FALSE(scene.there(".damaged-1"));
  }
}

TEST_CASE("it is written while the run goes on, at most every write_every and when there are news") {
  Scene scene;
  scene.settings.write_every = std::chrono::seconds(8);  // looked at in periods 1, 3, ... until there are news
  scene.run(2, Mode::enforce, false);
  CHECK_FALSE(scene.there());
  scene.run(3, Mode::enforce, false);  // the baseline, of the second
  CHECK(scene.there());
  std::filesystem::remove(scene.path());
  scene.run(10, Mode::enforce, false);  // Streaming from the ninth on
  REQUIRE(scene.node.row("web").after == State::streaming);
  CHECK_FALSE(test::contains(read_file(scene.path()), "Streaming"));
  std::filesystem::remove(scene.path());
  scene.run(11, Mode::enforce, false);
  CHECK(test::contains(read_file(scene.path()), "Streaming"));
}

TEST_CASE("what only goes on is written once an hour, and at the end") {
  Scene scene;
  scene.run(40);
  write_file(scene.path(".x"), read_file(scene.path()));
  const auto rewritten = [&](int periods, bool ends) {
    scene.run(periods, Mode::enforce, ends);
    return read_file(scene.path()) != read_file(scene.path(".x"));
  };
  CHECK_FALSE(rewritten(100, false));
  CHECK(rewritten(3, true));
  write_file(scene.path(".x"), read_file(scene.path()));
  CHECK(rewritten(3620, false));
}

TEST_CASE("a run that stops to enforce writes once more") {
  Scene scene;
  MemoryFile file(scene.settings, kBasis, false, Mode::enforce);
  scene.node.start_again(file.load(scene.node.time()));
  const auto tick = [&] {
    Observation o;
    scene.node.tick();
    o.at = scene.node.time();
    REQUIRE(file.on_decision(o, scene.node.decision()).ok());
    file.on_state(scene.node.state());
  };
  for (int i = 0; i < 5; ++i) tick();
  REQUIRE_FALSE(scene.there());
  file.on_mode(Mode::advise, "");
  tick();
  file.wait();
  CHECK(scene.there());
}

TEST_CASE("one that is damaged, cut short, newer or no file is set aside, five of them at most, and learned anew") {
  Scene scene;
  scene.run(10);
  const std::string good = read_file(scene.path());
  std::string newer = good, turned = good;
  newer[12] = '9';
  turned[good.size() / 2] ^= 1;
  int n = 0;
  for (const std::string& bad : {std::string(), good.substr(0, good.size() - 1), good + "x", newer, turned,
                                 std::string("\0\1\2", 3), std::string("hello")}) {
    write_file(scene.path(), bad);
    CHECK(scene.run(1).containers.empty());
    CHECK(read_file(scene.path(".damaged-1")) == bad);
    ++n;
    CHECK(scene.there(".damaged-" + std::to_string(std::min(n, 5))));
  }
  CHECK_FALSE(scene.there(".damaged-6"));
  CHECK(read_file(scene.path(".damaged-5")) == good + "x");
  std::filesystem::remove(scene.path());
  std::filesystem::create_directory(scene.path());
  CHECK(scene.run(10).containers.empty());
  CHECK(std::filesystem::is_directory(scene.path(".damaged-1")));
  CHECK(scene.known() == 1);
}

TEST_CASE("a link, and what others own or may write to, is not believed") {
  Scene scene;
  scene.run(10);
  const std::string good = read_file(scene.path());
  ::chmod(scene.path().c_str(), 0620);
  CHECK(scene.run(10).containers.empty());
  CHECK(scene.there(".damaged-1"));
  REQUIRE(scene.known() == 1);
  std::filesystem::rename(scene.path(), scene.folder / "elsewhere");
  std::filesystem::create_symlink(scene.folder / "elsewhere", scene.path());
  CHECK(scene.run(10).containers.empty());
  CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(scene.path())));
  if (::geteuid() == 0) {
    REQUIRE(::chown(scene.path().c_str(), 65534, 65534) == 0);
    CHECK(scene.run(10).containers.empty());
    CHECK(scene.known() == 1);
  }
  // What is written first is made anew: a link in its place is not followed.
  std::filesystem::create_symlink(scene.folder / "victim", scene.path(".new"));
  scene.run(10);
  CHECK_FALSE(std::filesystem::exists(scene.folder / "victim"));
}

TEST_CASE("contracts that were announced are kept with it, for this life of the node") {
  Scene scene;
  Announcements announcements;
  Announcement one;
  one.id = "one";
  one.wishes.contract = Wishes::Contract::ways;
  one.wishes.ways = Ways(3);
  announcements.take(one, TimePoint{});
  {
    MemoryFile file(scene.settings, kBasis, false, Mode::enforce);
    scene.node.start_again(file.load(scene.node.time()));
    file.include(announcements);
    scene.node.tick();
    file.on_state(scene.node.state());  // announced is news, learned is nothing yet
    file.wait();
    REQUIRE(scene.there());
  }
  const auto announced = [&] {
    MemoryFile file(scene.settings, kBasis, false, Mode::observe);
    (void)file.load(scene.node.time());
    return file.announced();
  };
  CHECK(announced() == announcements.save());
  const std::string before = read_file(scene.path());
  forget_announced(scene.settings);
  CHECK(announced().empty());
  CHECK(parse_memory_text(read_file(scene.path()))->memory == parse_memory_text(before)->memory);
  write_file(scene.path(), before);
  REQUIRE(announced() == announcements.save());
  KeptMemory kept = *parse_memory_text(read_file(scene.path()));
  kept.boot_id = "another";
  write_file(scene.path(), format_memory_text(kept).text);
  CHECK(parse_memory_text(read_file(scene.path())).ok());
  CHECK(announced().empty());
}

TEST_CASE("a directory that others may write to is not used, and none is made where more than it is missing") {
  Scene scene;
  std::filesystem::create_directory(scene.settings.directory);
  ::chmod(scene.settings.directory.c_str(), 0770);
  scene.run(10);
  CHECK_FALSE(scene.there());
  ::chmod(scene.settings.directory.c_str(), 0755);
  scene.run(10);
  CHECK(scene.there());
  CHECK(mode_of(scene.settings.directory) == 0755);  // somebody's own choice
  CHECK(mode_of(scene.path()) == 0600);
  scene.settings.directory = scene.folder / "a/b";
  CHECK(scene.run(10).containers.empty());
  CHECK_FALSE(std::filesystem::exists(scene.folder / "a"));
}

TEST_CASE("figures of another processor or other events, and simulated ones, are not taken up and are replaced") {
  Scene scene;
  scene.run(10);
  CHECK(scene.run(0, Mode::observe, true, "another").containers.empty());
  {
    MemoryFile simulated(scene.settings, kBasis, true, Mode::observe);
    CHECK(simulated.load(scene.node.time()).containers.empty());
  }
  REQUIRE(scene.known() == 1);
  scene.run(10, Mode::enforce, true, "another");
  CHECK_FALSE(scene.there(".damaged-1"));
  CHECK(scene.known() == 0);
  CHECK(scene.run(0, Mode::observe, true, "another").containers.size() == 1);
}

TEST_CASE("what is forgotten is gone, with what was set aside") {
  Scene scene;
  CHECK(*forget_memory(scene.settings) == false);
  scene.run(10);
  write_file(scene.path(".damaged-3"), "x");
  write_file(scene.path(".new"), "x");
  CHECK(*forget_memory(scene.settings) == true);
  CHECK(std::filesystem::is_empty(scene.settings.directory));
  CHECK(*forget_memory(scene.settings) == false);
}

}  // namespace dcat::cli
