#include "cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/screen.h"
#include "cli/terminal_text.h"

namespace dcat::cli {

namespace {
constexpr int kNarrowest = 40;  // columns: less is no terminal for a table
}  // namespace

int columns_to_fill() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return std::max<int>(size.ws_col, kNarrowest);
  const char* const said = std::getenv("COLUMNS");
  const int columns = said != nullptr ? std::atoi(said) : 0;
  return columns > 0 ? std::max(columns, kNarrowest) : 0;
}

bool locale_takes_utf8() {
  std::setlocale(LC_CTYPE, "");
  return std::string_view(nl_langinfo(CODESET)) == "UTF-8";
}

Status print_for_people(std::vector<std::string> lines) {
  if (isatty(STDOUT_FILENO) == 1 && !locale_takes_utf8())
    for (std::string& line : lines) line = ascii_only(line);
  return print_lines(lines);
}

Status print_json(const std::string& json) {
  if (isatty(STDOUT_FILENO) != 1) return print_lines({json});
  const auto value = nlohmann::json::parse(json, nullptr, false);
  return print_lines({value.is_discarded() ? printable(json) : value.dump(-1, ' ', true)});
}

}  // namespace dcat::cli
