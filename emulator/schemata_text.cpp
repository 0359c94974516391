#include "emulator/schemata_text.h"

#include <cerrno>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "emulator/kernel_text.h"

namespace dcat::emulator {
namespace {

class SchemataWrite {
 public:
  SchemataWrite(int closid, Controls& controls, LastCmdStatus& status)
      : closid_(closid), controls_(controls), status_(status) {}

  bool read(std::string_view text) {
    std::optional<std::string_view> rest = until_nul(text);
    while (rest) {
      if (!read_line(take_part(rest, '\n'))) return false;
    }
    return true;
  }

  void apply() {
    for (const auto& [place, value] : staged_) {
      const auto& [schema, domain] = place;
      if (schema->bandwidth) {
        domain->percent[static_cast<std::size_t>(closid_)] = static_cast<std::uint32_t>(value);
      } else {
        controls_.set_mask(*domain, *schema, closid_, value);
      }
    }
  }

 private:
  bool refuse(const std::string& formatted) {
    status_.put_formatted(formatted);
    return false;
  }

  bool refuse_plainly(std::string_view constant) {
    status_.put(constant);
    return false;
  }

  bool read_line(std::string_view line) {
    std::optional<std::string_view> values = line;
    const std::string name(trimmed(take_part(values, ':')));
    if (!values) return refuse_plainly("Missing ':'\n");
    if (values->empty()) return refuse("Missing '" + name + "' value\n");
    for (const Schema& schema : controls_.schemas()) {
      if (schema.name == name && closid_ < schema.closids) return read_values(schema, *values);
    }
    return refuse("Unknown or unsupported resource name '" + name + "'\n");
  }

  bool read_values(const Schema& schema, std::string_view values) {
    std::optional<std::string_view> rest = values;
    while (rest && !rest->empty()) {
      std::optional<std::string_view> value = take_part(rest, ';');
      const auto id = parse_unsigned(take_part(value, '='), 10);
      if (!value || id.error != 0) return refuse_plainly("Missing '=' or non-numeric domain\n");
      ControlDomain* const domain = controls_.domain(id.value);
      if (domain == nullptr) return false;  // the kernel has no words for it
      if (!read_value(schema, *domain, std::string(trimmed(*value)))) return false;
    }
    return true;
  }

  bool read_value(const Schema& schema, ControlDomain& domain, const std::string& text) {
    if (staged_.contains({&schema, &domain})) {
      return refuse("Duplicate domain " + std::to_string(domain.id.value) + '\n');
    }
    return schema.bandwidth ? read_bandwidth(schema, domain, text) : read_mask(schema, domain, text);
  }

  bool read_bandwidth(const Schema& schema, ControlDomain& domain, const std::string& text) {
    const auto parsed = parse_unsigned(text, 10, std::numeric_limits<std::uint32_t>::max());
    if (parsed.error != 0) return refuse("Invalid MB value " + text + '\n');
    if (controls_.mba_mbps()) {
      domain.mbps[static_cast<std::size_t>(closid_)] = static_cast<std::uint32_t>(parsed.value);
      return true;
    }
    const auto least = static_cast<std::uint64_t>(controls_.throttles().least.percent);
    const auto step = static_cast<std::uint64_t>(controls_.throttles().step);
    if (parsed.value < least || parsed.value > kFullBandwidthPercent) {
      return refuse("MB value " + std::to_string(parsed.value) + " out of range [" + std::to_string(least) + ',' +
                    std::to_string(kFullBandwidthPercent) + "]\n");
    }
    staged_[{&schema, &domain}] = (parsed.value + step - 1) / step * step;
    return true;
  }

  bool read_mask(const Schema& schema, ControlDomain& domain, const std::string& text) {
    const auto parsed = parse_unsigned(text, 16);
    if (parsed.error != 0) return refuse("Non-hex character in the mask " + text + '\n');
    std::string why;
    if (!controls_.legal(parsed.value, why)) return refuse(why);
    if (controls_.overlaps(domain, parsed.value, closid_, true)) {
      return refuse_plainly("Overlaps with exclusive group\n");
    }
    if (controls_.mode(closid_) == GroupMode::exclusive && controls_.overlaps(domain, parsed.value, closid_, false)) {
      return refuse_plainly("Overlaps with other group\n");
    }
    staged_[{&schema, &domain}] = parsed.value;
    return true;
  }

  int closid_;
  Controls& controls_;
  LastCmdStatus& status_;
  std::map<std::pair<const Schema*, ControlDomain*>, std::uint64_t> staged_;
};

}  // namespace

int write_schemata(std::string_view text, int closid, Controls& controls, LastCmdStatus& status) {
  SchemataWrite write(closid, controls, status);
  if (!write.read(text)) return EINVAL;
  write.apply();
  return 0;
}

}  // namespace dcat::emulator
