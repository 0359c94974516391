#include "hooks/libvirt/domain.h"

#include "tests/support/catch.h"

using namespace dcat;

namespace {

const std::string kUuid = "a173eb64-f8e6-419b-a2b7-2d3283ecb26c";

// A live domain with this between its name and its end.
std::string domain(const std::string& inside) {
  return "<domain type='kvm' id='6'><name>web-1</name><uuid>" + kUuid + "</uuid>" + inside + "</domain>";
}
std::string ours(const std::string& inside) {
  return "<metadata><dcat:cache xmlns:dcat='https://dcat.dev/domain/1.0'>" + inside + "</dcat:cache></metadata>";
}
std::string nova(const std::string& specs) {
  return "<nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:name>demo</nova:name>"
         "<nova:flavor name='m1.cache'><nova:vcpus>1</nova:vcpus><nova:extraSpecs>" +
         specs +
         "</nova:extraSpecs></nova:flavor><nova:owner><nova:user uuid='1'>x</nova:user>"
         "<nova:project uuid='98bd'>shop</nova:project></nova:owner></nova:instance>";
}
std::string spec(const std::string& key, const std::string& value) {
  return "<nova:extraSpec name='" + key + "'>" + value + "</nova:extraSpec>";
}

ReadDomain read(const std::string& xml) {
  Result<ReadDomain> domain = read_domain(xml, DomainOperation::came, true);
  if (!domain) FAIL(domain.error().to_string());
  return *std::move(domain);
}

std::string refused(const std::string& xml) {
  const Result<ReadDomain> domain = read_domain(xml, DomainOperation::came, true);
  REQUIRE_FALSE(domain.ok());
  CHECK(domain.error().code == ErrorCode::bad_input);
  CHECK(domain.error().what == "domain XML");
  return domain.error().why;
}

}  // namespace

TEST_CASE("a VM came when it starts and is gone when it stopped") {
  for (const char* const word : {"start", "reconnect", "attach"}) CHECK(operation_of(word) == DomainOperation::came);
  CHECK(operation_of("stopped") == DomainOperation::gone);
  for (const char* const word :
       {"prepare", "started", "release", "migrate", "restore", "", "Start", "start ", "future"})
    CHECK(operation_of(word) == DomainOperation::nothing);
}

TEST_CASE("a live domain tells who it is and where") {
  const ReadDomain web = read(domain(""));
  Announcement want;
  want.runtime = Runtime::libvirt;
  want.id = kUuid;
  want.name = "web-1";
  want.cgroup = R"(machine.slice/machine-qemu\x2d6\x2dweb\x2d1.scope)";
  CHECK(web.announcement == want);
  CHECK(web.mistakes.empty());
  CHECK(read_domain(domain(""), DomainOperation::came, false)->announcement.cgroup ==
        "machine/qemu-6-web-1.libvirt-qemu");
  CHECK(read_domain(domain(""), DomainOperation::gone, true)->announcement.event == Announcement::Event::gone);
}

TEST_CASE("a partition stands in the cgroup's place") {
  CHECK(read(domain("<resource><partition>/machine/prod</partition></resource>")).announcement.cgroup ==
        R"(machine.slice/machine-prod.slice/machine-qemu\x2d6\x2dweb\x2d1.scope)");
}

TEST_CASE("a domain that does not run has no cgroup") {
  for (const char* const id : {"", "id='-1'", "id='0'", "id='x'", "id='6x'"}) {
    INFO(id);
    const std::string xml = "<domain " + std::string(id) + "><name>a</name><uuid>" + kUuid + "</uuid></domain>";
    CHECK(read(xml).announcement.cgroup.empty());
  }
}

TEST_CASE("what libvirt writes around it does not matter") {
  const std::string xml =
      "<?xml version='1.0' encoding='UTF-8'?>\n<!-- <!DOCTYPE no> -->\n<domain id='6'>\n  <name> a&amp;b </name>\n  "
      "<uuid>" +
      std::string("A173EB64-F8E6-419B-A2B7-2D3283ECB26C") +
      "</uuid>\n  <devices><disk><source/></disk></devices><x:y xmlns:x='z'/>\n</domain>\n";
  const ReadDomain read_it = read(xml);
  CHECK(read_it.announcement.id == kUuid);
  CHECK(read_it.announcement.name == "a&b");
}

