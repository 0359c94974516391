#include "hooks/wishes.h"

#include "hooks/wish_values.h"
#include "tests/support/catch.h"

using namespace dcat;
using Annotations = std::map<std::string, std::string>;
using Contract = Wishes::Contract;

namespace {

Wishes ways(int n) {
  Wishes wishes;
  wishes.contract = Contract::ways;
  wishes.ways = Ways(n);
  return wishes;
}

}  // namespace

TEST_CASE("an owner asks for ways, a share of the CPUs or nothing") {
  CHECK(read_wishes({{"dcat.dev/contract-ways", "3"}}, "").wishes == ways(3));
  CHECK(read_wishes({{"dcat.dev/contract-ways", "1"}}, "").wishes == ways(1));
  CHECK(read_wishes({{"dcat.dev/contract-ways", "64"}}, "").wishes == ways(64));
  CHECK(read_wishes({{"dcat.dev/contract-ways", "cpu-share"}}, "").wishes.contract == Contract::cpu_share);
  CHECK(read_wishes({{"dcat.dev/contract-ways", "none"}}, "").wishes.contract == Contract::none);
}

TEST_CASE("an owner says priority, mode and isolation") {
  const ReadWishes read =
      read_wishes({{"dcat.dev/priority", "-1000"}, {"dcat.dev/mode", "observe"}, {"dcat.dev/isolation", "strict"}}, "");
  CHECK(read.mistakes.empty());
  CHECK(read.wishes.priority == -1000);
  CHECK(read.wishes.managed == false);
  CHECK(read.wishes.isolated == true);
  CHECK_FALSE(read.wishes.contract);
  const Wishes other =
      read_wishes({{"dcat.dev/priority", "1000"}, {"dcat.dev/mode", "manage"}, {"dcat.dev/isolation", "none"}}, "")
          .wishes;
  CHECK(other.priority == 1000);
  CHECK(other.managed == true);
  CHECK(other.isolated == false);
}

TEST_CASE("who says nothing asks for nothing, and is told nothing") {
  const ReadWishes read = read_wishes({{"app", "web"}, {"dcat.devil/mode", "x"}, {"dcat.dev", "x"}}, "web");
  CHECK(read.wishes == Wishes{});
  CHECK(read.mistakes.empty());
}

TEST_CASE("a value that cannot be read counts as not there and is told") {
  struct Row {
    std::string word, value, wanted;
  };
  const std::string contract = "a number of ways of 1..64, 'cpu-share' or 'none'";
  const std::string priority = "a whole number of -1000..1000";
  const Row rows[] = {
      {"contract-ways", "", contract},
      {"contract-ways", "0", contract},
      {"contract-ways", "65", contract},
      {"contract-ways", "-1", contract},
      {"contract-ways", "3.0", contract},
      {"contract-ways", " 3", contract},
      {"contract-ways", "3 ", contract},
      {"contract-ways", "0x3", contract},
      {"contract-ways", "None", contract},
      {"contract-ways", "4294967299", contract},
      {"contract-ways", "+3", contract},
      {"priority", "high", priority},
      {"priority", "1001", priority},
      {"priority", "-1001", priority},
      {"priority", "", priority},
      {"priority", "1e3", priority},
      {"mode", "Observe", "'manage' or 'observe'"},
      {"mode", "enforce", "'manage' or 'observe'"},
      {"mode", "", "'manage' or 'observe'"},
      {"isolation", "true", "'strict' or 'none'"},
      {"isolation", "", "'strict' or 'none'"},
  };
  for (const Row& row : rows) {
    INFO(row.word << " " << row.value);
    const std::string key = "dcat.dev/" + row.word;
    const ReadWishes read = read_wishes({{key, row.value}}, "");
    CHECK(read.wishes == Wishes{});
    REQUIRE(read.mistakes.size() == 1);
    CHECK(read.mistakes[0] == key + ": got '" + row.value + "', want " + row.wanted);
  }
}

