// What a daemon that starts anew knows of who was announced to the one before.
#include "cli/announced_file.h"

#include <filesystem>

#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using test::Folder;

Announcement came(const std::string& id) {
  Announcement a;
  a.id = id;
  a.cgroup = "pods/" + id;
  return a;
}

TEST_CASE(
    "what was announced is known to the next daemon, and written before the decision that lets it in is applied") {
  const Folder folder;
  const std::string path = announced_path(folder / "run");
  Announcements announcements;
  AnnouncedFile file(folder / "run", announcements);
  announcements.take(came("x"), TimePoint{});
  REQUIRE(file.on_decision({}, {}));
  REQUIRE(std::filesystem::exists(path));

  Announcements later;
  AnnouncedFile(folder / "run", later).load(TimePoint{}, "");
  REQUIRE(later.of(ContainerId{"pods/x"}) != nullptr);
  CHECK(later.of(ContainerId{"pods/x"})->id == "x");

  std::filesystem::remove(path);
  REQUIRE(file.on_decision({}, {}));
  CHECK_FALSE(std::filesystem::exists(path));  // nothing new
}

}  // namespace
}  // namespace dcat::cli
