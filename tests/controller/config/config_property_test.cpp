// Properties: a printed configuration reads back as the same one; no bytes whatever crash the reader; a
// pattern matches what a direct reading of its definition says. The seed stands in the output ("Using
// configuration: seed=..."), and RC_PARAMS="seed=..." runs the same cases again.
#include <rapidcheck.h>

#include <cstdlib>

#include "controller/config/config.h"
#include "controller/config/fields.h"
#include "tests/support/catch.h"
#include "tests/support/property.h"

namespace dcat {
namespace {

// rapidcheck reads its configuration from the environment before the first property of a process.
void run_many_cases() {
  const char* given = std::getenv("RC_PARAMS");
  const std::string params =
      "max_success=" + std::to_string(dcat::testing::kCases) + " " + (given == nullptr ? "" : given);
  setenv("RC_PARAMS", params.c_str(), 1);
}

// Ends of the range are as likely as a value between.
double number_between(double least, double most) {
  const int kind = *rc::gen::inRange(0, 6);
  if (kind == 0) return least;
  if (kind == 1) return most;
  const int steps = *rc::gen::inRange(0, 1'000'001);
  return least + (most - least) * steps / 1'000'000;
}

template <class T>
T whole_between(double least, double most) {
  return *rc::gen::inRange<T>(static_cast<T>(least), static_cast<T>(most) + 1);
}

void randomize(const Field& field, Parameters& p) {
  if (const auto* d = std::get_if<double Parameters::*>(&field.member))
    p.*(*d) = number_between(field.least, field.most);
  if (const auto* i = std::get_if<int Parameters::*>(&field.member))
    p.*(*i) = whole_between<int>(field.least, field.most);
  if (const auto* w = std::get_if<Ways Parameters::*>(&field.member))
    p.*(*w) = Ways(whole_between<int>(field.least, field.most));
  if (const auto* u = std::get_if<std::uint64_t Parameters::*>(&field.member))
    p.*(*u) = whole_between<std::uint64_t>(field.least, field.most);
  if (const auto* b = std::get_if<bool Parameters::*>(&field.member)) p.*(*b) = *rc::gen::arbitrary<bool>();
  if (const auto* k = std::get_if<PolicyKind Parameters::*>(&field.member)) p.*(*k) = *rc::gen::elementOf(kPolicyKinds);
  if (const auto* g = std::get_if<AdaptiveGoal Parameters::*>(&field.member))
    p.*(*g) = *rc::gen::elementOf(kAdaptiveGoals);
}

// Text in which everything that means something to YAML is likely.
std::string some_name() {
  static const std::vector<std::string> kParts{"a",  "b", "/",  "*", "?",   "'",  "\"",       "\\",          ": ",
                                               " #", " ", "-",  "&", "!",   "%",  "@",        "`",           "{",
                                               "}",  "[", "]",  ",", "|",   ">",  "~",        "null",        "0",
                                               ".",  "é", "猫", "😀", "---", "<<", "\xc2\x85", "\xe2\x80\xa8"};
  std::string name;
  for (const std::size_t i :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, kParts.size())))
    name += kParts[i];
  while (name.starts_with('/')) name.erase(0, 1);
  while (name.ends_with('/')) name.pop_back();
  return name.empty() ? "x" : name;
}

std::vector<std::string> distinct_names() {
  std::vector<std::string> names;
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i) + some_name());
  return names;
}

TenantConfig some_tenant(const std::string& name, Ways least) {
  TenantConfig tenant;
  tenant.name = name;
  tenant.contract_kind = *rc::gen::element(ContainerInfo::ContractKind::given, ContainerInfo::ContractKind::cpu_share,
                                           ContainerInfo::ContractKind::none);
  if (tenant.contract_kind == ContainerInfo::ContractKind::given)
    tenant.contract = Ways(whole_between<int>(least.count, kMostWays));
  if (*rc::gen::arbitrary<bool>()) tenant.runtime = static_cast<Runtime>(whole_between<int>(0, 9));
  if (*rc::gen::arbitrary<bool>()) tenant.pod = some_name();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) tenant.annotations.emplace(some_name(), some_name());
  tenant.priority = whole_between<int>(-1000, 1000);
  tenant.counted = *rc::gen::arbitrary<bool>();
  return tenant;
}

