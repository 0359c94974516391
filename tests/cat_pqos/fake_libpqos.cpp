// A stand-in for libpqos with its ABI: it keeps registers in memory and makes the directories of classes that the real
// one makes. Loaded in front of the real library, whose symbols it hides. It checks arguments as 4.5 does.
#include "tests/cat_pqos/fake_libpqos.h"

#include <pqos.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

namespace dcat::test {

namespace {

struct Refusal {
  int code = 0;
  std::string words;
  int in = 0;
};

struct State {
  FakeMachine machine;
  bool initialised = false;
  pqos_config config{};
  std::map<unsigned, std::vector<FakeRow>> masks;
  std::map<unsigned, unsigned> class_of_core;
  std::map<int, unsigned> class_of_task;
  std::map<std::string, Refusal> refusals;
  std::vector<std::string> calls;
  bool alarm_was_blocked = false;
  std::vector<std::byte> capabilities, cpus;
  pqos_cap_l3ca l3{};
};

State& state() {
  static State one;
  return one;
}

void say(const std::string& words) {
  if (!words.empty() && state().config.callback_log != nullptr)
    state().config.callback_log(state().config.context_log, words.size() + 1, words.c_str());
}

void on_alarm(int) {}

// 0, or what the call is to be refused with. As the real library's lock does, it takes the process' SIGALRM.
int enter(const std::string& call) {
  State& s = state();
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  s.alarm_was_blocked = sigismember(&blocked, SIGALRM) == 1;
  struct sigaction action {};
  action.sa_handler = on_alarm;
  ::sigaction(SIGALRM, &action, nullptr);
  if (call != "pqos_init" && !s.initialised) return PQOS_RETVAL_INIT;
  const auto at = s.refusals.find(call);
  if (at == s.refusals.end() || --at->second.in > 0) return PQOS_RETVAL_OK;
  const Refusal refusal = at->second;
  s.refusals.erase(at);
  say(refusal.words);
  return refusal.code;
}

std::uint64_t full() {
  return (std::uint64_t{1} << state().machine.ways) - 1;
}

std::set<unsigned> l3cats() {
  std::set<unsigned> ids;
  for (const auto& [core, l3cat] : state().machine.l3cat_of_core) ids.insert(l3cat);
  return ids;
}

bool legal(std::uint64_t mask) {
  if (mask == 0) return false;
  while ((mask & 1) == 0) mask >>= 1;
  return (mask & (mask + 1)) == 0;
}

std::uint64_t as_machine_takes(std::uint64_t mask) {
  return (mask & state().machine.tied) != 0 ? mask | state().machine.tied : mask;
}

std::string directory(unsigned class_id) {
  return state().machine.resctrl_root + "/COS" + std::to_string(class_id);
}

// Over resctrl every class has its directory, or nothing below it works.
bool directories_there() {
  if (state().config.interface != PQOS_INTER_OS) return true;
  for (unsigned c = 1; c < state().machine.classes; ++c)
    if (::access(directory(c).c_str(), F_OK) != 0) return false;
  return true;
}

void mirror_default_group() {
  if (state().config.interface != PQOS_INTER_OS) return;
  std::string text;
  char digits[32];
  const auto line = [&](const char* name, std::uint64_t FakeRow::*mask) {
    text += name;
    for (const auto& [id, rows] : state().masks) {
      ::snprintf(digits, sizeof digits, "%c%u=%lx", text.back() == ':' ? ' ' : ';', id, rows[0].*mask);
      text += text.back() == ':' ? digits + 1 : digits;
    }
    text += '\n';
  };
  if (state().machine.cdp) line("L3CODE:", &FakeRow::code);
  line(state().machine.cdp ? "L3DATA:" : "L3:", &FakeRow::data);
  std::ofstream(state().machine.resctrl_root + "/schemata") << text;
}

// What others did to the files meanwhile. A class whose directory is made anew has every way and no tasks.
void read_tree() {
  State& s = state();
  for (unsigned c = 1; c < s.machine.classes; ++c) {
    if (::mkdir(directory(c).c_str(), 0755) != 0) continue;
    for (auto& [id, rows] : s.masks) rows[c] = {full(), full()};
    std::erase_if(s.class_of_task, [c](const auto& task) { return task.second == c; });
  }
  std::ifstream file(s.machine.resctrl_root + "/schemata");
  for (std::string line; std::getline(file, line);) {
    std::istringstream values(line.substr(line.find(':') + 1));
    for (std::string value; std::getline(values, value, ';');) {
      const std::uint64_t mask = std::stoul(value.substr(value.find('=') + 1), nullptr, 16);
      const auto rows = s.masks.find(static_cast<unsigned>(std::stoul(value)));
      if (rows == s.masks.end()) continue;
      if (!line.starts_with("L3CODE")) rows->second[0].data = mask;
      if (!line.starts_with("L3DATA")) rows->second[0].code = mask;
    }
  }
}

void build_capabilities() {
  State& s = state();
  s.l3 = {};
  s.l3.mem_size = sizeof s.l3;
  s.l3.num_classes = s.machine.classes;
  s.l3.num_ways = s.machine.ways;
  s.l3.way_size = 1 << 20;
  s.l3.cdp = s.machine.cdp ? 1 : 0;
  s.l3.cdp_on = s.l3.cdp;
  s.capabilities.assign(sizeof(pqos_cap) + sizeof(pqos_capability), std::byte{0});
  auto* cap = reinterpret_cast<pqos_cap*>(s.capabilities.data());
  cap->num_cap = s.machine.has_l3 ? 1 : 0;
  cap->capabilities[0].type = PQOS_CAP_TYPE_L3CA;
  cap->capabilities[0].u.l3ca = &s.l3;
  s.cpus.assign(sizeof(pqos_cpuinfo) + s.machine.l3cat_of_core.size() * sizeof(pqos_coreinfo), std::byte{0});
  auto* cpus = reinterpret_cast<pqos_cpuinfo*>(s.cpus.data());
  for (const auto& [core, l3cat] : s.machine.l3cat_of_core) {
    pqos_coreinfo& info = cpus->cores[cpus->num_cores++];
    info.lcore = core;
    info.l3cat_id = l3cat;
  }
}

}  // namespace

void fake_set_up(const FakeMachine& machine) {
  state() = State();
  state().machine = machine;
  for (const unsigned id : l3cats()) state().masks[id].assign(machine.classes, FakeRow{full(), full()});
  for (const auto& [core, l3cat] : machine.l3cat_of_core) state().class_of_core[core] = 0;
}

void fake_refuse(const std::string& call, int code, const std::string& words, int n) {
  state().refusals[call] = {code, words, n};
}
std::map<unsigned, std::vector<FakeRow>>& fake_masks() {
  return state().masks;
}
std::map<unsigned, unsigned>& fake_class_of_core() {
  return state().class_of_core;
}
std::map<int, unsigned>& fake_class_of_task() {
  return state().class_of_task;
}
bool fake_initialised() {
  return state().initialised;
}
std::vector<std::string>& fake_calls() {
  return state().calls;
}
bool fake_alarm_was_blocked() {
  return state().alarm_was_blocked;
}

}  // namespace dcat::test

