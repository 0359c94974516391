#include <sstream>
#include <string>
#include <vector>

#include "controller/config/config.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using Lines = std::vector<std::string>;

Lines errors_of(const std::string& text) {
  const Result<Config> config = parse_config(text, "f");
  if (config) return {"no error"};
  CHECK(exit_code(config.error().code) == 2);
  Lines lines;
  std::istringstream stream(config.error().to_string());
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Case {
  std::string text;
  std::string error;  // without "f:"
};

void check_all(const std::vector<Case>& table) {
  for (const Case& c : table) {
    INFO(c.text);
    CHECK(errors_of(c.text) == Lines{"f:" + c.error});
  }
}

TEST_CASE("settings out of range are refused") {
  check_all({
      {"policy: unfair",
       "1: policy: got unfair, want fair, max_performance, adaptive, shared, static, ucp, dunn, lfoc, kpart, "
       "cacheman, aimd, dcat-fair or dcat-max; did you mean fair?"},
      {"policy: [fair]",
       "1: policy: got a list, want fair, max_performance, adaptive, shared, static, ucp, dunn, lfoc, kpart, "
       "cacheman, aimd, dcat-fair or dcat-max"},
      {"phase_change_ratio: 0", "1: phase_change_ratio: got 0, want 0.001..1"},
      {"phase_change_ratio: 1.01", "1: phase_change_ratio: got 1.01, want 0.001..1"},
      {"phase_change_ratio: 10", "1: phase_change_ratio: got 10, want 0.001..1"},
      {"phase_match_ratio: -0.1", "1: phase_match_ratio: got -0.1, want 0..1"},
      {"max_phases: 0", "1: max_phases: got 0, want 1..1024 phases"},
      {"max_phases: 1025", "1: max_phases: got 1025, want 1..1024 phases"},
      {"ipc_gain_ratio: 0", "1: ipc_gain_ratio: got 0, want 0.001..1"},
      {"ipc_gain_ratio: 5%", "1: ipc_gain_ratio: got 5%, want a number, 0.001..1; write 0.05 for 5%"},
      {"count_cumulative_gain: on", "1: count_cumulative_gain: got on, want true or false"},
      {"miss_ratio: 3", "1: miss_ratio: got 3, want 0..1"},
      {"donor_band_ratio: 1.5", "1: donor_band_ratio: got 1.5, want 0..1"},
      {"donor_band_ratio: -0.5", "1: donor_band_ratio: got -0.5, want 0..1"},
      {"donor_band_ratio: .nan", "1: donor_band_ratio: got .nan, want a number, 0..1"},
      {"miss_rise_ratio: 2", "1: miss_rise_ratio: got 2, want 0..1"},
      {"table_loss_ratio: x", "1: table_loss_ratio: got x, want a number, 0..1"},
      {"probe_miss_ratio: inf", "1: probe_miss_ratio: got inf, want a number, 0..1"},
      {"streaming_factor: 1", "1: streaming_factor: got 1, want 2..64 x the contract"},
      {"streaming_factor: 2.5", "1: streaming_factor: got 2.5, want a whole number, 2..64 x the contract"},
      {"max_perf_margin_ratio: -1", "1: max_perf_margin_ratio: got -1, want 0..1"},
      {"goal: speed", "1: goal: got speed, want throughput, fairness or priority"},
      {"goal: 1", "1: goal: got 1, want throughput, fairness or priority"},
      {"caution: -1", "1: caution: got -1, want 0..10 standard errors"},
      {"caution: 11", "1: caution: got 11, want 0..10 standard errors"},
      {"move_cost: 1.5", "1: move_cost: got 1.5, want 0..1"},
      {"worth_moving: x", "1: worth_moving: got x, want a number, 0..1"},
      {"change_risk: -0.1", "1: change_risk: got -0.1, want 0..10"},
      {"look_budget_ratio: 0.2", "1: look_budget_ratio: got 0.2, want 0..0.1"},
      {"look_budget_ratio: .nan", "1: look_budget_ratio: got .nan, want a number, 0..0.1"},
      {"min_ways: 0", "1: min_ways: got 0, want 1..64 ways"},
      {"min_ways: 65", "1: min_ways: got 65, want 1..64 ways"},
      {"min_ways: 9999999999", "1: min_ways: got 9999999999, want 1..64 ways"},
      {"shared_ways: -1", "1: shared_ways: got -1, want 0..64 ways"},
      {"max_moved_ways: -1", "1: max_moved_ways: got -1, want 0..4096 ways"},
      {"llc_idle_per_sec: -1", "1: llc_idle_per_sec: got -1, want 0..1e+12 references a second"},
      {"llc_idle_per_sec: 1e13", "1: llc_idle_per_sec: got 1e13, want 0..1e+12 references a second"},
      {"min_running_ratio: 30", "1: min_running_ratio: got 30, want 0..1"},
      {"min_instructions: -1", "1: min_instructions: got -1, want 0..1000000000000000 instructions"},
      {"min_instructions: 10M", "1: min_instructions: got 10M, want a whole number, 0..1000000000000000 instructions"},
      {"min_instructions: 1e7", "1: min_instructions: got 1e7, want a whole number, 0..1000000000000000 instructions"},
      {"domain_min_share_ratio: 5", "1: domain_min_share_ratio: got 5, want 0..1"},
      {"settle: 0.2", "1: settle: got 0.2, want a duration with a unit such as 100ms, 1s or 2m"},
      {"settle: -1ms", "1: settle: got -1ms, want 0s..1h"},
      {"stand_in_ipc_step_ratio: 0", "1: stand_in_ipc_step_ratio: got 0, want 0.001..1"},
      {"stand_in_min_refs_per_ki: -1",
       "1: stand_in_min_refs_per_ki: got -1, want 0..1000 references per 1,000 instructions"},
      {"interval: 1", "1: interval: got 1, want a duration with a unit such as 100ms, 1s or 2m"},
      {"interval: 9ms", "1: interval: got 9ms, want 10ms..1h"},
      {"interval: 61m", "1: interval: got 61m, want 10ms..1h"},
      {"interval: -1s", "1: interval: got -1s, want 10ms..1h"},
      {"interval: 99999999999999h", "1: interval: got 99999999999999h, want a duration of at most 2562047h"},
      {"sample_interval: 0s", "1: sample_interval: got 0s, want 1ms..1h"},
      {"sample_interval: 999us", "1: sample_interval: got 999us, want 1ms..1h"},
      {"mode: Enforce", "1: mode: got Enforce, want observe, advise or enforce; did you mean enforce?"},
      {"mode:", "1: mode: got nothing, want observe, advise or enforce"},
      {"root: all", "1: root: got all, want shared or keep"},
      {"root: Keep", "1: root: got Keep, want shared or keep; did you mean keep?"},
      {"root:", "1: root: got nothing, want shared or keep"},
      {"root: true", "1: root: got true, want shared or keep"},
      {"root: [keep]", "1: root: got a list, want shared or keep"},
      {"root: 0", "1: root: got 0, want shared or keep"},
      {"adopt_within: 30", "1: adopt_within: got 30, want a duration with a unit such as 100ms, 1s or 2m"},
      {"adopt_within: -1s", "1: adopt_within: got -1s, want 0s..24h"},
      {"adopt_within: 25h", "1: adopt_within: got 25h, want 0s..24h"},
      {"adopt_within: never", "1: adopt_within: got never, want a duration with a unit such as 100ms, 1s or 2m"},
      {"adopt_withing: 1s", "1: adopt_withing: unknown key; did you mean adopt_within?"},
      {"runtime_directory: run",
       "1: runtime_directory: got \"run\", want an absolute path of at most 80 bytes, no control characters"},
      {"runtime_directory: /",
       "1: runtime_directory: got \"/\", want an absolute path of at most 80 bytes, no control characters"},
      {"runtime_directory: ''",
       "1: runtime_directory: got \"\", want an absolute path of at most 80 bytes, no control characters"},
      {R"(runtime_directory: "/run/a\nb")",
       R"(1: runtime_directory: got "/run/a?b", want an absolute path of at most 80 bytes, no control characters)"},
      {"runtime_directory: [/run]", "1: runtime_directory: got a list, want text"},
      {"intervall: 1s", "1: intervall: unknown key; did you mean interval?"},
      {"miss-ratio: 0.1", "1: miss-ratio: unknown key; did you mean miss_ratio?"},
      {"llc_idle: 100", "1: llc_idle: unknown key; did you mean llc_idle_per_sec?"},
      {"tenant: []", "1: tenant: unknown key; did you mean tenants?"},
      {"interval: 1s\ninterval: 2s", "2: interval: given twice, first in line 1"},
  });
}

TEST_CASE("a runtime directory too long for a socket in it is refused") {
  CHECK(errors_of("runtime_directory: /" + std::string(79, 'r')) == Lines{"no error"});
  const Lines errors = errors_of("runtime_directory: /" + std::string(80, 'r'));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].ends_with("want an absolute path of at most 80 bytes, no control characters"));
}

