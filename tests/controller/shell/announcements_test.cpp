// Who was announced, and which containers of the tree that is.
#include "controller/shell/announcements.h"

#include "hooks/libvirt/domain_cgroup.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using Event = Announcement::Event;

const std::string kDigits(64, 'a'), kOthers(64, 'b');

Announcement came(const std::string& id, const std::string& cgroup, const std::string& name = "") {
  Announcement a;
  a.id = id;
  a.cgroup = cgroup;
  a.name = name;
  return a;
}
Announcement vm(const std::string& name, const std::string& cgroup = "") {
  Announcement a = came("uuid-of-" + name, cgroup, name);
  a.runtime = Runtime::libvirt;
  return a;
}
Announcement gone(const std::string& id, const std::string& cgroup = "") {
  Announcement a = came(id, cgroup);
  a.event = Event::gone;
  return a;
}
std::vector<ContainerId> ids(const std::vector<std::string>& texts) {
  std::vector<ContainerId> all;
  for (const std::string& text : texts) all.push_back(ContainerId{text});
  return all;
}
std::string id_of(const Announcements& known, const std::string& container) {
  const Announcement* const found = known.of(ContainerId{container});
  return found == nullptr ? "" : found->id;
}

TEST_CASE("a container is found by the id in its path, by its cgroup, and by one that it is a part of") {
  Announcements known;
  known.take(came("x", "pods/x"), TimePoint(0s));
  known.take(came(kDigits, ""), TimePoint(0s));
  known.take(came("wide", "wide.slice"), TimePoint(0s));
  CHECK(id_of(known, "pods/x") == "x");
  CHECK(id_of(known, "pods/x/container") == "x");
  CHECK(id_of(known, "machine.slice/libpod-" + kDigits + ".scope") == kDigits);
  CHECK(id_of(known, "pods/xy").empty());
  CHECK(id_of(known, "pods").empty());  // around it are others
  CHECK(id_of(known, "machine.slice/libpod-" + kOthers + ".scope").empty());
  // Who has an id is somebody, wherever it is.
  CHECK(id_of(known, "wide.slice/libpod-" + kOthers + ".scope").empty());
  CHECK(id_of(known, "wide.slice/libpod-" + kDigits + ".scope") == kDigits);
  CHECK(id_of(known, "wide.slice/x.service") == "wide");
}

TEST_CASE("a VM is found by its name, in its machine's scope") {
  Announcements known;
  known.take(vm("web-1"), TimePoint(0s));
  CHECK(id_of(known, "machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d1.scope") == "uuid-of-web-1");
  CHECK(id_of(known, "machine/qemu-3-web-1.libvirt-qemu") == "uuid-of-web-1");
  CHECK(id_of(known, "machine/qemu-3-web-2.libvirt-qemu").empty());
  known.take(gone("uuid-of-web-1"), TimePoint(0s));
  CHECK(id_of(known, "machine/qemu-3-web-1.libvirt-qemu").empty());
}

