// Domain XML of somebody who means harm: it is refused with a reason or read within its bounds, never at length.
#include <algorithm>

#include "hooks/libvirt/domain.h"
#include "hooks/libvirt/domain_cgroup.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

const std::string kUuid = "<uuid>a173eb64-f8e6-419b-a2b7-2d3283ecb26c</uuid>";
const std::string kOurs = "https://dcat.dev/domain/1.0";

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string domain(const std::string& inside) {
  return "<domain id='6'><name>web-1</name>" + kUuid + inside + "</domain>";
}
std::string with_metadata(const std::string& inside) {
  return domain("<metadata>" + inside + "</metadata>");
}

Result<ReadDomain> read_it(const std::string& xml) {
  return read_domain(xml, DomainOperation::came, true);
}
Wishes wishes_of(const std::string& xml) {
  const Result<ReadDomain> read = read_it(xml);
  if (!read) FAIL(read.error().to_string());
  return read->announcement.wishes;
}
std::string why_not(const std::string& xml) {
  const Result<ReadDomain> read = read_it(xml);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::bad_input);
  return read.error().why;
}

// UTF-16 of an ASCII text.
std::string utf16(const std::string& text, bool little) {
  std::string wide = little ? "\xff\xfe" : "\xfe\xff";
  for (const char c : text) wide += little ? std::string{c, '\0'} : std::string{'\0', c};
  return wide;
}

}  // namespace

