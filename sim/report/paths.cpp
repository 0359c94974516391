#include "sim/report/paths.h"

#include "sim/report/markup.h"

namespace dcat::sim::page {
namespace {

// One past the last step of the stretch without a gap that begins at `first`.
std::size_t end_of_stretch(const std::vector<Step>& steps, std::size_t first) {
  std::size_t end = first + 1;
  while (end < steps.size() && steps[end].from == steps[end - 1].until) ++end;
  return end;
}

// Draws from (x, y) to the right along the upper edge. What the page rounds to the same place is not drawn twice.
void along_high(std::string& path, const std::vector<Step>& steps, std::size_t first, std::size_t end, const Scale& x,
                const Scale& y) {
  std::string before = number(y(steps[first].high));
  path += "M" + number(x(steps[first].from)) + " " + before;
  for (std::size_t i = first; i < end; ++i) {
    const std::string here = number(y(steps[i].high));
    if (here != before) path += "V" + here;
    before = here;
    const bool goes_on = i + 1 < end && number(y(steps[i + 1].high)) == here;
    if (!goes_on) path += "H" + number(x(steps[i].until));
  }
}

void back_along_low(std::string& path, const std::vector<Step>& steps, std::size_t first, std::size_t end,
                    const Scale& x, const Scale& y) {
  std::string before;
  for (std::size_t i = end; i-- > first;) {
    const std::string here = number(y(steps[i].low));
    if (here != before) path += "V" + here;
    before = here;
    const bool goes_on = i > first && number(y(steps[i - 1].low)) == here;
    if (!goes_on) path += "H" + number(x(steps[i].from));
  }
  path += "Z";
}

}  // namespace

std::string area_path(const std::vector<Step>& steps, const Scale& x, const Scale& y) {
  std::string path;
  for (std::size_t first = 0; first < steps.size();) {
    const std::size_t end = end_of_stretch(steps, first);
    along_high(path, steps, first, end, x, y);
    back_along_low(path, steps, first, end, x, y);
    first = end;
  }
  return path;
}

std::string line_path(const std::vector<Step>& steps, const Scale& x, const Scale& y) {
  std::string path;
  for (std::size_t first = 0; first < steps.size();) {
    const std::size_t end = end_of_stretch(steps, first);
    along_high(path, steps, first, end, x, y);
    first = end;
  }
  return path;
}

}  // namespace dcat::sim::page
