#include "perfmon/papi/event_names.h"

#include "perfmon/event_table.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

const EventTable kZen3 = event_table_for({"AuthenticAMD", 0x19, 1});

class FakeNames : public EventNames {
 public:
  Result<PerfCode> code_of(const std::string& name) override {
    asked.push_back(name);
    const auto known = codes.find(name);
    if (known == codes.end()) return Error{ErrorCode::bad_input, "look up", "no such event", ""};
    return known->second;
  }
  std::vector<std::string> all() override {
    std::vector<std::string> names;
    for (const auto& [name, code] : codes) names.push_back(name);
    return names;
  }

  std::map<std::string, PerfCode> codes{{"LONGEST_LAT_CACHE:MISS", {kPerfTypeRaw, 0x412e}},
                                        {"LONGEST_LAT_CACHE:REFERENCE", {kPerfTypeRaw, 0x4f2e}},
                                        {"PAPI_L3_TCM", {kPerfTypeRaw, 0x412e}}};
  std::vector<std::string> asked;
};

Result<EventTable> with(const std::map<Event, std::string>& events) {
  FakeNames names;
  return with_overrides(kZen3, events, names);
}
PerfCode code_of(const std::string& text) {
  const Result<EventTable> table = with({{Event::llc_misses, text}});
  if (!table) FAIL(table.error().to_string());
  return row_of(*table, Event::llc_misses).code;
}
std::string why_not(const std::string& text) {
  const Result<EventTable> table = with({{Event::llc_misses, text}});
  if (table) return "no error";
  CHECK(table.error().code == ErrorCode::bad_input);
  CHECK(table.error().what == "counting: events");
  CHECK(table.error().todo.find("r412e") != std::string::npos);
  return table.error().why;
}

}  // namespace

TEST_CASE("without overrides the table stays as it is") {
  const Result<EventTable> table = with({});
  REQUIRE(table.ok());
  for (const Event event : kAllEvents) CHECK(row_of(*table, event).code == row_of(kZen3, event).code);
}

TEST_CASE("an event is a raw code, perf's own way of writing it, a name or a preset") {
  const struct {
    std::string text;
    PerfCode code;
  } rows[] = {
      {"r412e", {kPerfTypeRaw, 0x412e}},
      {"r4F2E", {kPerfTypeRaw, 0x4f2e}},
      {"r100000120", {kPerfTypeRaw, 0x100000120}},
      {"cpu/event=0x2e,umask=0x41/", {kPerfTypeRaw, 0x412e}},
      {"cpu/umask=0x41,event=0x2e/", {kPerfTypeRaw, 0x412e}},
      {"cpu/event=46,umask=65/", {kPerfTypeRaw, 0x412e}},
      {"cpu/event=0x1ab/", {kPerfTypeRaw, 0x1000000ab}},  // AMD's upper event bits are 35:32
      {"cpu/event=0x3c,cmask=1,inv=1,edge=1/", {kPerfTypeRaw, 0x184003c}},
      {"cpu/event=0x3c,inv/", {kPerfTypeRaw, 0x80003c}},
      {"LONGEST_LAT_CACHE:MISS", {kPerfTypeRaw, 0x412e}},
      {"PAPI_L3_TCM", {kPerfTypeRaw, 0x412e}},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(code_of(row.text) == row.code);
  }
}

TEST_CASE("only names are asked of the libraries") {
  FakeNames names;
  REQUIRE(with_overrides(kZen3,
                         {{Event::cycles, "r76"},
                          {Event::instructions, "none"},
                          {Event::llc_references, "cpu/event=1/"},
                          {Event::llc_misses, "PAPI_L3_TCM"}},
                         names)
              .ok());
  CHECK(names.asked == std::vector<std::string>{"PAPI_L3_TCM"});
}