TEST_CASE("100,000 levels are refused, whether they are closed or not") {
  CHECK(why_not(domain(repeated("<a>", 40'000) + repeated("</a>", 40'000))) == "nested more than 256 deep");
  CHECK(why_not(repeated("<a>", 100'000)).starts_with("near byte "));
  CHECK(why_not(repeated("<a>", 100'000) + repeated("</a>", 100'000)) == "got more than 100000 tags");
}

TEST_CASE("entities of a document's own are refused, however few, and nothing is expanded") {
  std::string bomb = "<!DOCTYPE domain [<!ENTITY a0 'aaaaaaaaaa'>";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "&a" + std::to_string(i - 1) + ";";
    bomb += "<!ENTITY a" + std::to_string(i) + " '" + repeated(before, 10) + "'>";
  }
  CHECK(why_not(bomb + "]>" + domain("<x>&a9;</x>")) == "got a DTD, want none, nor entities of its own");
  // One that nobody declared stays text.
  CHECK(wishes_of(with_metadata("<c xmlns='" + kOurs + "'><mode>&observe;</mode></c>")).managed == std::nullopt);
}

TEST_CASE("a huge attribute is read and a name that is too long is left out") {
  CHECK(read_it(domain("<x a='" + std::string(1 << 20, 'x') + "'/>")).ok());
  const Result<ReadDomain> read =
      read_it("<domain id='6'><name>" + std::string(1 << 20, 'n') + "</name>" + kUuid + "</domain>");
  REQUIRE(read.ok());
  CHECK(read->announcement.name.empty());
  REQUIRE(read->mistakes.size() == 1);
  CHECK(read->mistakes[0].starts_with("name: left out"));
}

TEST_CASE("attributes are bounded in each element") {
  const auto attributes = [](int n) {
    std::string all;
    for (int i = 0; i < n; ++i) all += " a" + std::to_string(i) + "=''";
    return domain("<x" + all + "/>");
  };
  CHECK(read_it(attributes(64)).ok());
  CHECK(why_not(attributes(65)) == "got more than 64 attributes in one element");
  CHECK(why_not(domain("<x" + repeated(" a=''", 500'000) + "/>")) == "got more than 64 attributes in one element");
}

TEST_CASE("of metadata that is there twice the first counts, and the other is told") {
  const Result<ReadDomain> read = read_it(with_metadata("<a xmlns='" + kOurs + "'><mode>observe</mode></a>" +
                                                        "<b xmlns='" + kOurs + "'><mode>manage</mode></b>"));
  REQUIRE(read.ok());
  CHECK(read->announcement.wishes.managed == false);
  REQUIRE(read->mistakes.size() == 1);
  CHECK(read->mistakes[0] == "metadata: mode: is there twice, the first one counts");
  const std::string twice = "<metadata><a xmlns='" + kOurs + "'><mode>observe</mode></a></metadata>" +
                            "<metadata><a xmlns='" + kOurs + "'><mode>manage</mode></a></metadata>";
  CHECK(wishes_of(domain(twice)).managed == false);
}

TEST_CASE("a prefix means what the innermost declaration says") {
  const std::string mode = "<d:mode>observe</d:mode>";
  CHECK(wishes_of(with_metadata("<d:c xmlns:d='" + kOurs + "'>" + mode + "</d:c>")).managed == false);
  CHECK(wishes_of("<domain xmlns:d='" + kOurs + "'>" + kUuid + "<metadata><d:c>" + mode + "</d:c></metadata></domain>")
            .managed == false);
  // Redefined: on the way, on the element itself, and back.
  CHECK_FALSE(wishes_of(domain("<metadata xmlns:d='" + kOurs + "'><d:c xmlns:d='u'>" + mode + "</d:c></metadata>"))
                  .managed.has_value());
  CHECK_FALSE(wishes_of(with_metadata("<d:c xmlns:d='" + kOurs + "'><d:mode xmlns:d='u'>observe</d:mode></d:c>"))
                  .managed.has_value());
  CHECK(wishes_of(domain("<metadata xmlns:d='u'><d:c xmlns:d='" + kOurs + "'>" + mode + "</d:c></metadata>")).managed ==
        false);
  // Nobody declared it, or only next to it.
  CHECK_FALSE(wishes_of(with_metadata("<d:c>" + mode + "</d:c>")).managed.has_value());
  CHECK_FALSE(wishes_of(with_metadata("<e xmlns:d='" + kOurs + "'/><d:c>" + mode + "</d:c>")).managed.has_value());
}

TEST_CASE("CDATA is text, and what is no XML behind it is refused") {
  CHECK(wishes_of(with_metadata("<c xmlns='" + kOurs + "'><contract><![CDATA[3]]></contract></c>")).ways == 3_ways);
  CHECK_FALSE(read_it(domain("<x><![CDATA[ ]] ></x>")).ok());
}

TEST_CASE("a byte order mark of UTF-8 is passed over, other encodings are refused") {
  CHECK(read_it("\xef\xbb\xbf" + domain("")).ok());
  CHECK(why_not(utf16(domain(""), true)) == "got a NUL");
  CHECK(why_not(utf16(domain(""), false)) == "got a NUL");
  CHECK(why_not(domain(std::string("<x>\0</x>", 8))) == "got a NUL");
}

TEST_CASE("bytes that are no UTF-8 are kept in a name and are not in messages") {
  const Result<ReadDomain> read = read_it("<domain id='6'><name>\xff\xc0\x80</name>" + kUuid + "<metadata><c xmlns='" +
                                          kOurs + "'><mode>\xff\n\x1b[2J</mode></c></metadata></domain>");
  REQUIRE(read.ok());
  CHECK(read->announcement.name == "\xff\xc0\x80");
  REQUIRE(read->mistakes.size() == 1);
  CHECK(read->mistakes[0] == "metadata: mode: got '???[2J', want 'manage' or 'observe'");
}

TEST_CASE("a partition of a million parts is no place, and is told") {
  const Result<ReadDomain> read =
      read_it(domain("<resource><partition>" + repeated("/a", 1'000'000) + "</partition></resource>"));
  REQUIRE(read.ok());
  CHECK(read->announcement.cgroup.empty());
  REQUIRE(read->mistakes.size() == 1);
  CHECK(read->mistakes[0].starts_with("partition: got '/a/a/a"));
  // systemd's names have 255 bytes at most: "a-a-...-a.slice" of 125 parts has 249 + 6.
  CHECK_FALSE(domain_cgroup(6, "web", repeated("/a", 125), true).empty());
  CHECK(domain_cgroup(6, "web", repeated("/a", 126), true).empty());
  CHECK_FALSE(domain_cgroup(6, "web", repeated("/a", 2048), false).empty());
  CHECK(domain_cgroup(6, "web", repeated("/a", 2049), false).empty());
}

TEST_CASE("metadata of many elements tells sixteen mistakes at most") {
  std::string many;
  for (int i = 0; i < 40'000; ++i) many += "<d:x" + std::to_string(i) + "/>";
  const Result<ReadDomain> read = read_it(with_metadata("<d:c xmlns:d='" + kOurs + "'>" + many + "</d:c>"));
  REQUIRE(read.ok());
  CHECK(read->mistakes.size() == 16);
  CHECK(read->mistakes.back() == "there are more mistakes");
}
