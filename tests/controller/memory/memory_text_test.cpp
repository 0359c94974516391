// The memory file's text: what is refused and why, what fits, and how time passes while no controller runs.
#include "controller/memory/memory_text.h"

#include <fmt/format.h>

#include "controller/memory/memory_line.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

TimePoint at_s(std::int64_t seconds) {
  return TimePoint(std::chrono::seconds(seconds));
}

DomainMemory some_domain() {
  DomainMemory domain{DomainId{0}, Ways(3), Ways(20), 1 << 20, 2, 15, {}};
  Phase& phase = domain.phases.emplace_back();
  phase.id = 1;
  phase.reference = 0.25;
  phase.baseline_ipc = 0.5;
  phase.preferred = Ways(5);
  phase.record = PhaseRecord{State::keeper, false, Ways(5)};
  phase.last_seen = 15;
  phase.table.record(Ways(3), 1, 20, 4);
  phase.table.record(Ways(5), 1.5, 20, 0.5);
  return domain;
}

KeptMemory some_memory(int containers) {
  KeptMemory kept{"processor; instructions retired", false, 1'000'000, at_s(1000), {}, "a-boot", "{\"dcat\":1}\n"};
  kept.memory.most_containers = 4096;
  kept.memory.forget_after = std::chrono::hours(1);
  for (int i = 0; i < containers; ++i)
    kept.memory.containers.push_back({ContainerId{std::to_string(1000 + i)}, at_s(1000 - i), {some_domain()}});
  return kept;
}

std::string why(const std::string& text) {
  const auto read = parse_memory_text(text);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::bad_input);
  return read.error().why;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a memory's bytes are known") {
  const std::string text = format_memory_text(some_memory(1)).text;
  CHECK(text.starts_with("dcat-memory 2 crc32 "));
  CHECK(
      text.substr(text.find('\n')) ==
      "\n"
      R"({"basis":"processor; instructions retired","written_unix_s":1000000,"at_ns":1000000000000,"boot_id":"a-boot"})"
      "\n"
      R"({"kind":"memory","most_containers":4096,"forget_after_ns":3600000000000,"containers":[)"
      R"({"id":"1000","seen_ns":1000000000000,"domains":[{"id":0,"contract":3,"ways":20,"way_bytes":1048576,)"
      R"("next_phase":2,"periods":15,"phases":[{"id":1,"last_seen":15,"reference":0.25,"baseline_ipc":0.5,)"
      R"("preferred":5,"state":"Keeper","size":5,"table":[)"
      R"({"ways":3,"normalised_ipc":1,"weight":1,"llc_refs_per_ki":20,"mpki":4},)"
      R"({"ways":5,"normalised_ipc":1.5,"weight":1,"llc_refs_per_ki":20,"mpki":0.5}]}]}]}]})"
      "\n{\"dcat\":1}\n");
}

TEST_CASE("what is no memory is refused with its reason") {
  const std::string text = format_memory_text(some_memory(2)).text;
  REQUIRE(parse_memory_text(text).ok());
  CHECK(why("") == "it does not begin as a memory does");
  CHECK(why("#!/bin/sh\n") == "it does not begin as a memory does");
  CHECK(why(replaced(text, "dcat-memory 2", "dcat-memory 0")) == "it does not begin as a memory does");
  CHECK(why(replaced(text, "dcat-memory 2", "dcat-memory 3")) == "it is of version 3, this program knows 2");
  CHECK(why("dcat-memory 3 sha512 whatever comes then\n") == "it is of version 3, this program knows 2");
  CHECK(why("dcat-memory 2") == "it is cut short");
  for (const std::size_t bytes : {text.size() - 1, text.size() / 2, text.find('\n') + 1})
    CHECK(why(text.substr(0, bytes)) == "its checksum or its length is another than it says");
  CHECK(why(replaced(text, "\"baseline_ipc\":0.5", "\"baseline_ipc\":0.6")) ==
        "its checksum or its length is another than it says");
}

TEST_CASE("a line that says what cannot be is refused with its key") {
  struct Row {
    std::string from, to, path;
  };
  const std::string line = format_memory(some_memory(1).memory, false);
  REQUIRE(parse_memory(line, false).ok());
  for (const Row& row : std::vector<Row>{
           {R"("kind":"memory")", R"("kind":"header")", "memory: kind"},
           {R"("id":"1000")", R"("id":"")", "memory: containers[0].id"},
           {R"("contract":3)", R"("contract":65)", "memory: containers[0].domains[0].contract"},
           {R"("next_phase":2)", R"("next_phase":1)", "memory: containers[0].domains[0].next_phase"},
           {R"("phases":[{"id":1)", R"("phases":[{"id":2)", "memory: containers[0].domains[0].phases[0].id"},
           {R"("last_seen":15)", R"("last_seen":16)", "memory: containers[0].domains[0].phases[0].last_seen"},
           {R"("baseline_ipc":0.5)", R"("baseline_ipc":0)", "memory: containers[0].domains[0].phases[0].baseline_ipc"},
           {R"("baseline_ipc":0.5,)", "", "memory: containers[0].domains[0].phases[0]"},
           {R"("state":"Keeper")", R"("state":"Reclaim")", "memory: containers[0].domains[0].phases[0].state"},
           {R"("size":5)", R"("size":0)", "memory: containers[0].domains[0].phases[0].size"},
           {R"("size":5)", R"("size":5,"sighs":5)", "memory: containers[0].domains[0].phases[0]"},
           {R"({"ways":5)", R"({"ways":3)", "memory: containers[0].domains[0].phases[0].table[1]"},
           {R"("normalised_ipc":1.5)", R"("normalised_ipc":-1)",
            "memory: containers[0].domains[0].phases[0].table[1].normalised_ipc"},
       }) {
    INFO(row.from << " -> " << row.to);
    const auto read = parse_memory(replaced(line, row.from, row.to), false);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().what == row.path);
  }
}