CountingSettings some_counting(Duration interval) {
  CountingSettings counting;
  if (interval % 2 == Duration(0) && interval >= std::chrono::milliseconds(20) && *rc::gen::arbitrary<bool>())
    counting.every = interval / 2;
  if (counting.every || *rc::gen::arbitrary<bool>())
    counting.window =
        Duration(*rc::gen::inRange<Duration::rep>(1'000'000, counting_period(counting, interval).count() + 1));
  counting.max_events = *rc::gen::inRange(2, 5);
  for (const Event event : kAllEvents)
    if (*rc::gen::arbitrary<bool>())
      counting.events[event] = *rc::gen::element<std::string>("none", "r412e", "it's:A:B=1", "cpu/event=1/", "#{,}");
  return counting;
}

Config some_config() {
  Config config;
  for (const Field& field : parameter_fields()) randomize(field, config.parameters);
  Parameters& p = config.parameters;
  p.phase_match_ratio = p.phase_change_ratio * number_between(0, 0.999);
  // 1 ms..36 s, up to 100 of them in a period of at least 10 ms.
  const auto sample_ns = *rc::gen::inRange<Duration::rep>(1'000'000, 36'000'000'000);
  const auto samples = *rc::gen::inRange<Duration::rep>(10'000'000 / sample_ns + 1, 101);
  config.sample_interval = Duration(sample_ns);
  config.interval = config.sample_interval * samples;
  p.settle = Duration(*rc::gen::inRange<Duration::rep>(0, config.interval.count()));
  if (*rc::gen::arbitrary<bool>()) config.mode = *rc::gen::element(Mode::observe, Mode::advise, Mode::enforce);
  config.node.root = *rc::gen::element(NodeSettings::Root::shared, NodeSettings::Root::keep);
  config.node.adopt_within = Duration(*rc::gen::inRange<Duration::rep>(0, 86'400'000'000'001));
  const std::string directory = "/" + some_name();
  if (directory.size() <= 80) config.node.runtime_directory = directory;
  config.memory.enabled = *rc::gen::arbitrary<bool>();
  config.memory.directory = "/" + some_name() + "x";
  config.memory.write_every = Duration(*rc::gen::inRange<Duration::rep>(1'000'000'000, 86'400'000'000'001));
  config.memory.forget_after = Duration(*rc::gen::inRange<Duration::rep>(60'000'000'000, 31'622'400'000'000'001));
  config.memory.most_containers = whole_between<int>(1, 65536);
  config.counting = some_counting(config.interval);
  config.hooks.enabled = *rc::gen::arbitrary<bool>();
  if (const std::string socket = "/" + some_name(); socket.size() <= 100) config.hooks.socket = socket;
  config.hooks.wishes = *rc::gen::arbitrary<bool>();
  config.hooks.most_ways = Ways(whole_between<int>(1, 64));
  config.hooks.most_priority = whole_between<int>(-1000, 1000);
  if (*rc::gen::arbitrary<bool>()) config.cluster.feature_file = "/" + some_name() + "x";
  config.nri.enabled = *rc::gen::arbitrary<bool>();
  config.nri.index = *rc::gen::element<std::string>("00", "50", "99");
  config.containers = distinct_names();
  for (const std::string& name : distinct_names()) config.tenants.push_back(some_tenant(name, p.min_ways));
  return config;
}

TEST_CASE("a printed configuration reads back as the same one") {
  run_many_cases();
  CHECK(rc::check("parse(format(c)) == c", [] {
    const Config config = some_config();
    const std::string text = format_config(config);
    const Result<Config> back = parse_config(text, "printed");
    if (!back) RC_FAIL(back.error().to_string() + "\n" + text);
    RC_ASSERT(*back == config);
    RC_ASSERT(format_config(*back) == text);
  }));
}

// Either a configuration or a message that names the file; whatever is accepted prints and reads back.
void check_bytes(const std::string& text) {
  const Result<Config> config = parse_config(text, "junk");
  if (config) {
    const Result<Config> back = parse_config(format_config(*config), "printed");
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == *config);
  } else {
    RC_ASSERT(config.error().to_string().starts_with("junk:"));
  }
}

TEST_CASE("no bytes crash the reader") {
  run_many_cases();
  CHECK(rc::check("arbitrary bytes", [] { check_bytes(*rc::gen::arbitrary<std::string>()); }));
}

TEST_CASE("no sequence of YAML's own signs crashes the reader") {
  run_many_cases();
  static const std::vector<std::string> kSigns{
      "interval", "tenants", "name",     "contract", "containers", "1s", "1",       "none", ": ",           ":",
      "\n",       "\n  ",    "\n    - ", "- ",       "[",          "]",  "runtime", "kata", "annotation",   "priority",
      "{",        "}",       ",",        "&a ",      "*a",         "!",  "!!str ",  "!<",   "<<",           "? ",
      "|",        "|2-\n",   ">+\n",     "'",        "\"",         "\\", "\\x",     "%",    "%TAG ! x\n",   "---\n",
      "...\n",    "# c\n",   "\t",       "\r\n",     "~",          "@",  "`",       "é",    "\xef\xbb\xbf", "0x",
      ".nan"};
  CHECK(rc::check("signs", [] {
    std::string text;
    for (const std::size_t i :
         *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, kSigns.size())))
      text += kSigns[i];
    check_bytes(text);
  }));
}