TEST_CASE("a VM is found by its name where libvirt has cut it, whatever its number") {
  const std::string name = std::string(54, 'a') + "-b-c" + std::string(40, 'd');  // of qemu-ID-NAME 64 characters stay
  Announcements known;
  known.take(vm(name), TimePoint(0s));
  for (const int id : {1, 12, 345, 2'147'483'647}) {
    CAPTURE(id);
    CHECK(id_of(known, domain_cgroup(id, name, "/machine", true)) == "uuid-of-" + name);
    CHECK(id_of(known, domain_cgroup(id, name, "/machine", false)) == "uuid-of-" + name);
  }
  known.take(gone("uuid-of-" + name), TimePoint(1s));
  CHECK(id_of(known, domain_cgroup(12, name, "/machine", true)).empty());
}

TEST_CASE("VMs whose long names differ late are told apart as far as libvirt keeps their names") {
  const std::string same(50, 'a'), one = same + "-1-" + same, other = same + "-2-" + same;
  Announcements known;
  known.take(vm(one), TimePoint(0s));
  CHECK(id_of(known, domain_cgroup(7, other, "/machine", true)).empty());
  known.take(vm(other, domain_cgroup(7, other, "/machine", true)), TimePoint(0s));
  CHECK(id_of(known, domain_cgroup(7, other, "/machine", false)) == "uuid-of-" + other);
  CHECK(id_of(known, domain_cgroup(8, other, "/machine", false)).empty());  // another life of it
  CHECK(id_of(known, domain_cgroup(12, one, "/machine", false)) == "uuid-of-" + one);
}

TEST_CASE("a VM's name is of one VM, and of the life that was announced") {
  Announcements known;
  Announcement other = vm("web");
  other.id = "another-uuid";
  known.take(vm("web"), TimePoint(0s));
  known.take(other, TimePoint(1s));
  CHECK(known.size() == 1);
  CHECK(id_of(known, "machine/qemu-3-web.libvirt-qemu") == "another-uuid");
  known.take(vm("db", "machine/qemu-7-db.libvirt-qemu"), TimePoint(1s));
  CHECK(id_of(known, "machine/qemu-7-db.libvirt-qemu") == "uuid-of-db");
  CHECK(id_of(known, "machine.slice/machine-qemu\\x2d7\\x2ddb.scope") == "uuid-of-db");
  CHECK(id_of(known, "machine.slice/machine-qemu\\x2d8\\x2ddb.scope").empty());
}

TEST_CASE("what is said again is taken over, and what it leaves out stays") {
  Announcements known;
  CHECK(known.take(came("x", "pods/x"), TimePoint(0s)));
  const std::uint64_t before = known.generation();
  CHECK_FALSE(known.take(came("x", "pods/x"), TimePoint(1s)));
  CHECK_FALSE(known.take(came("x", ""), TimePoint(1s)));
  CHECK(known.generation() == before);
  Announcement with_pid = came("x", "");
  with_pid.pid = 7;
  CHECK(known.take(with_pid, TimePoint(1s)));
  CHECK((known.of(ContainerId{"pods/x"})->pid == 7 && known.of(ContainerId{"pods/x"})->cgroup == "pods/x"));
  CHECK(known.generation() > before);
  CHECK(known.take(came("x", "pods/y"), TimePoint(2s)));
  CHECK(id_of(known, "pods/x").empty());
  CHECK(id_of(known, "pods/y") == "x");
}

TEST_CASE("who is gone is leaving for as long as its cgroup is there, and comes again by being announced") {
  Announcements known;
  known.take(came("x", "pods/x"), TimePoint(0s));
  known.look(ids({"pods/x", "pods/y"}), TimePoint(1s));
  CHECK(known.take(gone("x"), TimePoint(2s)));
  CHECK(known.leaving(ContainerId{"pods/x"}));
  CHECK_FALSE(known.leaving(ContainerId{"pods/y"}));
  known.look(ids({"pods/x", "pods/y"}), TimePoint(7s));
  CHECK(known.leaving(ContainerId{"pods/x"}));
  SECTION("it stays") {
    const std::uint64_t before = known.generation();
    known.look(ids({"pods/x", "pods/y"}), TimePoint(7001ms));
    CHECK_FALSE(known.leaving(ContainerId{"pods/x"}));
    CHECK(known.generation() > before);
  }
  SECTION("its cgroup goes") {
    known.look(ids({"pods/y"}), TimePoint(4s));
    known.look(ids({"pods/x", "pods/y"}), TimePoint(5s));
    CHECK_FALSE(known.leaving(ContainerId{"pods/x"}));
  }
  SECTION("it is announced again") {
    known.take(came("x2", "pods/x"), TimePoint(4s));
    CHECK_FALSE(known.leaving(ContainerId{"pods/x"}));
  }
  SECTION("one that nobody announced before") {
    CHECK(known.take(gone("never", "pods/y"), TimePoint(4s)));
    CHECK(known.leaving(ContainerId{"pods/y"}));
    CHECK_FALSE(known.take(gone("nowhere", "pods/z"), TimePoint(4s)));
  }
}

TEST_CASE("who is gone takes nobody with it, and comes again under its id alone") {
  Announcements known;
  const std::string a = "wide.slice/libpod-" + kDigits + ".scope", b = "wide.slice/libpod-" + kOthers + ".scope";
  known.take(came(kDigits, a), TimePoint(0s));
  known.look(ids({"wide.slice"}), TimePoint(1s));
  known.take(gone(kDigits), TimePoint(2s));
  CHECK_FALSE(known.leaving(ContainerId{"wide.slice"}));
  known.take(came("wide", "wide.slice"), TimePoint(3s));
  known.look(ids({a, b}), TimePoint(3s));
  known.take(gone("wide"), TimePoint(3s));
  CHECK_FALSE((known.leaving(ContainerId{a}) || known.leaving(ContainerId{b})));
  known.take(came(kDigits, ""), TimePoint(4s));
  known.look(ids({a, b}), TimePoint(4s));
  known.take(gone(kDigits), TimePoint(4s));
  CHECK(known.leaving(ContainerId{a}));
  known.take(came(kDigits, ""), TimePoint(4s));
  CHECK_FALSE(known.leaving(ContainerId{a}));
}

TEST_CASE("what shows up nowhere is forgotten after a minute, what is there never") {
  Announcements known;
  known.take(came("failed", "pods/failed"), TimePoint(0s));
  known.take(came("x", "pods/x"), TimePoint(0s));
  CHECK(known.cgroups() == std::vector<std::string>{"pods/failed", "pods/x"});
  for (const auto at : {0s, 30s, 60s, 61s, 500s}) known.look(ids({"pods/x"}), TimePoint(at));
  CHECK(known.size() == 1);
  known.look({}, TimePoint(560s));
  CHECK(known.size() == 1);
  known.look({}, TimePoint(561s));
  CHECK(known.size() == 0);
}

TEST_CASE("memory is bounded, and who is on the node stays") {
  Announcements known;
  known.take(came("here", "pods/here"), TimePoint(0s));
  known.look(ids({"pods/here"}), TimePoint(0s));
  for (std::size_t i = 0; i < Announcements::kMost + 10; ++i)
    known.take(came("n" + std::to_string(i), "n/" + std::to_string(i)), TimePoint(Duration(1000 + i)));
  CHECK(known.size() == Announcements::kMost);
  CHECK(id_of(known, "pods/here") == "here");
  CHECK(id_of(known, "n/0").empty());
  CHECK(!id_of(known, "n/" + std::to_string(Announcements::kMost)).empty());
}

TEST_CASE("what is saved is known again, and lines that cannot be read are told") {
  Announcements known;
  Announcement full = came("x", "pods/x", "na\nme%");
  full.wishes.contract = Wishes::Contract::ways;
  full.wishes.ways = Ways(3);
  full.annotations = {{"k", "v"}};
  known.take(full, TimePoint(0s));
  known.take(vm("web"), TimePoint(0s));
  const std::string text = known.save();
  Announcements again;
  std::vector<std::string> mistakes;
  again.load(text, TimePoint(5s), mistakes);
  CHECK(mistakes.empty());
  CHECK(again.save() == text);
  CHECK(*again.of(ContainerId{"pods/x"}) == full);
  Announcements damaged;
  damaged.load("{\"dcat\":1,\"status\":{}}\ngarbage\n" + text, TimePoint(5s), mistakes);
  CHECK(damaged.save() == text);
  REQUIRE(mistakes.size() == 2);
  CHECK(mistakes[0] == "line 1: no announcement");
  CHECK(mistakes[1].starts_with("line 2: "));
}

TEST_CASE("an identity is what the path tells and what was announced over it") {
  Announcement a = came(kDigits, "", "web");
  a.runtime = Runtime::cri_o;
  a.name_space = "shop";
  a.pod_uid = "uid";
  a.qos = QosClass::guaranteed;
  a.annotations = {{"team", "blue"}};
  const ContainerIdentity plain = identity_of(ContainerId{"x/y"}, nullptr);
  CHECK(plain == identify(ContainerId{"x/y"}));
  const ContainerIdentity told = identity_of(ContainerId{"x/y"}, &a);
  CHECK((told.name == "web" && told.runtime == Runtime::cri_o && told.name_space == "shop" && told.pod_uid == "uid"));
  CHECK((told.qos == QosClass::guaranteed && told.container_id == kDigits && told.annotations.at("team") == "blue"));
}

}  // namespace
}  // namespace dcat