using namespace dcat::test;  // NOLINT: the library's names are C's

int pqos_init(const pqos_config* config) {
  State& s = state();
  if (s.initialised) return PQOS_RETVAL_ERROR;
  s.config = *config;
  if (const int code = enter("pqos_init"); code != 0) {
    // 4.5 leaves behind what it has made until then.
    if (config->interface == PQOS_INTER_OS) ::mkdir(directory(1).c_str(), 0755);
    return code;
  }
  if (::getenv("RDT_IFACE") != nullptr) return PQOS_RETVAL_ERROR;
  if (config->interface == PQOS_INTER_OS) read_tree();
  build_capabilities();
  s.initialised = true;
  return PQOS_RETVAL_OK;
}

int pqos_fini(void) {
  const int code = enter("pqos_fini");
  state().initialised = false;
  return code;
}

int pqos_cap_get(const pqos_cap** cap, const pqos_cpuinfo** cpu) {
  *cap = reinterpret_cast<const pqos_cap*>(state().capabilities.data());
  *cpu = reinterpret_cast<const pqos_cpuinfo*>(state().cpus.data());
  return enter("pqos_cap_get");
}

int pqos_cap_get_type(const pqos_cap* cap, const pqos_cap_type type, const pqos_capability** item) {
  for (unsigned i = 0; i < cap->num_cap; ++i) {
    if (cap->capabilities[i].type != type) continue;
    *item = &cap->capabilities[i];
    return PQOS_RETVAL_OK;
  }
  return PQOS_RETVAL_RESOURCE;
}

