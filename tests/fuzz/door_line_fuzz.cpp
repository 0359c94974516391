// A line of the daemon's door, as either side may get it: an ask, and an answer. What the reader lets through is the
// same after it has been written and read again.
#include <cstdint>
#include <string_view>

#include "hooks/wire.h"
#include "tests/fuzz/announced.h"

namespace {

using namespace dcat;
using namespace dcat::fuzz;

void check_ask(std::string_view line) {
  const Result<Ask> ask = parse_ask(line);
  if (!ask) return require_tellable(ask.error());
  require(line.size() <= kMostLine);
  const std::string again = format_ask(*ask);
  require(again.find('\n') == std::string::npos && again.find('\0') == std::string::npos);
  const Result<Ask> read = parse_ask(again);
  require(read.ok() && *read == *ask);
}

void check_answer(std::string_view line) {
  const Result<std::string> answer = parse_answer(line);
  const std::string again = answer ? format_ok(*answer) : format_error(answer.error());
  require(again.find('\n') == std::string::npos && again.find('\0') == std::string::npos);
  const Result<std::string> read = parse_answer(again);
  require(read.ok() == answer.ok());
  if (read) return require(*read == *answer);
  require(read.error().code == answer.error().code);
  // A part of an error is cut once, and then stays as it is.
  require(format_error(read.error()) == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  check_ask(line);
  check_answer(line);
  return 0;
}