TEST_CASE("no damage to a good file crashes the reader") {
  run_many_cases();
  const std::string good =
      format_config(Config{}) +
      "containers: ['*']\ntenants:\n  - name: 'a'\n    contract: 2\n"
      "  - runtime: kata\n    pod: '*'\n    annotation:\n      a/b: 'c*'\n    priority: -3\n    counted: false\n";
  CHECK(rc::check("damage", [&good] {
    std::string text = good;
    for (int i = *rc::gen::inRange(1, 5); i > 0 && !text.empty(); --i) {
      const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
      switch (*rc::gen::inRange(0, 4)) {
        case 0: text.erase(at, *rc::gen::inRange<std::size_t>(1, 20)); break;
        case 1: text[at] = *rc::gen::arbitrary<char>(); break;
        case 2: text.insert(at, text.substr(*rc::gen::inRange<std::size_t>(0, text.size()), 20)); break;
        case 3: text.resize(at); break;
      }
    }
    check_bytes(text);
  }));
}

// The definition, character by character, with all the time in the world.
bool matches_by_definition(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**")) {
    for (std::size_t n = 0; n <= path.size(); ++n)
      if (matches_by_definition(pattern.substr(2), path.substr(n))) return true;
    return false;
  }
  if (pattern[0] == '*') {
    for (std::size_t n = 0; n <= path.size(); ++n) {
      if (matches_by_definition(pattern.substr(1), path.substr(n))) return true;
      if (n < path.size() && path[n] == '/') return false;
    }
    return false;
  }
  const bool one = !path.empty() && (pattern[0] == path[0] || (pattern[0] == '?' && path[0] != '/'));
  return one && matches_by_definition(pattern.substr(1), path.substr(1));
}

TEST_CASE("a pattern matches what its definition says") {
  run_many_cases();
  CHECK(rc::check("pattern", [] {
    const auto pattern = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '/', '*', '*', '?'));
    const auto path = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '/'));
    const std::string_view short_pattern = std::string_view(pattern).substr(0, 10);
    const std::string_view short_path = std::string_view(path).substr(0, 12);
    RC_ASSERT(matches_pattern(short_pattern, short_path) == matches_by_definition(short_pattern, short_path));
  }));
}

}  // namespace
}  // namespace dcat
