// The stand-in's own controls: what machine it is, what it was asked, what it is to refuse. All of one process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dcat::test {

struct FakeMachine {
  unsigned classes = 4;
  unsigned ways = 8;
  bool cdp = false;
  bool has_l3 = true;
  std::map<unsigned, unsigned> l3cat_of_core{{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 1}, {5, 1}, {6, 1}, {7, 1}};
  std::uint64_t tied = 0;      // a mask with one of these ways reads back with all of them
  std::string resctrl_root{};  // where pqos_init over resctrl makes directories and mirrors class 0
};

struct FakeRow {
  std::uint64_t data = 0, code = 0;
  bool operator==(const FakeRow&) const = default;
};

// Registers as after a reset, nobody associated, nothing to be refused, no calls. Not initialised.
void fake_set_up(const FakeMachine& machine);
// The n-th call from now of this name (1 = the next) returns `code` and says `words`; nothing happens then.
void fake_refuse(const std::string& call, int code, const std::string& words = "", int n = 1);

// Registers, to be read and written as if by somebody else.
std::map<unsigned, std::vector<FakeRow>>& fake_masks();  // by l3cat id, then class
std::map<unsigned, unsigned>& fake_class_of_core();
std::map<int, unsigned>& fake_class_of_task();  // not listed: class 0

// Whether pqos_init has been called without pqos_fini.
bool fake_initialised();
// Names of the calls that change something, in order, with their arguments: "assoc_set_pid 12 3".
std::vector<std::string>& fake_calls();
// What was seen at the last call: whether SIGALRM was blocked in the calling thread.
bool fake_alarm_was_blocked();

}  // namespace dcat::test
