#include "cat/schemata.h"

#include <cstdint>

#include "tests/support/catch.h"

namespace dcat {
namespace {

using Values = std::vector<std::pair<DomainId, std::string>>;
using Masks = std::vector<std::pair<DomainId, Cbm>>;

std::vector<SchemataLine> parsed(const std::string& text) {
  Result<std::vector<SchemataLine>> lines = parse_schemata(text);
  if (!lines) FAIL(lines.error().to_string());
  return *std::move(lines);
}

// "L3:0=f;1=3" of each L3 line, or what is wrong.
std::string masks_of(const std::string& text) {
  const auto masks = parse_cbms(parsed(text).at(0));
  return masks ? format_schemata("L3", *masks) : masks.error().to_string();
}

TEST_CASE("a schemata file is read as both the old and the new kernels print it") {
  const std::vector<SchemataLine> both{{"MB", {{DomainId{0}, "100"}, {DomainId{3}, "50"}}},
                                       {"L3", {{DomainId{0}, "fffff"}, {DomainId{3}, "3"}}}};
  CHECK(parsed("MB:0=100;3=50\nL3:0=fffff;3=3\n") == both);
  CHECK(parsed("    MB:0= 100;3=  50\n    L3:0=fffff;3=    3\n") == both);
  CHECK(masks_of("    L3:0=000ff;1=00003\n") == "L3:0=ff;1=3");
}

TEST_CASE("what surrounds lines and values changes nothing") {
  const std::vector<SchemataLine> line{{"L3", {{DomainId{0}, "f"}, {DomainId{1}, "3"}}}};
  for (const char* text :
       {"L3:0=f;1=3", "L3:0=f;1=3\n\n\n", "\n\nL3:0=f;1=3\r\n", "\tL3 : 0 = f ; 1 = 3 ;\n", "L3:;0=f;;1=3;\n"}) {
    INFO(text);
    CHECK(parsed(text) == line);
  }
}

TEST_CASE("resources that nobody knows are kept, and found by name") {
  const auto lines = parsed("L3CODE:0=f\nL3DATA:0=7\nL2:0=ff;1=ff\nNEW:4=a b\nMB:0=100\n");
  REQUIRE(lines.size() == 5);
  REQUIRE(find_line(lines, "L2") != nullptr);
  CHECK(find_line(lines, "L2")->values == Values{{DomainId{0}, "ff"}, {DomainId{1}, "ff"}});
  CHECK(find_line(lines, "NEW")->values == Values{{DomainId{4}, "a b"}});
  CHECK(find_line(lines, "L3") == nullptr);
  CHECK(find_line(lines, "") == nullptr);
}

TEST_CASE("an empty file has no lines, and a resource may have no domain") {
  CHECK(parsed("").empty());
  CHECK(parsed("\n \n\t\n").empty());
  CHECK(parsed("L3:\n") == std::vector<SchemataLine>{{"L3", {}}});
}

TEST_CASE("a group that is being made ready for pseudo-locking has no masks yet") {
  CHECK(parsed("    MB:uninitialized\n    L3:uninitialized\n") == std::vector<SchemataLine>{{"MB", {}}, {"L3", {}}});
}

TEST_CASE("what is no schemata line is refused and shown") {
  for (const std::string text :
       {"L3", "0=f", ":0=f", " : 0=f", "L3:f", "L3:0", "L3:=f", "L3:x=f", "L3:0x1=f", "L3:-1=f", "L3:1.5=f", "L3:0 1=f",
        "L3:2147483648=f", "L3:99999999999999999999=f", "L3:0=f;1", "L3:0=f;x=1", "L3:uninitialised",
        "\x7f\x45\x4c\x46", "L3:0=f\nrubbish\n"}) {
    INFO(text);
    const auto lines = parse_schemata(text);
    REQUIRE_FALSE(lines.ok());
    CHECK(lines.error().code == ErrorCode::bad_input);
    CHECK(lines.error().to_string().find("want NAME:domain=value;...") != std::string::npos);
  }
  CHECK(parse_schemata("L3:0=f\n rubbish \n").error().what == "schemata line \"rubbish\"");
  CHECK_FALSE(parse_schemata(std::string("L3\0:0=f\nL3", 10)).ok());
}

TEST_CASE("masks come ascending by domain, whatever the file's order") {
  CHECK(masks_of("L3:7=1;0=3;3=f\n") == "L3:0=3;3=f;7=1");
  CHECK(parse_cbms({"L3", {}})->empty());
}

TEST_CASE("masks are hexadecimal numbers of up to 64 bits") {
  CHECK(masks_of("L3:0=FfFf\n") == "L3:0=ffff");
  CHECK(masks_of("L3:0=ffffffffffffffff\n") == "L3:0=ffffffffffffffff");
  CHECK(masks_of("L3:0=0\n") == "L3:0=0");
  for (const std::string value : {"", "0x3", "-1", "+1", "g", "f f", "f=f", "1ffffffffffffffff", "f\n", "f,3", "*"}) {
    INFO(value);
    const auto masks = parse_cbms({"L3", {{DomainId{2}, value}}});
    REQUIRE_FALSE(masks.ok());
    CHECK(masks.error().to_string() == "L3 of domain 2: got \"" + value + "\", want a hexadecimal mask");
  }
  CHECK_FALSE(parse_cbms({"L3", {{DomainId{0}, std::string("f\0", 2)}}}).ok());
}

TEST_CASE("a domain that comes twice is refused") {
  CHECK(masks_of("L3:0=f;3=1;0=f\n") == "L3: domain 0 comes twice");
}

TEST_CASE("a huge file is read to its end") {
  std::string text = "L3:";
  for (int id = 0; id < 100'000; ++id) text += std::to_string(id) + "=f;";
  const auto masks = parse_cbms(parsed(text).at(0));
  REQUIRE(masks.ok());
  CHECK(masks->size() == 100'000);
  CHECK(masks->back() == std::pair(DomainId{99'999}, Cbm(0xf)));
}

TEST_CASE("masks are written as the kernel takes them and read back") {
  CHECK(format_schemata("L3CODE", {{DomainId{0}, Cbm(0xf0)}, {DomainId{12}, Cbm(1)}}) == "L3CODE:0=f0;12=1");
  CHECK(format_schemata("L3", {{DomainId{0}, Cbm(0)}}) == "L3:0=0");
  CHECK(format_schemata("L3", {}) == "L3:");
  CHECK(format_schemata(WriteMasks{GroupId{"a"}, {{DomainId{3}, Cbm(~std::uint64_t{0})}}}) == "L3:3=ffffffffffffffff");
  CHECK(masks_of(format_schemata("L3", {{DomainId{0}, Cbm(0xc)}, {DomainId{2}, Cbm(0xabc)}}) + "\n") == "L3:0=c;2=abc");
}

}  // namespace
}  // namespace dcat
