// Reads a trace of an enforcing run and checks that the node did what was decided: the masks and members in force in
// each period are those that the decision before asked for. check_trace TRACE; exit code 0 or 1, with the first period
// that differs.
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include "controller/trace.h"

namespace {

std::string masks_text(const dcat::Masks& masks) {
  std::string text;
  for (const dcat::DomainMasks& domain : masks.domains) {
    text += " domain " + std::to_string(domain.id.value) + ": shared " + format_cbm(domain.shared);
    for (const dcat::GroupMask& group : domain.groups) text += ", " + group.group.value + " " + format_cbm(group.mask);
  }
  return text;
}

// Who is not there any more is in no group.
std::vector<dcat::Member> of_present(const std::vector<dcat::Member>& members, const dcat::Observation& o) {
  std::vector<dcat::Member> present;
  for (const dcat::Member& member : members)
    for (const dcat::ContainerInfo& info : o.containers)
      if (info.id == member.container && !member.group.is_shared_region()) present.push_back(member);
  return present;
}

int check(std::istream& trace) {
  std::string line;
  if (!std::getline(trace, line)) return std::cerr << "an empty trace\n", 1;
  const auto header = dcat::parse_trace_header(line);
  if (!header) return std::cerr << header.error().to_string() << "\n", 1;
  dcat::Replayer replayer(*header);
  std::optional<dcat::Masks> asked;
  int periods = 0;
  while (std::getline(trace, line)) {
    if (dcat::kind_of(line) == dcat::TraceLine::memory) {
      if (auto known = replayer.remember(line); !known) return std::cerr << known.error().to_string() << "\n", 1;
      continue;
    }
    if (dcat::kind_of(line) == dcat::TraceLine::decision) {
      if (auto same = replayer.check(line); !same) return std::cerr << same.error().to_string() << "\n", 1;
      asked = replayer.decision().masks;
      continue;
    }
    const auto observation = dcat::parse_observation(line, header->simulated);
    if (!observation) return std::cerr << observation.error().to_string() << "\n", 1;
    if (asked && observation->masks.domains != asked->domains)
      return std::cerr << "period " << periods << ": asked for" << masks_text(*asked) << "; in force"
                       << masks_text(observation->masks) << "\n",
             1;
    if (asked && of_present(asked->members, *observation) != of_present(observation->masks.members, *observation))
      return std::cerr << "period " << periods << ": a container is not in the group that it was put into\n", 1;
    if (auto stepped = replayer.step(line); !stepped) return std::cerr << stepped.error().to_string() << "\n", 1;
    ++periods;
  }
  if (periods < 2) return std::cerr << "only " << periods << " periods\n", 1;
  std::cout << periods << " periods as decided\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: check_trace TRACE\n", 2;
  std::ifstream trace(argv[1]);
  if (!trace) return std::cerr << "cannot read " << argv[1] << "\n", 2;
  return check(trace);
}
