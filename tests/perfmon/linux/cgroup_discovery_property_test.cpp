// Property: whatever happens to a tree between two lists, the containers that are known by news are those that a full
// scan finds. Directories come, go, are moved, are populated and emptied; 1,000 lists, every one compared.
#include <algorithm>
#include <random>

#include "perfmon/linux/cgroup_containers.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::TempTree;
namespace fs = std::filesystem;

namespace {

constexpr int kLists = 1'000;
constexpr int kDeepest = 5;

class StoppedClock : public Clock {
 public:
  TimePoint now() override { return {}; }
  void sleep_until(TimePoint) override {}
};

// A tree to which random things happen.
class RestlessTree {
 public:
  explicit RestlessTree(unsigned seed) : random_(seed) {}

  void happen() {
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
      case 3: make(); break;
      case 4:
      case 5: remove(); break;
      case 6: move(); break;
      default: populate(); break;
    }
  }
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  const std::string& root() const { return tree_.root(); }

 private:
  std::vector<fs::path> directories() const {
    std::vector<fs::path> found{tree_.root()};
    for (const auto& entry : fs::recursive_directory_iterator(tree_.root()))
      if (entry.is_directory()) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }
  fs::path any() {
    const std::vector<fs::path> all = directories();
    return all[static_cast<std::size_t>(pick(static_cast<int>(all.size())))];
  }
  bool is_root(const fs::path& directory) const { return directory == fs::path(tree_.root()); }
  std::string name() {
    const std::string names[] = {"docker",  std::string(64, 'a'), std::string(64, 'b'),
                                 "a.slice", "kata_overhead",      "docker-" + std::string(64, 'c') + ".scope"};
    return names[pick(6)];
  }
  void write(const fs::path& directory) {
    std::ofstream(directory / "cgroup.type") << (pick(5) == 0 ? "threaded\n" : "domain\n");
    std::ofstream(directory / "cgroup.events") << (pick(3) == 0 ? "populated 0\n" : "populated 1\n");
  }
  void make() {
    const fs::path parent = any();
    if (std::distance(parent.begin(), parent.end()) > kDeepest + 3) return;
    const fs::path directory = parent / name();
    std::error_code error;
    if (fs::create_directory(directory, error)) write(directory);
  }
  void remove() {
    const fs::path directory = any();
    if (!is_root(directory)) fs::remove_all(directory);
  }
  void move() {
    const fs::path from = any();
    const fs::path to = any() / name();
    std::error_code refused;
    if (!is_root(from) && !fs::exists(to)) fs::rename(from, to, refused);
  }
  void populate() {
    const fs::path directory = any();
    if (!is_root(directory)) write(directory);
  }

  TempTree tree_;
  std::mt19937 random_;
};

void compare(bool all_cgroups, unsigned seed) {
  RestlessTree tree(seed);
  StoppedClock clock;
  CgroupContainers::Options options{tree.root(), {}, all_cgroups, 0};
  auto fresh = CgroupContainers::open(options);
  options.clock = &clock;
  auto known = CgroupContainers::open(std::move(options));
  REQUIRE((known.ok() && fresh.ok()));
  std::size_t found = 0;
  for (int i = 0; i < kLists; ++i) {
    for (int n = tree.pick(6); n > 0; --n) tree.happen();
    const Result<std::vector<ContainerInfo>> by_news = (*known)->list();
    const Result<std::vector<ContainerInfo>> by_scan = (*fresh)->list();
    REQUIRE((by_news.ok() && by_scan.ok()));
    INFO("seed " << seed << ", list " << i);
    REQUIRE(*by_news == *by_scan);
    found += by_news->size();
  }
  CHECK(found > kLists / 2);                    // the trees are not empty
  CHECK((*known)->full_scans() < kLists / 20);  // nor is it known by scans
  CHECK((*known)->watches() == (*fresh)->watches());
}

}  // namespace

TEST_CASE("containers known by news are those of a full scan") {
  for (unsigned seed = 1; seed <= 3; ++seed) compare(false, seed);
}

TEST_CASE("leaves known by news are those of a full scan") {
  for (unsigned seed = 1; seed <= 3; ++seed) compare(true, seed);
}