TEST_CASE("metadata of ours asks") {
  const ReadDomain asks =
      read(domain(ours("<dcat:contract>3</dcat:contract><dcat:priority>-7</dcat:priority><dcat:mode>observe</dcat:mode>"
                       "<dcat:isolation>\n strict </dcat:isolation><!-- a note -->")));
  CHECK(asks.mistakes.empty());
  const Wishes& wishes = asks.announcement.wishes;
  CHECK(wishes.contract == Wishes::Contract::ways);
  CHECK(wishes.ways == 3_ways);
  CHECK(wishes.priority == -7);
  CHECK(wishes.managed == false);
  CHECK(wishes.isolated == true);
  CHECK(asks.announcement.annotations == std::map<std::string, std::string>{{"dcat.dev/contract-ways", "3"},
                                                                            {"dcat.dev/priority", "-7"},
                                                                            {"dcat.dev/mode", "observe"},
                                                                            {"dcat.dev/isolation", "strict"}});
}

TEST_CASE("the namespace counts, whatever its prefix and wherever it is declared") {
  const std::string uri = "https://dcat.dev/domain/1.0";
  const auto ways = [](const std::string& metadata) {
    return read(domain("<metadata>" + metadata + "</metadata>")).announcement.wishes.ways.count;
  };
  CHECK(ways("<a:b xmlns:a='" + uri + "'><a:contract>3</a:contract></a:b>") == 3);
  CHECK(ways("<b xmlns='" + uri + "'><contract>3</contract></b>") == 3);
  CHECK(ways("<a:b xmlns:a='" + uri + "'><contract>3</contract></a:b>") == 3);
  CHECK(ways("<a:b xmlns:a='https://dcat.dev/domain/2.0'><a:contract>3</a:contract></a:b>") == 0);
  CHECK(ways("<dcat:b xmlns:dcat='x'><dcat:contract>3</dcat:contract></dcat:b>") == 0);
  CHECK(ways("<dcat:cache><dcat:contract>3</dcat:contract></dcat:cache>") == 0);
  CHECK(ways("<a:b xmlns:a='" + uri + "'><c:contract xmlns:c='x'>3</c:contract></a:b>") == 0);
}

TEST_CASE("mistakes in our metadata are told, and count as not there") {
  const ReadDomain wrong = read(
      domain(ours("<dcat:contract>many</dcat:contract><dcat:contract>3</dcat:contract><dcat:colour>red</dcat:colour>"
                  "<dcat:priority/><dcat:contract-ways>2</dcat:contract-ways>")));
  CHECK(wrong.announcement.wishes == Wishes{});
  REQUIRE(wrong.mistakes.size() == 5);
  CHECK(wrong.mistakes[0] == "metadata: contract: got 'many', want a number of ways of 1..64, 'cpu-share' or 'none'");
  CHECK(wrong.mistakes[1] == "metadata: contract: is there twice, the first one counts");
  CHECK(wrong.mistakes[2] == "metadata: 'dcat:colour': no such element, want contract, priority, mode or isolation");
  CHECK(wrong.mistakes[3] == "metadata: priority: got '', want a whole number of -1000..1000");
}

TEST_CASE("a Nova flavor's extra specs ask, and its names stand for rules") {
  const ReadDomain vm = read(
      domain("<metadata>" +
             nova(spec("dcat:contract-ways", "4") + spec("dcat:priority", "9") + spec("hw:cpu_policy", "dedicated")) +
             "</metadata>"));
  CHECK(vm.mistakes.empty());
  CHECK(vm.announcement.wishes.ways == 4_ways);
  CHECK(vm.announcement.wishes.priority == 9);
  CHECK(vm.announcement.annotations == std::map<std::string, std::string>{{"dcat:contract-ways", "4"},
                                                                          {"dcat:priority", "9"},
                                                                          {"hw:cpu_policy", "dedicated"},
                                                                          {"nova:flavor", "m1.cache"},
                                                                          {"nova:name", "demo"},
                                                                          {"nova:project", "98bd"}});
}

