#include "emulator/linux/faults.h"

#include <array>
#include <cerrno>
#include <charconv>

namespace dcat::emulator {

namespace {

constexpr std::array<std::pair<std::string_view, Operation>, 6> kOperations{{{"write", Operation::write},
                                                                             {"mkdir", Operation::mkdir},
                                                                             {"rmdir", Operation::rmdir},
                                                                             {"rename", Operation::rename},
                                                                             {"read", Operation::read},
                                                                             {"open", Operation::open}}};

// What a resctrl file may answer, and what a test may want to see answered.
constexpr std::array<std::pair<std::string_view, int>, 16> kErrors{{{"EPERM", EPERM},
                                                                    {"ENOENT", ENOENT},
                                                                    {"ESRCH", ESRCH},
                                                                    {"EINTR", EINTR},
                                                                    {"EIO", EIO},
                                                                    {"E2BIG", E2BIG},
                                                                    {"EAGAIN", EAGAIN},
                                                                    {"ENOMEM", ENOMEM},
                                                                    {"EACCES", EACCES},
                                                                    {"EBUSY", EBUSY},
                                                                    {"EEXIST", EEXIST},
                                                                    {"ENODEV", ENODEV},
                                                                    {"EINVAL", EINVAL},
                                                                    {"ENOSPC", ENOSPC},
                                                                    {"EROFS", EROFS},
                                                                    {"ETIMEDOUT", ETIMEDOUT}}};

Error bad(const std::string& spec, const std::string& why) {
  return {ErrorCode::bad_input, "--fail " + spec, why, "want OP:FILE:N:WHAT, as write:schemata:3:EBUSY, or kill:N"};
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

// Digits alone, 1 or more; 0 where it is not.
std::uint64_t parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::optional<Fault> parse_what(std::string_view text) {
  if (text == "kill") return Fault{FaultKind::kill, 0};
  if (text == "kill-after") return Fault{FaultKind::kill_after, 0};
  for (const auto& [name, error] : kErrors)
    if (text == name) return Fault{FaultKind::error, error};
  return std::nullopt;
}

std::string known_errors() {
  std::string names = "kill, kill-after";
  for (const auto& [name, error] : kErrors) names += ", " + std::string(name);
  return names;
}

Result<FaultSpec> parse_spec(const std::string& text) {
  const std::vector<std::string_view> parts = split(text);
  if (parts.size() != 4) return bad(text, "it has not four parts");
  FaultSpec spec;
  for (const auto& [name, operation] : kOperations)
    if (parts[0] == name) spec.operation = operation;
  if (!spec.operation && parts[0] != "any")
    return bad(text, "\"" + std::string(parts[0]) + "\" is none of write, mkdir, rmdir, rename, read, open, any");
  spec.file = parts[1];
  if (spec.file.empty()) return bad(text, "FILE is empty");
  if (spec.file.find('/') != std::string::npos) return bad(text, "FILE is a name without directories, or *");
  std::string_view count = parts[2];
  spec.from_then_on = count.ends_with('+');
  if (spec.from_then_on) count.remove_suffix(1);
  spec.first = parse_count(count);
  if (spec.first == 0) return bad(text, "N is a number from 1 on, or that and a +");
  const std::optional<Fault> fault = parse_what(parts[3]);
  if (!fault) return bad(text, "\"" + std::string(parts[3]) + "\" is none of " + known_errors());
  spec.fault = *fault;
  return spec;
}

}  // namespace

Result<FaultPlan> parse_faults(const std::vector<std::string>& specs) {
  FaultPlan plan;
  for (const std::string& text : specs) {
    if (text.starts_with("kill:")) {
      const std::uint64_t at = parse_count(std::string_view(text).substr(5));
      if (at == 0) return bad(text, "N is a number from 1 on");
      if (plan.kill_at_write_call != 0) return bad(text, "there is another kill:N");
      plan.kill_at_write_call = at;
      continue;
    }
    Result<FaultSpec> spec = parse_spec(text);
    if (!spec) return std::move(spec).error();
    plan.specs.push_back(std::move(*spec));
  }
  return plan;
}

Faults::Faults(std::vector<FaultSpec> specs) {
  for (FaultSpec& spec : specs) specs_.push_back({std::move(spec), 0});
}

std::optional<Fault> Faults::next(Operation operation, std::string_view file) {
  std::optional<Fault> decided;
  for (Counted& c : specs_) {
    if (c.spec.operation && *c.spec.operation != operation) continue;
    if (c.spec.file != "*" && c.spec.file != file) continue;
    ++c.seen;
    const bool hit = c.spec.from_then_on ? c.seen >= c.spec.first : c.seen == c.spec.first;
    if (hit && !decided) decided = c.spec.fault;
  }
  return decided;
}

}  // namespace dcat::emulator