TEST_CASE("an override is a row that says where it comes from, and the others stay") {
  const Result<EventTable> table = with({{Event::llc_misses, "r412e"}, {Event::memory_accesses, "none"}});
  REQUIRE(table.ok());
  const EventRow& row = row_of(*table, Event::llc_misses);
  CHECK((row.event == Event::llc_misses && row.name == "r412e" && row.fidelity == Fidelity::stand_in));
  CHECK(row.note == "given in the configuration");
  CHECK(row.source == "counting: events");
  CHECK(row_of(*table, Event::memory_accesses).code.type == kPerfTypeNone);
  CHECK(row_of(*table, Event::memory_accesses).note == "not counted, by the configuration");
  CHECK(row_of(*table, Event::llc_references).code == row_of(kZen3, Event::llc_references).code);
}

TEST_CASE("what cannot be resolved says what, where, why and what is near") {
  CHECK(why_not("LONGEST_LAT_CACHE:MIS") ==
        "llc_misses: \"LONGEST_LAT_CACHE:MIS\": no such event; did you mean LONGEST_LAT_CACHE:MISS?");
  CHECK(why_not("longest_lat_cache") ==
        "llc_misses: \"longest_lat_cache\": no such event; did you mean LONGEST_LAT_CACHE:MISS or "
        "LONGEST_LAT_CACHE:REFERENCE?");
  CHECK(why_not("FLOPS") == "llc_misses: \"FLOPS\": no such event");
  const struct {
    std::string text, why;
  } rows[] = {
      {"cpu/event=0x2e", "the last / is missing"},
      {"cpu//", "event= is missing"},
      {"cpu/umask=0x41/", "event= is missing"},
      {"cpu/event=0x1000/", "\"event=0x1000\" is out of range or no number"},
      {"cpu/event=1,umask=256/", "\"umask=256\" is out of range or no number"},
      {"cpu/event=1,inv=2/", "\"inv=2\" is out of range or no number"},
      {"cpu/event=,umask=1/", "\"event=\" is out of range or no number"},
      {"cpu/event=0x/", "\"event=0x\" is out of range or no number"},
      {"cpu/event=1,ldlat=3/", "\"ldlat\" is not event, umask, edge, inv or cmask"},
      {"r", "no such event"},
      {"r41zz", "no such event"},
      {"r11111111111111111", "no such event"},  // beyond 64 bits
      {"None", "no such event"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(why_not(row.text) == "llc_misses: \"" + row.text + "\": " + row.why);
  }
}

TEST_CASE("all overrides that cannot be resolved are told at once") {
  const Result<EventTable> table = with({{Event::cycles, "FLOPS"}, {Event::llc_misses, "cpu/"}});
  REQUIRE(!table.ok());
  CHECK(table.error().why == "cycles: \"FLOPS\": no such event; llc_misses: \"cpu/\": the last / is missing");
}

TEST_CASE("two events of one code are one mistake") {
  CHECK(why_not("r5e44") == "llc_misses: \"r5e44\" is what llc_references counts");
  CHECK(with({{Event::llc_misses, "r5e44"}, {Event::llc_references, "r4844"}}).ok());
  CHECK(with({{Event::llc_misses, "none"}, {Event::llc_references, "none"}}).ok());
}

TEST_CASE("near names are those at few edits or that hold the word, three at most") {
  const std::vector<std::string> names{"ABCDEF", "ABCDEG", "XBCDEF", "UNRELATED_EVENT", "Y_ABCDEF_Z", "ABXXXX"};
  CHECK(near_names("abcdef", names) == std::vector<std::string>{"ABCDEF", "ABCDEG", "XBCDEF"});
  CHECK(near_names("ABCDE", names) == std::vector<std::string>{"ABCDEF", "ABCDEG", "Y_ABCDEF_Z"});
  CHECK(near_names("ABC", names).empty());
  CHECK(near_names("", names).empty());
  CHECK(near_names("QQQQQQ", names).empty());
  CHECK(near_names(std::string(201, 'A'), {std::string(201, 'A')}).empty());
}
