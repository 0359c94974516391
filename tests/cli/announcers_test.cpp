// When a class of service is promised to the container runtime.
#include "cli/announcers.h"

#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

Masks with_group(const std::string& name) {
  Masks masks;
  masks.domains.push_back({DomainId{0}, Cbm(0xff), {{GroupId{name}, Cbm(0x300)}}});
  return masks;
}

TEST_CASE("a prepared group is promised while it is there and stays, to who asks for ways, until the run is to stop") {
  const test::Folder folder;
  Config config;
  config.hooks.enabled = false;
  config.hooks.prepared = {{"start", Ways(2)}};
  config.nri.enabled = true;
  config.nri.socket = folder / "nobody.sock";
  config.nri.prepared = "start";
  std::atomic<bool> stop = false;
  const auto announcers = Announcers::open(config, {}, stop);
  if (!announcers) {
    CHECK(announcers.error().code == ErrorCode::unsupported);  // a build without protobuf
    return;
  }
  Announcement wants, wants_none;
  wants.wishes.contract = Wishes::Contract::ways;
  Announcers& a = **announcers;
  const Masks there = with_group("prepared:start"), other = with_group("prepared:other");
  CHECK(a.class_of(wants).empty());
  a.in_force(there, there);
  CHECK(a.class_of(wants) == "dcat.prepared:start");
  CHECK(a.class_of(wants_none).empty());
  a.in_force(other, there);  // not yet
  CHECK(a.class_of(wants).empty());
  a.in_force(there, other);  // not any more
  CHECK(a.class_of(wants).empty());
  a.in_force(there, there);
  stop = true;
  CHECK(a.class_of(wants).empty());
}

}  // namespace
}  // namespace dcat::cli