TEST_CASE("what stands for one container of a pod goes before what stands for the pod") {
  const Annotations pod{{"dcat.dev/contract-ways", "2"},
                        {"dcat.dev/contract-ways.container.web", "5"},
                        {"dcat.dev/priority.container.db", "7"},
                        {"dcat.dev/mode", "observe"}};
  const ReadWishes web = read_wishes(pod, "web");
  CHECK(web.wishes.ways == 5_ways);
  CHECK_FALSE(web.wishes.priority);
  CHECK(web.wishes.managed == false);
  CHECK(web.mistakes.empty());
  const ReadWishes db = read_wishes(pod, "db");
  CHECK(db.wishes.ways == 2_ways);
  CHECK(db.wishes.priority == 7);
  CHECK(db.mistakes.empty());
  CHECK(read_wishes(pod, "").wishes.ways == 2_ways);
  CHECK(read_wishes(pod, "").mistakes.empty());
  CHECK(read_wishes(pod, "we").wishes.ways == 2_ways);
}

TEST_CASE("a container's value that cannot be read leaves the pod's") {
  const ReadWishes read =
      read_wishes({{"dcat.dev/contract-ways", "2"}, {"dcat.dev/contract-ways.container.web", "many"}}, "web");
  CHECK(read.wishes == ways(2));
  REQUIRE(read.mistakes.size() == 1);
  CHECK(read.mistakes[0].starts_with("dcat.dev/contract-ways.container.web: got 'many'"));
}

TEST_CASE("a word of ours that nobody knows is told") {
  for (const char* const key : {"dcat.dev/contract", "dcat.dev/", "dcat.dev/Mode", "dcat.dev/contract-ways.web",
                                "dcat.dev/ways.container.web"}) {
    INFO(key);
    const ReadWishes read = read_wishes({{key, "3"}}, "web");
    CHECK(read.wishes == Wishes{});
    REQUIRE(read.mistakes.size() == 1);
    CHECK(read.mistakes[0] ==
          "'" + std::string(key) + "': no such annotation, want dcat.dev/contract-ways, priority, mode or isolation");
  }
}

TEST_CASE("somebody else's class makes a container foreign") {
  const std::string rdt = "rdt.resources.beta.kubernetes.io/";
  CHECK(read_wishes({{rdt + "pod", "gold"}}, "web").wishes.foreign == "rdt class gold");
  CHECK(read_wishes({{rdt + "pod", "gold"}}, "").wishes.foreign == "rdt class gold");
  CHECK(read_wishes({{rdt + "container.web", "tin"}, {rdt + "pod", "gold"}}, "web").wishes.foreign == "rdt class tin");
  CHECK(read_wishes({{rdt + "container.db", "tin"}}, "web").wishes.foreign.empty());
  CHECK(read_wishes({{rdt + "container.", "tin"}}, "").wishes.foreign.empty());
  // An empty name takes one container out of the pod's class.
  CHECK(read_wishes({{rdt + "container.web", ""}, {rdt + "pod", "gold"}}, "web").wishes.foreign.empty());
  CHECK(read_wishes({{rdt + "pod", ""}}, "web").wishes.foreign.empty());
  CHECK(read_wishes({{"io.kubernetes.cri.rdt-class", "tin"}, {rdt + "pod", "gold"}}, "web").wishes.foreign ==
        "rdt class tin");
  CHECK(read_wishes({{rdt + "pod", "gold"}, {"dcat.dev/priority", "5"}}, "web").wishes.priority == 5);
}

TEST_CASE("a contract without a number of ways leaves none of an earlier one") {
  Wishes wishes = ways(3);
  CHECK(read_wish("contract-ways", "none", wishes).empty());
  CHECK(wishes.ways == 0_ways);
}

TEST_CASE("messages show what was written short and printable") {
  CHECK(shown_text("a\nb\x1b[31m\xff") == "'a?b?[31m?'");
  CHECK(shown_text(std::string(40, 'x')) == "'" + std::string(40, 'x') + "'");
  CHECK(shown_text(std::string(41, 'x')) == "'" + std::string(40, 'x') + "...'");
}

TEST_CASE("a thousand mistakes are told in sixteen lines") {
  Annotations many;
  for (int i = 0; i < 1000; ++i) many["dcat.dev/x" + std::to_string(i)] = "1";
  const ReadWishes read = read_wishes(many, "");
  REQUIRE(read.mistakes.size() == 16);
  CHECK(read.mistakes.back() == "there are more mistakes");
}