int pqos_l3ca_get(const unsigned l3cat_id, const unsigned max_num_ca, unsigned* num_ca, pqos_l3ca* ca) {
  State& s = state();
  if (const int code = enter("pqos_l3ca_get"); code != 0) return code;
  if (!directories_there()) return PQOS_RETVAL_ERROR;
  const auto at = s.masks.find(l3cat_id);
  if (at == s.masks.end()) return PQOS_RETVAL_PARAM;
  if (at->second.size() > max_num_ca) return PQOS_RETVAL_ERROR;
  for (unsigned c = 0; c < at->second.size(); ++c) {
    ca[c] = {};
    ca[c].class_id = c;
    ca[c].cdp = s.machine.cdp ? 1 : 0;
    if (s.machine.cdp) {
      ca[c].u.s.data_mask = at->second[c].data;
      ca[c].u.s.code_mask = at->second[c].code;
    } else {
      ca[c].u.ways_mask = at->second[c].data;
    }
  }
  *num_ca = static_cast<unsigned>(at->second.size());
  return PQOS_RETVAL_OK;
}

int pqos_l3ca_set(const unsigned l3cat_id, const unsigned num_cos, const pqos_l3ca* ca) {
  State& s = state();
  if (const int code = enter("pqos_l3ca_set"); code != 0) return code;
  const auto at = s.masks.find(l3cat_id);
  if (at == s.masks.end()) return PQOS_RETVAL_PARAM;
  for (unsigned i = 0; i < num_cos; ++i) {
    const std::uint64_t data = ca[i].cdp != 0 ? ca[i].u.s.data_mask : ca[i].u.ways_mask;
    const std::uint64_t code = ca[i].cdp != 0 ? ca[i].u.s.code_mask : ca[i].u.ways_mask;
    if (!legal(data) || !legal(code)) return PQOS_RETVAL_PARAM;
    if (((data | code) & ~full()) != 0 || ca[i].class_id >= s.machine.classes) return PQOS_RETVAL_ERROR;
    at->second[ca[i].class_id] = {as_machine_takes(data), as_machine_takes(code)};
    s.calls.push_back("l3ca_set " + std::to_string(l3cat_id) + " " + std::to_string(ca[i].class_id));
  }
  mirror_default_group();
  return PQOS_RETVAL_OK;
}

int pqos_alloc_assoc_set(const unsigned lcore, const unsigned class_id) {
  State& s = state();
  if (const int code = enter("pqos_alloc_assoc_set"); code != 0) return code;
  if (!s.class_of_core.contains(lcore) || class_id >= s.machine.classes) return PQOS_RETVAL_PARAM;
  s.class_of_core[lcore] = class_id;
  s.calls.push_back("assoc_set " + std::to_string(lcore) + " " + std::to_string(class_id));
  return PQOS_RETVAL_OK;
}

int pqos_alloc_assoc_get(const unsigned lcore, unsigned* class_id) {
  State& s = state();
  if (const int code = enter("pqos_alloc_assoc_get"); code != 0) return code;
  if (!s.class_of_core.contains(lcore)) return PQOS_RETVAL_PARAM;
  *class_id = s.class_of_core[lcore];
  return PQOS_RETVAL_OK;
}

int pqos_alloc_assoc_set_pid(const pid_t task, const unsigned class_id) {
  State& s = state();
  if (const int code = enter("pqos_alloc_assoc_set_pid"); code != 0) return code;
  s.calls.push_back("assoc_set_pid " + std::to_string(task) + " " + std::to_string(class_id));
  if (::kill(task, 0) != 0) return PQOS_RETVAL_PARAM;
  if (class_id >= s.machine.classes) return PQOS_RETVAL_PARAM;
  s.class_of_task[task] = class_id;
  return PQOS_RETVAL_OK;
}

unsigned* pqos_pid_get_pid_assoc(const unsigned class_id, unsigned* count) {
  if (enter("pqos_pid_get_pid_assoc") != 0 || !directories_there()) return nullptr;
  std::vector<unsigned> tasks;
  for (const auto& [task, its_class] : state().class_of_task)
    if (its_class == class_id) tasks.push_back(static_cast<unsigned>(task));
  *count = static_cast<unsigned>(tasks.size());
  auto* listed = static_cast<unsigned*>(::malloc((tasks.size() + 1) * sizeof(unsigned)));
  std::ranges::copy(tasks, listed);
  return listed;
}

void pqos_free(void* memory) {
  ::free(memory);
}
