// Annotations, which owners write. The input's first line is the container's name, then a line KEY=VALUE for each; a
// value's bytes may be any but a newline.
#include <cstdint>
#include <string_view>

#include "hooks/bound.h"
#include "hooks/wish_values.h"
#include "hooks/wishes.h"
#include "tests/fuzz/announced.h"

namespace {

using namespace dcat;
using namespace dcat::fuzz;

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void check(const Wishes& wishes) {
  if (wishes.contract == Wishes::Contract::ways)
    require(wishes.ways >= Ways(1) && wishes.ways <= Ways(kMostContractWays));
  else
    require(wishes.ways == Ways(0));
  if (wishes.priority) require(*wishes.priority >= -kMostPriority && *wishes.priority <= kMostPriority);
  require(is_printable(wishes.foreign) && wishes.foreign.size() <= 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string container(next_line(text));
  Announcement told;
  told.id = "a1";
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    const std::size_t equals = std::min(line.find('='), line.size());
    told.annotations.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
  }
  ReadWishes read = read_wishes(told.annotations, container);
  check(read.wishes);
  require_tellable(read.mistakes);
  told.wishes = read.wishes;
  told.name = container;
  require(bound_announcement(told, read.mistakes).ok());
  require_passes_the_door(told);
  return 0;
}