TEST_CASE("settings that contradict each other are refused at the one that was written") {
  check_all({
      {"phase_match_ratio: 0.1", "1: phase_match_ratio: got 0.1, want less than phase_change_ratio (0.1)"},
      {"phase_change_ratio: 0.05", "1: phase_change_ratio: got 0.05, want more than phase_match_ratio (0.05)"},
      {"phase_change_ratio: 0.2\nphase_match_ratio: 0.3",
       "2: phase_match_ratio: got 0.3, want less than phase_change_ratio (0.2)"},
      {"settle: 1s", "1: settle: got 1s, want less than interval (1s)"},
      {"settle: 200ms\ninterval: 100ms", "1: settle: got 200ms, want less than interval (100ms)"},
      {"sample_interval: 300ms", "1: sample_interval: got 300ms, want a whole fraction of interval (1s)"},
      {"interval: 100ms\nsample_interval: 200ms",
       "2: sample_interval: got 200ms, want a whole fraction of interval (100ms)"},
  });
}

TEST_CASE("a value that is wrong in itself causes no second error about its neighbour") {
  check_all({
      {"phase_change_ratio: x\nphase_match_ratio: 0.5", "1: phase_change_ratio: got x, want a number, 0.001..1"},
      {"interval: 9ms\nsettle: 1s", "1: interval: got 9ms, want 10ms..1h"},
      {"interval: 2s\nsample_interval: 0s", "2: sample_interval: got 0s, want 1ms..1h"},
  });
}

