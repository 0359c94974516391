#include "controller/trace.h"

#include <climits>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "controller/trace_difference.h"
#include "controller/trace_writer.h"
#include "tests/controller/trace_values.h"
#include "tests/support/catch.h"

namespace dcat {

TEST_CASE("a header reads back as it was written") {
  for (const Mode mode : {Mode::observe, Mode::advise, Mode::enforce})
    for (const bool simulated : {false, true}) {
      TraceHeader header = some_header();
      header.mode = mode;
      header.simulated = simulated;
      const auto back = parse_trace_header(format_trace_header(header));
      REQUIRE(back.ok());
      CHECK(*back == header);
    }
}

TEST_CASE("a header says what it is first and holds every parameter, defaults too") {
  const std::string line = format_trace_header(some_header());
  CHECK(line.starts_with(R"({"kind":"header","simulated":true,"version":2,"dcat_version":"0.1.0","mode":"enforce",)"
                         R"("backend":"sim","counters":"sim","interval_ns":1000000000,"parameters":{)"
                         R"("phase_change_ratio":0.1,)"));
  CHECK(line.ends_with(R"("max_phases":16,"max_moved_ways":2,"policy":"max_performance",)"
                       R"("goal":"throughput","caution":1.3,"move_cost":0.003,"worth_moving":0.01,"change_risk":0.8,)"
                       R"("look_budget_ratio":0.001}})"));
  CHECK(line.find(R"("settle_ns":100000000,"count_cumulative_gain":true)") != std::string::npos);
}

TEST_CASE("a header of version 1 has no parameters of adaptive, and is read with those that behave as before") {
  const std::string now = format_trace_header(some_header());
  const std::size_t since = now.find(R"(,"goal")");
  REQUIRE(since != std::string::npos);
  const std::string then = replaced(now.substr(0, since) + "}}", R"("version":2)", R"("version":1)");
  const auto back = parse_trace_header(then);
  REQUIRE(back.ok());
  CHECK(back->version == 1);
  CHECK(back->parameters == some_header().parameters);
  CHECK(format_trace_header(*back) == then);
  // Each version has its own keys, all of them and no others.
  CHECK(parse_trace_header(replaced(now, R"("version":2)", R"("version":1)")).error().code == ErrorCode::bad_input);
  const auto without = parse_trace_header(replaced(then, R"("version":1)", R"("version":2)"));
  REQUIRE_FALSE(without.ok());
  CHECK(without.error().to_string().find(R"(key "goal" is missing)") != std::string::npos);
}

TEST_CASE("an observation with every field reads back as it was written") {
  for (const bool simulated : {false, true}) {
    const std::string line = format_observation(full_observation(), simulated);
    const auto back = parse_observation(line, simulated);
    REQUIRE(back.ok());
    CHECK(*back == full_observation());
    CHECK(format_observation(*back, simulated) == line);
    CHECK(line.find('\n') == std::string::npos);
  }
}

TEST_CASE("an empty observation reads back") {
  const auto back = parse_observation(format_observation(Observation{}, false), false);
  REQUIRE(back.ok());
  CHECK(*back == Observation{});
}

TEST_CASE("an observation's bytes are known") {
  CHECK(format_observation(tick_of(1), true) ==
        R"({"kind":"observation","simulated":true,"at_ns":1000000000,)"
        R"("geometry":{"closids":4,"domains":[{"id":0,"available":"ff"}]},)"
        R"("masks":{"domains":[{"id":0,"shared":"ff"}]},)"
        R"("containers":[{"id":"db","contract_kind":"given","contract":2},)"
        R"({"id":"web","contract_kind":"given","contract":3}],)"
        R"("domains":[{"id":0,"series":[)"
        R"({"container":0,"samples":[{"at_ns":1000000000,"enabled_ns":1000000000,"instructions":2000000000,)"
        R"("cycles":3000000000,"llc_references":20000000,"llc_misses":10000000}]},)"
        R"({"container":1,"samples":[{"at_ns":1000000000,"enabled_ns":1000000000,"instructions":2000000000,)"
        R"("cycles":3000000000,"llc_references":20000000,"llc_misses":10000000}]}]}]})");
}

TEST_CASE("the manual's example is an observation, in the bytes that would be written") {
  std::ifstream file(DCAT_SOURCE_DIR "/docs/trace-format.md");
  std::stringstream manual;
  manual << file.rdbuf();
  const std::string text = manual.str();
  const std::size_t start = text.find(R"({"kind":"observation","simulated":true)");
  REQUIRE(start != std::string::npos);
  std::string line = text.substr(start, text.find("\n\n", start) - start);
  std::erase_if(line, [](char c) { return c == ' ' || c == '\n'; });
  const auto observation = parse_observation(line, true);
  REQUIRE(observation.ok());
  CHECK(format_observation(*observation, true) == line);
}

TEST_CASE("a counter that was not on all the time says how long it was") {
  Observation o = tick_of(1);
  (*o.domains[0].samples[0][Event::cycles]).running = Duration(400);
  CHECK(format_observation(o, false).find(R"("cycles":[3000000000,400],)") != std::string::npos);
}

TEST_CASE("a decision's bytes are known") {
  CHECK(format_decision(small_decision(), two_containers(), false) ==
        R"({"kind":"decision","tick":7,"at_ns":7000000000,"domains":[{"id":0,"shared":4,"free":3,"containers":[)"
        R"({"shared_region":true,"state":"Keeper","was":"Keeper","ways":4,"ways_before":5,"contract":1,)"
        R"("reason":{"code":"absent"},"metrics":{"absent":"no_samples"}},)"
        R"({"container":"web","state":"Receiver","was":"Unknown","ways":4,"ways_before":3,"contract":3,)"
        R"("dedicated":true,"phase":1,"event":"known_phase","demand":"grow",)"
        R"("reason":{"code":"gained","gain":0.12,"threshold":0.05},)"
        R"("metrics":{"instructions":2e+09,"ipc":0.8,"cpi":1.25,"miss_ratio":0.5,"mpki":12.5,"running_ratio":1,)"
        R"("sub_samples":1}}]}],)"
        R"("plan":{"domains":[{"id":0,"shared":4,"groups":[{"group":"web","ways":4}]}],)"
        R"("members":[{"container":"web","group":"web"}]},)"
        R"("masks":{"domains":[{"id":0,"shared":"f0","groups":[{"group":"web","mask":"f"}]}]},)"
        R"("changes":[{"create":"web"},{"write":"","masks":[{"id":0,"mask":"f0"}]},{"move":"web","to":"web"},)"
        R"({"remove":"old"}]})");
}

TEST_CASE("a reason says how many ways are expected where they are shared") {
  Decision d = small_decision();
  Reason& reason = d.domains[0].containers[1].reason;
  reason = Reason{};
  reason.code = ReasonCode::fits_with_others;
  reason.value = 0.97;
  reason.threshold = 0.95;
  reason.ways = 1.5;
  CHECK(format_decision(d, two_containers(), false)
            .find(R"("reason":{"code":"fits_with_others","value":0.97,"threshold":0.95,"ways":1.5})") !=
        std::string::npos);
}

TEST_CASE("a simulated decision says so, and a refusal why") {
  Decision d;
  d.refused = "too much at once";
  CHECK(format_decision(d, {}, true) ==
        R"({"kind":"decision","simulated":true,"tick":0,"at_ns":0,"refused":"too much at once"})");
}

TEST_CASE("throttles stand where there are any: with groups, in the plan and in writes") {
  Decision d = small_decision();
  d.plan.domains[0].throttles = {{GroupId{"web"}, Throttle(40)}};
  d.masks.domains[0].groups[0].throttle = Throttle(40);
  d.changes = {WriteMasks{GroupId{"web"}, {{DomainId{0}, Cbm(0xf)}}, {{DomainId{0}, Throttle(40)}}},
               WriteMasks{GroupId{"db"}, {}, {{DomainId{0}, Throttle(100)}}}};
  const std::string line = format_decision(d, two_containers(), false);
  const auto has = [&line](const std::string& text) { return line.find(text) != std::string::npos; };
  CHECK(has(R"("groups":[{"group":"web","ways":4}],"throttles":[{"group":"web","percent":40}])"));
  CHECK(has(R"("groups":[{"group":"web","mask":"f","throttle_percent":40}])"));
  CHECK(has(R"({"write":"web","masks":[{"id":0,"mask":"f"}],"throttles":[{"id":0,"percent":40}]})"));
  CHECK(has(R"({"write":"db","throttles":[{"id":0,"percent":100}]})"));
}

TEST_CASE("masks that stay as observed are left out, others are not, empty ones neither") {
  Observation o;
  o.masks.domains = {{DomainId{0}, Cbm(3), {}}};
  Decision d;
  d.masks = o.masks;
  CHECK(format_decision(d, o, false).find("masks") == std::string::npos);
  d.masks = {};
  CHECK(format_decision(d, o, false).find(R"("masks":{})") != std::string::npos);
  d.plan.members = {{ContainerId{"a"}, GroupId{"a"}}};
  CHECK(format_decision(d, o, false).find(R"("masks":{"members":[]})") != std::string::npos);
}

TEST_CASE("a number that is not finite is left out with its key") {
  Decision d;
  ContainerDecision row;
  row.container = 0;
  row.metrics.ipc = std::numeric_limits<double>::quiet_NaN();
  row.metrics.mpki = std::numeric_limits<double>::infinity();
  d.domains = {{DomainId{0}, {row}, Ways(0), Ways(0)}};
  const std::string line = format_decision(d, two_containers(), false);
  CHECK(line.find(R"("metrics":{"instructions":0,"running_ratio":0,"sub_samples":0})") != std::string::npos);
}

TEST_CASE("doubles are the shortest text that reads back") {
  const auto text = [](double value) {
    trace::Writer w;
    w.field("x", value);
    return std::move(w).take();
  };
  CHECK(text(0.1) == R"("x":0.1)");
  CHECK(text(1) == R"("x":1)");
  CHECK(text(0.1 + 0.2) == R"("x":0.30000000000000004)");
  CHECK(text(-0.0) == R"("x":-0.0)");
  CHECK(text(5e-324) == R"("x":5e-324)");
  CHECK(text(1.7976931348623157e308) == R"("x":1.7976931348623157e+308)");
}

TEST_CASE("names of any bytes are written as UTF-8 and read back") {
  struct Row {
    std::string bytes, json;
  };
  const std::vector<Row> rows{
      {"web", R"("web")"},
      {"a/b.slice", R"("a/b.slice")"},
      {R"(dev\x2dsda "1")", R"("dev\\x2dsda \"1\"")"},
      {"50%", R"("50%25")"},
      {"%41", R"("%2541")"},
      {"tab\tend\x01\x1f", R"("tab\u0009end\u0001\u001F")"},
      {"\x7f", "\"\x7f\""},
      {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
      {"\xe2\x82\xac \xf0\x9f\x90\xb1", "\"\xe2\x82\xac \xf0\x9f\x90\xb1\""},
      {"\xff", R"("%FF")"},
      {"a\xc3", R"("a%C3")"},                     // cut short
      {"\xc3(", R"("%C3(")"},                     // no second byte
      {"\xc0\xaf", R"("%C0%AF")"},                // overlong
      {"\xe0\x80\x80", R"("%E0%80%80")"},         // overlong
      {"\xf0\x80\x80\x80", R"("%F0%80%80%80")"},  // overlong
      {"\xed\xa0\x80", R"("%ED%A0%80")"},         // surrogate
      {"\xf4\x90\x80\x80", R"("%F4%90%80%80")"},  // beyond U+10FFFF
      {"\xe2\x82", R"("%E2%82")"},
      {"\x80", R"("%80")"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    std::string out;
    trace::append_name(out, row.bytes);
    CHECK(out == row.json);
    Observation o;
    o.containers = {{ContainerId{row.bytes}, {}, {}, 0}};
    o.masks.members = {{ContainerId{row.bytes}, GroupId{row.bytes}}};
    const auto back = parse_observation(format_observation(o, false), false);
    REQUIRE(back.ok());
    CHECK(*back == o);
  }
}

TEST_CASE("containers are in the order of their bytes, not of their escapes") {
  Observation o;
  // 0x25 '%' is written %25, 0xfe is written %FE: the text's order would be another one.
  o.containers = {{ContainerId{"&"}, {}, {}, 0}, {ContainerId{"\xfe"}, {}, {}, 0}};
  const auto back = parse_observation(format_observation(o, false), false);
  REQUIRE(back.ok());
  CHECK(*back == o);
}

TEST_CASE("names that no trace of ours holds are refused") {
  for (const std::string name : {"%", "%2", "%2x", "%ff", "%00", "a\\u0000b", ""}) {
    CAPTURE(name);
    const std::string line = replaced(format_observation(tick_of(1), false), "\"db\"", "\"" + name + "\"");
    const auto back = parse_observation(line, false);
    REQUIRE_FALSE(back.ok());
    CHECK(back.error().what == "trace observation: containers[0].id");
  }
}

TEST_CASE("what is wrong with an observation is said with its key's path") {
  struct Row {
    std::string from, to, what, why;
  };
  const std::string kWhat = "trace observation";
  const std::vector<Row> rows{
      {R"("kind":"observation")", R"("kind":"decision")", "kind", R"(got "decision", want observation)"},
      {R"("kind":"observation",)", "", "", R"(key "kind" is missing)"},
      {R"("at_ns":1000000000,"geo)", R"("geo)", "", R"(key "at_ns" is missing)"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":null,"geo)", "at_ns", "got null, want an integer of"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":1e3,"geo)", "at_ns", "got 1000.0, want an integer"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":"1","geo)", "at_ns", R"(got "1", want an integer)"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":9223372036854775807,"geo)", "at_ns", "want an integer"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":18446744073709551615,"geo)", "at_ns", "want an integer"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":1,"at_ns":2,"geo)", "", R"(key "at_ns" is there twice)"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":1,"later":2,"geo)", "", R"(key "later" is unknown)"},
      {R"("at_ns":1000000000,"geo)", R"("at_ns":1e999,"geo)", "", "a number is too large"},
      {R"("simulated":true)", R"("simulated":false)", "", "was measured, but the header says simulated"},
      {R"("simulated":true)", R"("simulated":1)", "simulated", "got 1, want true or false"},
      {R"("closids":4)", R"("closids":0)", "geometry.closids", "got 0, want an integer of 1"},
      {R"("closids":4)", R"("closids":4000000000)", "geometry.closids", "got 4000000000"},
      {R"("closids":4,)", "", "geometry", R"(key "closids" is missing)"},
      {R"({"id":0,"available":"ff"})", R"({"id":0})", "geometry.domains[0]", R"(key "available" is missing)"},
      {R"("available":"ff")", R"("available":"0xff")", "geometry.domains[0].available", "want a mask"},
      {R"("available":"ff")", R"("available":"-1")", "geometry.domains[0].available", "want a mask"},
      {R"("available":"ff")", R"("available":"")", "geometry.domains[0].available", "want a mask"},
      {R"("available":"ff")", R"("available":"10000000000000000")", "geometry.domains[0].available", "want a mask"},
      {R"("available":"ff")", R"("available":255)", "geometry.domains[0].available", "want a mask"},
      {R"("available":"ff")", R"("available":"f5")", "geometry.domains[0]", "available ways f5 are not one run"},
      {R"("available":"ff")", R"("available":"ff","min_cbm_bits":65)", "geometry.domains[0].min_cbm_bits", "got 65"},
      {R"("available":"ff")", R"("available":"ff","min_cbm_bits":0)", "geometry.domains[0].min_cbm_bits", "got 0"},
      {R"("available":"ff")", R"("available":"ff","tied":["x"])", "geometry.domains[0].tied[0]", "want a mask"},
      {R"("available":"ff")", R"("available":"ff","tied":"600")", "geometry.domains[0].tied", "want a list"},
      {R"("available":"ff")", R"("available":"ff","way_bytes":-1)", "geometry.domains[0].way_bytes", "got -1"},
      {R"("available":"ff")", R"("available":"ff","way_bytes":18446744073709551616)", "geometry.domains[0].way_bytes",
       "got 1.8446744073709552e+19"},
      {R"([{"id":0,"available":"ff"}])", R"([{"id":1,"available":"ff"},{"id":0,"available":"ff"}])",
       "geometry.domains[1]", "is not after the one before it"},
      {R"([{"id":0,"available":"ff"}])", R"([{"id":-1,"available":"ff"}])", "geometry.domains[0].id", "got -1"},
      {R"([{"id":0,"available":"ff"}])", R"({"id":0})", "geometry.domains", "got an object, want a list"},
      {R"([{"id":0,"available":"ff"}])", R"([[]])", "geometry.domains[0]", "got a list, want an object"},
      {R"("masks":{)", R"("masks":{"members":[{"container":"b"},{"container":"a"}],)", "masks.members[1]",
       "is not after the one before it"},
      {R"("masks":{)", R"("masks":{"members":[{"group":"b"}],)", "masks.members[0]", R"(key "container" is missing)"},
      {R"("shared":"ff")", R"("shared":"ff","groups":[{"group":""}])", "masks.domains[0].groups[0].group",
       "want a group"},
      {R"("shared":"ff")", R"("shared":"ff","groups":[{"group":"b"},{"group":"b"}])", "masks.domains[0].groups[1]",
       "is not after the one before it"},
      {R"("id":"web")", R"("id":"db")", "containers[1]", "is not after the one before it"},
      {R"("id":"web")", R"("id":"a")", "containers[1]", "is not after the one before it"},
      {R"("id":"web")", R"("id":7)", "containers[1].id", "got 7, want a name"},
      {R"("contract_kind":"given")", R"("contract_kind":"rented")", "containers[0].contract_kind",
       R"(got "rented", want one of given, cpu_share, none)"},
      {R"("contract":2)", R"("contract":-2)", "containers[0].contract", "got -2"},
      {R"("contract":2)", R"("contract":2147483648)", "containers[0].contract", "got 2147483648"},
      {R"("contract":2)", R"("cpu_share":1.5)", "containers[0].cpu_share", "got 1.5, want a number of 0.0 to 1.0"},
      {R"("contract":2)", R"("cpu_share":-0.1)", "containers[0].cpu_share", "got -0.1"},
      {R"([{"id":0,"series")", R"([{"id":3,"series")", "domains[0].id", "is not a domain of the geometry"},
      {R"([{"id":0,"series")", R"([{"id":0},{"id":0,"series")", "domains[1]", "is not after the one before it"},
      {R"("container":1)", R"("container":2)", "domains[0].series[1].container", "got 2, want an integer of 0 to 1"},
      {R"("container":1)", R"("container":-1)", "domains[0].series[1].container", "got -1"},
      {R"("container":1)", R"("container":0)", "domains[0].series[1].container", "is not after the one before it"},
      {R"("container":1)", R"("container":4294967297)", "domains[0].series[1].container", "got 4294967297"},
      {R"("samples":[{)", R"("samples":[7,{)", "domains[0].series[0].samples[0]", "got 7, want an object"},
      {R"("enabled_ns":1000000000)", R"("enabled_ns":-1)", "domains[0].series[0].samples[0].enabled_ns", "got -1"},
      {R"("cycles":3000000000)", R"("cycles":-3)", "domains[0].series[0].samples[0].cycles", "got -3"},
      {R"("cycles":3000000000)", R"("cycles":0.5)", "domains[0].series[0].samples[0].cycles", "got 0.5"},
      {R"("cycles":3000000000)", R"("cycles":[])", "domains[0].series[0].samples[0].cycles", "got a list, want"},
      {R"("cycles":3000000000)", R"("cycles":[1,2,3])", "domains[0].series[0].samples[0].cycles", "got a list"},
      {R"("cycles":3000000000)", R"("cycles":[1,-2])", "domains[0].series[0].samples[0].cycles[1]", "got -2"},
      {R"("cycles":3000000000)", R"("cycle":3)", "domains[0].series[0].samples[0]", R"(key "cycle" is unknown)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from, row.to);
    const auto back = parse_observation(replaced(format_observation(tick_of(1), true), row.from, row.to), true);
    REQUIRE_FALSE(back.ok());
    CHECK(back.error().code == ErrorCode::bad_input);
    CHECK(back.error().what == (row.what.empty() ? kWhat : kWhat + ": " + row.what));
    CHECK_THAT(back.error().why, Catch::Contains(row.why));
    CHECK_FALSE(back.error().todo.empty());
  }
}

TEST_CASE("what is wrong with a header is said with its key's path") {
  struct Row {
    std::string from, to, what, why;
  };
  const std::vector<Row> rows{
      {R"("version":2)", R"("version":3)", "trace header: version", "trace format 3 is newer than this program's, 2"},
      {R"("version":2)", R"("version":3,"new_key":{})", "trace header: version", "is newer"},
      {R"("version":2)", R"("version":0)", "trace header: version", "got 0"},
      {R"("version":2)", R"("version":"1")", "trace header: version", "want an integer"},
      {R"("version":2,)", "", "trace header", R"(key "version" is missing)"},
      {R"("kind":"header")", R"("kind":"observation")", "trace header: kind", "want header"},
      {R"("mode":"enforce")", R"("mode":"dream")", "trace header: mode", "want one of observe, advise, enforce"},
      {R"("backend":"sim")", R"("backend":[])", "trace header: backend", "got a list, want a name"},
      {R"("interval_ns":1000000000)", R"("interval_ns":-1)", "trace header: interval_ns", "got -1"},
      {R"("policy":"max_performance")", R"("policy":"best")", "trace header: parameters.policy", "one of fair,"},
      {R"("miss_ratio":0.03,)", "", "trace header: parameters", R"(key "miss_ratio" is missing)"},
      {R"("miss_ratio":0.03)", R"("miss_ratio":true)", "trace header: parameters.miss_ratio", "want a number"},
      {R"("miss_ratio":0.03)", R"("miss_ratio":-1)", "trace header: parameters.miss_ratio", "want a number"},
      {R"("min_ways":1)", R"("min_ways":0)", "trace header: parameters.min_ways", "got 0"},
      {R"("max_phases":16)", R"("max_phases":0)", "trace header: parameters.max_phases", "got 0"},
      {R"("max_phases":16)", R"("max_phases":99999999999)", "trace header: parameters.max_phases", "got 99999999999"},
      {R"("count_cumulative_gain":true)", R"("count_cumulative_gain":0)",
       "trace header: parameters.count_cumulative_gain", "got 0"},
      {R"("policy":)", R"("poilcy":0,"policy":)", "trace header: parameters", R"(key "poilcy" is unknown)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from, row.to);
    const auto back = parse_trace_header(replaced(format_trace_header(some_header()), row.from, row.to));
    REQUIRE_FALSE(back.ok());
    CHECK(back.error().code == ErrorCode::bad_input);
    CHECK(back.error().what == row.what);
    CHECK_THAT(back.error().why, Catch::Contains(row.why));
  }
}

TEST_CASE("a newer trace says which dcat to take") {
  const auto back =
      parse_trace_header(replaced(format_trace_header(some_header()), R"("version":2)", R"("version":9)"));
  REQUIRE_FALSE(back.ok());
  CHECK(back.error().to_string() ==
        "trace header: version: trace format 9 is newer than this program's, 2; "
        "read it with the dcat that recorded it, or a newer one");
}

TEST_CASE("what is not a line of a trace is refused") {
  const std::string line = format_observation(full_observation(), false);
  const std::vector<std::string> lines{
      "",
      " ",
      "{",
      "}",
      "[]",
      "null",
      "7",
      "\"x\"",
      "{}",
      "nonsense",
      "{\"kind\":}",
      line + "x",
      line + line,
      line + std::string(1, '\0') + "x",
      std::string(3, '\0'),
      "\xff\xfe\x00\x01",
      "{\"kind\":\"\xff\"}",
      "{\"kind\":\"\\ud800\"}",
      std::string(200'000, '['),
      "{\"kind\":\"observation\",\"at_ns\":" + std::string(100'000, '9') + "}",
      std::string(100'000, '{'),
  };
  for (const std::string& text : lines) {
    CAPTURE(text.substr(0, 40));
    for (const Error& error : {parse_observation(text, false).error(), parse_trace_header(text).error()}) {
      CHECK(error.code == ErrorCode::bad_input);
      CHECK(error.to_string().size() < 300);
    }
  }
}

TEST_CASE("a line that was cut short at any byte is refused") {
  const std::string line = format_observation(full_observation(), false);
  for (std::size_t size = 0; size < line.size(); ++size) {
    const auto back = parse_observation(std::string_view(line).substr(0, size), false);
    REQUIRE_FALSE(back.ok());
    REQUIRE(back.error().code == ErrorCode::bad_input);
  }
}

TEST_CASE("a line's kind is its first word") {
  CHECK(kind_of(format_trace_header(some_header())) == TraceLine::header);
  CHECK(kind_of(format_observation({}, true)) == TraceLine::observation);
  CHECK(kind_of(format_decision({}, {}, false)) == TraceLine::decision);
  for (const std::string_view line :
       {"", "{", R"({"kind":"head)", R"({"kind":"headers"})", R"({"x":1,"kind":"header"})"})
    CHECK(kind_of(line) == std::nullopt);
}

TEST_CASE("samples are written by series, wherever they lay") {
  Observation apart = tick_of(1);
  Sample& unused = apart.domains[0].samples.emplace_back();
  unused.at = at_ns(3);
  apart.domains[0].samples[1].enabled = Duration(77);
  Observation swapped = apart;
  std::swap(swapped.domains[0].samples[0], swapped.domains[0].samples[1]);
  std::swap(swapped.domains[0].series[0].first, swapped.domains[0].series[1].first);
  CHECK(format_observation(swapped, false) == format_observation(apart, false));
}

TEST_CASE("the difference of two lines is said by byte and key") {
  struct Row {
    std::string recorded, replayed;
    std::size_t byte;
    std::string path, was, is;
  };
  const std::vector<Row> rows{
      {R"({"a":1,"b":[{"id":0},{"id":3,"ways":4}]})", R"({"a":1,"b":[{"id":0},{"id":3,"ways":5}]})", 36, "b[1 3].ways",
       "4", "5"},
      {R"({"a":1})", R"({"a":12})", 6, "a", "1", "12"},
      {R"({"a":12})", R"({"a":1})", 6, "a", "12", "1"},
      {R"({"a":"x,]"})", R"({"a":"x,}"})", 8, "a", R"("x,]")", R"("x,}")"},
      {R"({"a":1,"b":2})", R"({"a":1,"c":2})", 8, "c", R"("b")", R"("c")"},
      {R"({"a":1,"b":2})", R"({"a":1})", 6, "a", R"(,"b":2})", "}"},
      {R"({"a":[1,)", R"({"a":[1,2]})", 8, "a[1]", "nothing: the line ends", "2"},
      {"", R"({"a":1})", 0, "", "nothing: the line ends", R"({"a":1})"},
      {"\xff\x01", R"({"a":1})", 0, "", "??", R"({"a":1})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.recorded, row.replayed);
    const auto difference = trace::first_difference(row.recorded, row.replayed);
    REQUIRE(difference.has_value());
    CHECK(difference->byte == row.byte);
    CHECK(difference->path == row.path);
    CHECK(difference->recorded == row.was);
    CHECK(difference->replayed == row.is);
  }
  CHECK(trace::first_difference("same", "same") == std::nullopt);
}

}  // namespace dcat