TEST_CASE("a memory of version 1, which knows nothing of adaptive, is read as well") {
  const std::string text = format_memory_text(some_memory(1)).text;
  const auto back = parse_memory_text(replaced(text, "dcat-memory 2", "dcat-memory 1"));
  REQUIRE(back.ok());
  CHECK(*back == some_memory(1));
}

TEST_CASE("what adaptive learned reads back, and what it cannot have learned is refused with its key") {
  KeptMemory kept = some_memory(1);
  Phase& phase = kept.memory.containers[0].domains[0].phases[0];
  phase.evidence.record(1.5, 8, 2);
  phase.evidence.record(3, 4, 1.25);
  phase.evidence.record_features(0.25, 20, 3);
  const std::string line = format_memory(kept.memory, false);
  CHECK(
      line.find(R"("features":{"accesses_per_instruction":0.25,"refs_per_ki":20,"ways":3,"weight":1},)"
                R"("measured":[{"ways":1.5,"mpki":8,"cpi":2,"weight":1},{"ways":3,"mpki":4,"cpi":1.25,"weight":1}])") !=
      std::string::npos);
  CHECK(*parse_memory(line, false) == kept.memory);
  std::string many;
  for (std::size_t i = 0; i <= kMostMeasurements; ++i)
    many += (i == 0 ? "" : ",") + fmt::format(R"({{"ways":{},"mpki":1,"cpi":1,"weight":1}})", i + 1);
  const std::string measured = line.substr(
      line.find("\"measured\":["), line.find("]", line.find("\"measured\":[")) + 1 - line.find("\"measured\":["));
  const std::string features =
      line.substr(line.find("\"features\""), line.find("\"measured\"") - line.find("\"features\""));
  const std::string at = "memory: containers[0].domains[0].phases[0]";
  struct Row {
    std::string from, to, path;
  };
  for (const Row& row : std::vector<Row>{
           {measured, R"("measured":[)" + many + "]", at + ".measured"},
           {measured, R"("measured":[])", at + ".measured"},
           {features, "", at},
           {"," + measured, "", at},
           {R"("cpi":2)", R"("cpi":0)", at + ".measured[0].cpi"},
           {R"("cpi":2)", R"("cpi":1e300)", at + ".measured[0].cpi"},
           {R"("mpki":8)", R"("mpki":-1)", at + ".measured[0].mpki"},
           {R"("ways":1.5)", R"("ways":65)", at + ".measured[0].ways"},
           {R"("ways":1.5)", R"("ways":3)", at + ".measured[1]"},
           {R"("weight":1})" + std::string(R"(,"measured")"), R"("weight":0},"measured")", at + ".features.weight"}}) {
    INFO(row.from << " -> " << row.to);
    const auto read = parse_memory(replaced(line, row.from, row.to), false);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().what == row.path);
  }
}

TEST_CASE("what does not fit is left out, the longest gone first") {
  const KeptMemory kept = some_memory(100);
  const std::size_t all = format_memory_text(kept).text.size();
  for (const std::size_t most : {all, all - 1, all / 2, all / 10, std::size_t{500}}) {
    const MemoryText text = format_memory_text(kept, most);
    CHECK(text.text.size() <= most);
    const auto back = parse_memory_text(text.text);
    REQUIRE(back.ok());
    const auto& left = back->memory.containers;
    CHECK(left.size() + text.left_out == 100);
    CHECK((text.left_out == 0) == (most == all));
    if (most >= all / 2) CHECK(left.size() >= 40);
    CHECK(std::equal(left.begin(), left.end(), kept.memory.containers.begin()));
    CHECK(back->memory.most_containers == 4096);
  }
}

TEST_CASE("announcements go before memories where the room is small, unless they take more than half of it") {
  KeptMemory kept = some_memory(100);
  kept.announced.assign(10'000, 'x').push_back('\n');
  const MemoryText some = format_memory_text(kept, 30'000);
  CHECK_FALSE(some.announced_left_out);
  CHECK(parse_memory_text(some.text)->announced == kept.announced);
  CHECK(some.left_out > 0);
  const MemoryText none = format_memory_text(kept, 20'000);
  CHECK(none.announced_left_out);
  CHECK(parse_memory_text(none.text)->announced.empty());
  CHECK(none.text.size() <= 20'000);
}

TEST_CASE("time passes while no controller runs, also over a reboot, and a clock that was set back is no time") {
  KeptMemory kept = some_memory(3);  // seen at 1000, 999 and 998 s, written at 1000 s
  const Memory later = take_up(kept, 1'000'060, at_s(7), 10, std::chrono::hours(1));
  REQUIRE(later.containers.size() == 3);
  CHECK(later.most_containers == 10);
  CHECK(later.containers[0].seen == at_s(7 - 60));
  CHECK(later.containers[2].seen == at_s(7 - 62));
  CHECK(take_up(kept, 1'003'599, at_s(7), 10, std::chrono::hours(1)).containers.size() == 2);
  CHECK(take_up(kept, 1'003'601, at_s(7), 10, std::chrono::hours(1)).containers.empty());
  CHECK(take_up(kept, 1'000'000, at_s(7), 2, std::chrono::hours(1)).containers.size() == 2);
  CHECK(take_up(kept, 5, at_s(7), 10, std::chrono::hours(1)).containers[0].seen == at_s(7));
  kept.memory.containers[0].seen = at_s(2000);  // later than it was written
  CHECK(take_up(kept, 1'000'000, at_s(7), 10, std::chrono::hours(1)).containers[0].seen == at_s(7));
}

}  // namespace dcat