TEST_CASE("metadata of ours goes before the flavor, word by word") {
  std::string metadata = ours("<dcat:contract>none</dcat:contract>");
  metadata.insert(metadata.size() - std::string("</metadata>").size(),
                  nova(spec("dcat:contract-ways", "4") + spec("dcat:mode", "observe")));
  const Wishes wishes = read(domain(metadata)).announcement.wishes;
  CHECK(wishes.contract == Wishes::Contract::none);
  CHECK(wishes.ways == 0_ways);
  CHECK(wishes.managed == false);
}

TEST_CASE("mistakes in extra specs are told, and others' specs are not ours") {
  const ReadDomain vm = read(domain(
      "<metadata>" + nova(spec("dcat:contract", "4") + spec("dcat:mode", "on") + spec("mode", "x")) + "</metadata>"));
  CHECK(vm.announcement.wishes == Wishes{});
  REQUIRE(vm.mistakes.size() == 2);
  CHECK(vm.mistakes[0] ==
        "extra spec 'dcat:contract': no such extra spec, want dcat:contract-ways, dcat:priority, dcat:mode or "
        "dcat:isolation");
  CHECK(vm.mistakes[1] == "extra spec 'dcat:mode': got 'on', want 'manage' or 'observe'");
}

TEST_CASE("an instance in nobody's namespace is not Nova's") {
  CHECK(read(domain("<metadata><instance><flavor name='x'/></instance></metadata>")).announcement.annotations.empty());
}

TEST_CASE("a domain with resctrl groups of libvirt's is foreign") {
  CHECK(read(domain("<cputune><cachetune vcpus='0-3'><cache id='0' level='3' type='both' size='3' unit='MiB'/>"
                    "</cachetune></cputune>"))
            .announcement.wishes.foreign == "libvirt cachetune");
  CHECK(read(domain("<cputune><memorytune vcpus='0'/></cputune>")).announcement.wishes.foreign == "libvirt memorytune");
  CHECK(read(domain("<cputune><shares>2048</shares></cputune>")).announcement.wishes.foreign.empty());
  CHECK(read(domain("<metadata><cputune><cachetune/></cputune></metadata>")).announcement.wishes.foreign.empty());
}

TEST_CASE("what is no domain is refused with the reason") {
  CHECK(refused("").find("No document element found") != std::string::npos);
  CHECK(refused("<network/>") == "got element 'network', want domain");
  CHECK(refused("<domain>").starts_with("near byte "));
  CHECK(refused("<domain></domian>").starts_with("near byte "));
  CHECK(refused("<domain><name>x</name></domain>") == "uuid: got '', want a UUID");
  CHECK(refused("<domain><uuid>a173eb64f8e6419ba2b72d3283ecb26c</uuid></domain>").starts_with("uuid: got 'a173"));
  CHECK(refused("<domain><uuid>../../../../../../../../../../../../</uuid></domain>").ends_with("want a UUID"));
  CHECK(refused(domain("") + std::string(1, '\0')) == "got a NUL");
}

TEST_CASE("a DTD is refused, and with it entities of a document's own") {
  CHECK(refused("<!DOCTYPE domain>" + domain("")) == "got a DTD, want none, nor entities of its own");
  CHECK(refused("<!DOCTYPE domain [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" + domain("<x>&b;</x>")) ==
        "got a DTD, want none, nor entities of its own");
  CHECK(refused("<!DOCTYPE domain SYSTEM 'file:///etc/passwd'>" + domain("")).starts_with("got a DTD"));
  CHECK_FALSE(read_domain(domain("<!DOCTYPE x>"), DomainOperation::came, true).ok());
}

TEST_CASE("size, tags, depth and attributes are bounded") {
  CHECK(refused(domain("<!--" + std::string(kMostXmlBytes, 'x') + "-->")).ends_with("want 4194304 at most"));
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "<a></a>";
  CHECK(refused(domain(many)) == "got more than 100000 tags");
  const auto nested = [](int depth) {
    std::string before, after;
    for (int i = 0; i < depth; ++i) (before += "<a>", after += "</a>");
    return domain(before + after);
  };
  CHECK(read_domain(nested(250), DomainOperation::came, true).ok());
  CHECK(refused(nested(300)) == "nested more than 256 deep");
}
