// The labels of a node: the ways that a new contract can have.
#include "cli/feature_file.h"

#include <filesystem>

#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using test::Folder;
using test::read_file;

struct Scene {
  Observation observation;
  Decision decision;
  Parameters parameters;

  Scene() {
    parameters.shared_ways = Ways(2);
    for (const int id : {0, 3}) {
      DomainGeometry geometry;
      geometry.id = DomainId{id};
      geometry.available = Cbm(0xfff);  // 12 ways
      observation.geometry.domains.push_back(geometry);
    }
    ContainerDecision shared, inside, refused;
    shared.container = kSharedRegion;
    shared.contract = Ways(9);
    inside.dedicated = true;
    inside.contract = Ways(4);
    inside.ways_after = Ways(8);  // grown: free all the same
    refused.container = 1;
    refused.contract = Ways(7);
    decision.domains = {{DomainId{0}, {shared, inside, refused}, Ways(4), Ways(2)},
                        {DomainId{3}, {shared}, Ways(12), {}}};
  }
};

TEST_CASE("free is what admission leaves, whoever has grown into it") {
  Scene scene;
  const auto free = free_for_contracts(scene.observation, scene.decision, scene.parameters);
  CHECK(free == std::map<DomainId, Ways>{{DomainId{0}, Ways(6)}, {DomainId{3}, Ways(10)}});
  scene.decision.domains[0].containers[1].contract = Ways(40);
  CHECK(free_for_contracts(scene.observation, scene.decision, scene.parameters).at(DomainId{0}) == Ways(0));
}

TEST_CASE("the file names the least of all caches and each one, below its expiry") {
  CHECK(format_features({{DomainId{0}, Ways(6)}, {DomainId{3}, Ways(10)}}, 1'767'323'345) ==
        "# +expiry-time=2026-01-02T03:09:05Z\ndcat.dev/l3.free-ways=6\ndcat.dev/l3.0.free-ways=6\n"
        "dcat.dev/l3.3.free-ways=10\n");
  CHECK(format_features({}, 0).empty());
}

// And its period goes on.
void decide(FeatureFile& file, const Scene& scene) {
  REQUIRE(file.on_decision(scene.observation, scene.decision));
  file.on_beat();
}

TEST_CASE("it is written when a number changes or a minute has passed, and gone at the end") {
  const Folder folder;
  const std::string path = folder / "features.d/dcat";
  Scene scene;
  {
    FeatureFile file(path, scene.parameters);
    REQUIRE(file.on_decision(scene.observation, scene.decision));
    CHECK_FALSE(std::filesystem::exists(path));  // whoever starts waits for the decision to be applied
    file.on_beat();
    const std::string first = read_file(path);
    CHECK(first.find("dcat.dev/l3.0.free-ways=6\n") != std::string::npos);
    std::filesystem::remove(path);
    decide(file, scene);
    CHECK_FALSE(std::filesystem::exists(path));  // nothing new
    scene.observation.at += FeatureFile::kRefresh;
    decide(file, scene);
    CHECK(std::filesystem::exists(path));
    scene.decision.domains[0].containers[1].contract = Ways(5);
    decide(file, scene);
    CHECK(read_file(path).find("dcat.dev/l3.free-ways=5\n") != std::string::npos);
    file.on_mode(Mode::advise, "");
    CHECK_FALSE(std::filesystem::exists(path));
    decide(file, scene);
    CHECK_FALSE(std::filesystem::exists(path));
    file.on_mode(Mode::enforce, "");
    decide(file, scene);
    CHECK(std::distance(std::filesystem::directory_iterator(folder / "features.d"), {}) == 1);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a file that cannot be written does not end the run") {
  const Folder folder;
  Scene scene;
  FeatureFile file(folder / "a/b/c/dcat", scene.parameters);
  decide(file, scene);
}

}  // namespace
}  // namespace dcat::cli