TEST_CASE("wrong conditions and gifts of a tenant are refused") {
  const std::string words = "want unknown, docker, containerd, cri-o, podman, kata, libvirt, lxc, nspawn or systemd";
  const struct {
    std::string text, error;
  } cases[] = {
      {"tenants: [{runtime: crio}]", "1: tenants[0].runtime: got crio, " + words + "; did you mean cri-o?"},
      {"tenants: [{runtime: }]", "1: tenants[0].runtime: got nothing, " + words},
      {"tenants: [{runtime: [kata]}]", "1: tenants[0].runtime: got a list, " + words},
      {"tenants: [{runtime: Kata}]", "1: tenants[0].runtime: got Kata, " + words + "; did you mean kata?"},
      {"tenants: [{pod: ''}]", "1: tenants[0].pod: got \"\", want a pod's uid or a pattern"},
      {"tenants: [{pod: \"a\\tb\"}]", "1: tenants[0].pod: got \"a?b\", want no control characters"},
      {"tenants: [{pod: {a: b}}]", "1: tenants[0].pod: got a mapping, want text"},
      {"tenants: [{annotation: a}]", "1: tenants[0].annotation: got a, want a mapping"},
      {"tenants: [{annotation: {}}]",
       "1: tenants[0].annotation: got an empty mapping, want at least one key with a pattern of its value"},
      {"tenants:\n  - annotation:\n      a: ''\n",
       "3: tenants[0].annotation.a: got \"\", want a pattern of the annotation's value"},
      {"tenants: [{annotation: {a: [b]}}]", "1: tenants[0].annotation.a: got a list, want text"},
      {"tenants: [{annotation: {a: b, a: c}}]", "1: tenants[0].annotation.a: given twice, first in line 1"},
      {"tenants: [{annotation: {a: \"b\\nc\"}}]",
       "1: tenants[0].annotation.a: got \"b?c\", want no control characters"},
      {"tenants:\n  - name: a\n    priority: 1001\n", "3: tenants[0].priority: got 1001, want -1000..1000"},
      {"tenants: [{name: a, priority: -1001}]", "1: tenants[0].priority: got -1001, want -1000..1000"},
      {"tenants: [{name: a, priority: 1.5}]", "1: tenants[0].priority: got 1.5, want a whole number, -1000..1000"},
      {"tenants: [{name: a, counted: no}]", "1: tenants[0].counted: got no, want true or false"},
      {"tenants: [{name: a, counted: 0}]", "1: tenants[0].counted: got 0, want true or false"},
      {"tenants: [{name: a, pods: b}]", "1: tenants[0].pods: unknown key; did you mean pod?"},
      {"tenants: [{name: a, annotations: {b: c}}]", "1: tenants[0].annotations: unknown key; did you mean annotation?"},
      {"tenants:\n  - runtime: kata\n  - runtime: kata\n    contract: 2\n",
       "3: tenants[1].name: got \"runtime kata\", a tenant of line 2"},
      {"tenants:\n  - {runtime: kata, pod: a, annotation: {b: c}}\n  - {annotation: {b: c}, pod: a, runtime: kata}\n",
       "3: tenants[1].name: got \"runtime kata, pod a, annotation b c\", a tenant of line 2"},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(errors_of(c.text) == Lines{"f:" + c.error});
  }
}

