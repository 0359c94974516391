// `dcat hook` and `dcat status`, the built program against a door of the test's own.
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/cli/program.h"
#include "tests/controller/door/clients.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

const std::string kDigits(64, 'c');

Ended hook(const std::string& arguments, const std::string& input) {
  const Folder folder;
  write_file(folder / "in", input);
  // What comes after the program takes its stdin's place.
  return dcat_run("hook " + arguments, "", "<" + (folder / "in"));
}
std::string state(const std::string& status, const std::string& more = "") {
  return R"({"ociVersion":"1.0.2","id":")" + kDigits + R"(","status":")" + status +
         R"(","bundle":"/nonexistent","annotations":{"dcat.dev/contract-ways":"3"})" + more + "}";
}
std::string domain(const std::string& contract) {
  return "<domain type='kvm' id='3'><name>web-1</name><uuid>6f1c8a52-3c3b-4f7e-9f10-2d5b8a7c6e01</uuid><metadata>"
         "<c:cache xmlns:c='https://dcat.dev/domain/1.0'><c:contract>" +
         contract + "</c:contract></c:cache></metadata></domain>";
}

}  // namespace

TEST_CASE("what an OCI runtime says of a container reaches the daemon") {
  const OpenDoor at;
  const Ended created = hook("oci --socket " + at.path, state("created"));
  CHECK((created.code == 0 && created.out.empty() && created.err.empty()));
  const Ended stopped = hook("oci --socket " + at.path + " poststop", state("stopped"));
  CHECK((stopped.code == 0 && stopped.out.empty() && stopped.err.empty()));
  const std::vector<Announcement> said = at.take(2);
  REQUIRE(said.size() == 2);
  CHECK((said[0].id == kDigits && said[0].event == Announcement::Event::came && said[0].wishes.ways == Ways(3)));
  CHECK((said[1].id == kDigits && said[1].event == Announcement::Event::gone));
}

TEST_CASE("what libvirt says of a domain reaches the daemon, and what is no news does not") {
  const OpenDoor at;
  for (const std::string operation : {"prepare begin -", "start begin -", "migrate begin -", "stopped end -"}) {
    const Ended e = hook("libvirt --socket " + at.path + " web-1 " + operation, domain("5"));
    INFO(e.err);
    CHECK((e.code == 0 && e.out.empty() && e.err.empty()));
  }
  const std::vector<Announcement> said = at.take(2);
  REQUIRE(said.size() == 2);
  CHECK((said[0].name == "web-1" && said[0].wishes.ways == Ways(5) && said[0].runtime == Runtime::libvirt));
  CHECK((said[0].event == Announcement::Event::came && said[1].event == Announcement::Event::gone));
}

TEST_CASE("a mistake of an owner's is told, and the container is announced without it") {
  const OpenDoor at;
  const Ended e = hook("libvirt --socket " + at.path + " web-1 start begin -", domain("many"));
  CHECK((e.code == 0 && e.out.empty()));
  CHECK(contains(e.err, "dcat: hook libvirt: "));
  CHECK(contains(e.err, "many"));
  const std::vector<Announcement> said = at.take(1);
  REQUIRE(said.size() == 1);
  CHECK_FALSE(said[0].wishes.contract);
}

TEST_CASE("whatever is wrong, a hook says so on stderr, nothing on stdout, and ends with 0") {
  const Folder folder;
  const std::string nobody = folder / "none.sock";
  const std::vector<std::array<std::string, 3>> table{
      {"oci --socket " + nobody, state("created"), "there is no such socket"},
      {"libvirt --socket " + nobody + " web-1 start begin -", domain("3"), "the daemon finds it when it looks"},
      {"oci --socket " + nobody, "", "dcat: hook oci: OCI state: there is none"},
      {"oci --socket " + nobody, "{", "dcat: hook oci: OCI state"},
      {"libvirt --socket " + nobody + " web-1 reconnect begin -", "<domain>", "dcat: hook libvirt: "},
      {"docker", "x", "dcat: hook docker: there is no such hook, want libvirt or oci"},
      {"--socket", "", "there is no such hook"},
      {"", "", "none is named, want libvirt or oci"},
      {"libvirt --socket start begin -", "<domain>", "dcat: hook libvirt: "},
      {"libvirt", domain("3"), ""},
      {"libvirt web-1 unheard-of begin -", domain("3"), ""},
  };
  for (const auto& [arguments, input, told] : table) {
    CAPTURE(arguments, told);
    const Ended e = hook(arguments, input);
    INFO(e.err);
    CHECK((e.code == 0 && e.out.empty()));
    CHECK((told.empty() ? e.err.empty() : contains(e.err, told)));
  }
  CHECK(dcat_run("hook --help").code == 0);
  CHECK(contains(dcat_run("hook --help").out, "dcat hook libvirt"));
}

TEST_CASE("a daemon that hangs keeps a hook for its patience only") {
  const Folder folder;
  const std::string path = folder / "hung.sock";
  const dcat::Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener.fd(), 1) == 0);
  const auto start = std::chrono::steady_clock::now();
  const Ended e = hook("oci --socket " + path, state("created"));
  CHECK((e.code == 0 && e.out.empty() && contains(e.err, "the daemon finds it")));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));  // it came back; how fast: bench/
}

TEST_CASE("the status is what the daemon says, and where there is none the reason and exit code 1") {
  const OpenDoor at;
  at.door->publish([] { return std::string(R"({"period":3})"); });
  const Ended e = dcat_run("status --json --socket " + at.path);
  CHECK((e.code == 0 && e.out == "{\"period\":3}\n"));
  CHECK(dcat_run("status --json", "DCAT_SOCKET=" + at.path).out == e.out);
  const Ended none = dcat_run("status --json --socket " + at.path + "x");
  CHECK((none.code == 1 && none.out.empty() && contains(none.err, "there is no such socket")));
}
