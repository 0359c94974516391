// Whatever runtimes and owners write, the readers of domains, states and bundles end with a value or a reason, and what
// they announce fits the wire.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "hooks/libvirt/domain.h"
#include "hooks/oci/state.h"
#include "hooks/wire.h"
#include "tests/support/property.h"

namespace dcat {
namespace {

const std::string kDomain =
    "<domain type='kvm' id='6'><name>web-1</name><uuid>a173eb64-f8e6-419b-a2b7-2d3283ecb26c</uuid>"
    "<metadata><dcat:cache xmlns:dcat='https://dcat.dev/domain/1.0'><dcat:contract>3</dcat:contract></dcat:cache>"
    "<nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:flavor name='m1'><nova:extraSpecs>"
    "<nova:extraSpec "
    "name='dcat:mode'>observe</nova:extraSpec></nova:extraSpecs></nova:flavor></nova:instance></metadata>"
    "<cputune><shares>1</shares></cputune><resource><partition>/machine/a</partition></resource></domain>";
const std::string kState =
    R"({"ociVersion":"1.0.2","id":"a1","status":"created","pid":7,"bundle":"/b","annotations":{"dcat.dev/priority":"5"}})";
const std::string kConfig =
    R"({"linux":{"cgroupsPath":"machine.slice:libpod:a1","intelRdt":{"closID":"gold"}},"mounts":[{"a":["b"]}]})";

// A text with a few bytes changed, cut, doubled or put from elsewhere.
std::string damaged(std::string text, std::mt19937_64& engine) {
  const auto below = [&engine](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine); };
  for (std::size_t n = 1 + below(5); n > 0 && !text.empty(); --n) {
    const std::size_t at = below(text.size());
    const std::size_t size = 1 + below(20);
    switch (below(5)) {
      case 0: text[at] = static_cast<char>(below(256)); break;
      case 1: text.erase(at, size); break;
      case 2: text.insert(at, text.substr(below(text.size()), size)); break;
      case 3: text.insert(at, std::string(1, "<>&'\"/:{}[],\\"[below(13)])); break;
      default: text.resize(at); break;
    }
  }
  return text;
}

std::mt19937_64 engine_of_rapidcheck() {
  return std::mt19937_64(*rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>())));
}

void check_fits_the_wire(const Announcement& announcement) {
  const Result<Ask> read = parse_ask(format_ask(announcement));
  if (!read) RC_LOG() << read.error().to_string() << "\n" << format_ask(announcement) << "\n";
  RC_ASSERT(read.ok());
  RC_ASSERT(std::get<Announcement>(*read) == announcement);
}

}  // namespace

TEST_CASE("a damaged domain is refused or announced as something that fits the wire") {
  testing::require_for_all("damaged domains", [] {
    std::mt19937_64 engine = engine_of_rapidcheck();
    const Result<ReadDomain> read = read_domain(damaged(kDomain, engine), DomainOperation::came, engine() % 2 == 0);
    if (!read) {
      RC_ASSERT(read.error().code == ErrorCode::bad_input);
      return;
    }
    check_fits_the_wire(read->announcement);
  });
}

TEST_CASE("a damaged state, bundle and process are refused or announced as something that fits the wire") {
  testing::require_for_all("damaged states", [] {
    std::mt19937_64 engine = engine_of_rapidcheck();
    const Result<OciState> state = parse_oci_state(engine() % 2 == 0 ? kState : damaged(kState, engine));
    if (!state) {
      RC_ASSERT(state.error().code == ErrorCode::bad_input);
      return;
    }
    const std::string config = damaged(kConfig, engine);
    const std::string proc = damaged("12:perf_event:/p/q\n0::/machine.slice/libpod-a1.scope\n", engine);
    const ReadFile read = [&](const std::string& path, std::size_t) -> Result<std::string> {
      return path.starts_with("/proc/") ? proc : config;
    };
    const Announcement announcement = read_container(*state, engine() % 2 == 0, read).announcement;
    if (announcement.id.empty()) return;
    check_fits_the_wire(announcement);
  });
}

TEST_CASE("no bytes whatever crash the readers") {
  testing::require_for_all("random bytes", [] {
    std::mt19937_64 engine = engine_of_rapidcheck();
    std::string bytes;
    for (std::size_t n = engine() % 80; n > 0; --n) bytes += static_cast<char>(engine());
    RC_ASSERT(!read_domain(bytes, DomainOperation::came, true).ok());
    RC_ASSERT(!parse_oci_state(bytes).ok());
    RC_ASSERT(!cgroup_of_config(bytes).ok());
    cgroup_of_proc(bytes);
  });
}

}  // namespace dcat