TEST_CASE("wrong patterns and tenants are refused") {
  const std::string contract = "want 1..64 ways (from min_ways up), or none";
  const std::string kind = "want a whole number, 1..64 ways (from min_ways up), or none";
  check_all({
      {"containers: []", "1: containers: got an empty list, want at least one pattern"},
      {"containers: '*'", "1: containers: got \"*\", want a list of texts"},
      {"containers:", "1: containers: got nothing, want a list of texts"},
      {"containers: [a, '']", "1: containers: entry 2: got \"\", want a container's id or a pattern"},
      {"containers: [a, b, a]", "1: containers: entry 3: got \"a\", given twice"},
      {"containers: [/a]",
       "1: containers: entry 1: got \"/a\", want a path below the cgroup root, without the leading /"},
      {"containers: [{a: 1}]", "1: containers[0]: got a mapping, want text"},
      {"tenants: 4", "1: tenants: got 4, want a list of mappings"},
      {"tenants: {a: 1}", "1: tenants: got a mapping, want a list of mappings"},
      {"tenants: [a]", "1: tenants[0]: got a, want a mapping"},
      {"tenants: [{}]",
       "1: tenants[0].name: missing: want a name, a runtime, a pod or an annotation to know the containers by"},
      {"tenants:\n  - contract: 2\n    priority: 1\n",
       "2: tenants[0].name: missing: want a name, a runtime, a pod or an annotation to know the containers by"},
      {"tenants: [{name: ''}]", "1: tenants[0].name: got \"\", want a container's id or a pattern"},
      {"tenants: [{name: [a]}]", "1: tenants[0].name: got a list, want text"},
      {"tenants: [{name: a/}]", "1: tenants[0].name: got \"a/\", want a path without a / at its end"},
      {"tenants: [{name: /}]",
       "1: tenants[0].name: got \"/\", want a path below the cgroup root, without the leading /"},
      {"tenants: [{name: \"a\\tb\"}]", "1: tenants[0].name: got \"a?b\", want no control characters"},
      {"tenants: [{name: a, contract: 0}]", "1: tenants[0].contract: got 0, " + contract},
      {"tenants: [{name: a, contract: 65}]", "1: tenants[0].contract: got 65, " + contract},
      {"tenants: [{name: a, contract: -1}]", "1: tenants[0].contract: got -1, " + contract},
      {"tenants: [{name: a, contract: 2 ways}]", "1: tenants[0].contract: got 2 ways, " + kind},
      {"tenants: [{name: a, contract: None}]", "1: tenants[0].contract: got None, " + kind},
      {"tenants: [{name: a, contract: }]", "1: tenants[0].contract: got nothing, " + kind},
      {"tenants: [{name: a, contract: [1]}]", "1: tenants[0].contract: got a list, " + kind},
      {"tenants: [{name: a, ways: 2}]", "1: tenants[0].ways: unknown key"},
      {"tenants: [{name: a, contact: 2}]", "1: tenants[0].contact: unknown key; did you mean contract?"},
      {"tenants: [{name: a, name: b}]", "1: tenants[0].name: given twice, first in line 1"},
      {"tenants:\n  - name: a\n  - name: b\n  - contract: 1\n    name: a\n",
       "5: tenants[2].name: got \"a\", a tenant of line 2"},
      {"min_ways: 3\ntenants:\n  - name: a\n    contract: 2\n",
       "4: tenants[0].contract: got 2, want 3..64 ways (from min_ways up), or none"},
      {"tenants: [{name: a, contract: 1}]\nmin_ways: 2\n",
       "1: tenants[0].contract: got 1, want 2..64 ways (from min_ways up), or none"},
  });
  CHECK(errors_of("tenants: [{name: " + std::string(4'097, 'a') + "}]").size() == 1);
}

TEST_CASE("all mistakes of a file are told at once") {
  CHECK(errors_of("interval: 1\nmiss_ratio: 3\nfoo: 1\ntenants:\n  - name: a\n    contract: 0\n  - {name: a}\n") ==
        Lines{"f:1: interval: got 1, want a duration with a unit such as 100ms, 1s or 2m",
              "f:2: miss_ratio: got 3, want 0..1", "f:3: foo: unknown key",
              "f:6: tenants[0].contract: got 0, want 1..64 ways (from min_ways up), or none",
              "f:7: tenants[1].name: got \"a\", a tenant of line 5"});
}

TEST_CASE("what is no configuration at all is refused") {
  for (const std::string& text : {std::string("\x7f"
                                              "ELF\x02\0\0",
                                              7),
                                  std::string("[]"), std::string("interval"), std::string("[[[["), std::string("\xff"),
                                  std::string(1 << 20, 'x'), std::string(1 << 20, '['), std::string(1 << 20, '\x01')}) {
    INFO(text.substr(0, 20));
    CHECK(errors_of(text).size() == 1);
    CHECK(errors_of(text) != Lines{"no error"});
  }
}

}  // namespace
}  // namespace dcat
