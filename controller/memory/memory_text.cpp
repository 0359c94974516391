#include "controller/memory/memory_text.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "controller/memory/memory_line.h"
#include "controller/trace_json.h"
#include "controller/trace_words.h"
#include "controller/trace_writer.h"

namespace dcat {

namespace {

constexpr std::string_view kName = "dcat-memory ";

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::string first_line(int version, std::string_view rest) {
  return fmt::format("{}{} crc32 {:08x} bytes {}\n", kName, version, checksum(rest), rest.size());
}

Error wrong(const std::string& why) {
  return {ErrorCode::bad_input, "", why, ""};
}

// The version that a first line names; nullopt: it is no first line of any.
std::optional<int> version_of(std::string_view line) {
  if (!line.starts_with(kName)) return std::nullopt;
  line.remove_prefix(kName.size());
  int version = 0;
  const std::from_chars_result end = std::from_chars(line.data(), line.data() + line.size(), version);
  if (end.ec != std::errc{} || version < 1) return std::nullopt;
  return version;
}

std::string format_basis(const KeptMemory& kept) {
  trace::Writer w;
  w.open('{');
  w.name("basis", kept.basis);
  w.flag("simulated", kept.simulated);
  w.field("written_unix_s", kept.written_unix_s);
  w.field("at_ns", kept.at);
  w.name("boot_id", kept.boot_id);
  w.close('}');
  return std::move(w).take();
}

Status parse_basis(std::string_view line, KeptMemory& kept) {
  constexpr std::int64_t kMostSeconds = trace::kMostNanoseconds / 1'000'000'000;
  const Result<trace::Json> json = trace::parse_json(line, "memory");
  if (!json) return json.error();
  trace::Fault fault("memory");
  const trace::Node node(*json, fault);
  trace::Fields f(node);
  f.need_with("basis", [&kept](const trace::Node& n) { kept.basis = n.name(); });
  f.may_with("simulated", [&kept](const trace::Node& n) { kept.simulated = n.truth(); });
  f.need_with("written_unix_s", [&](const trace::Node& n) { kept.written_unix_s = n.integer(0, kMostSeconds); });
  f.need_with("at_ns", [&kept](const trace::Node& n) {
    kept.at = TimePoint(Duration(n.integer(-trace::kMostNanoseconds, trace::kMostNanoseconds)));
  });
  f.need_with("boot_id", [&kept](const trace::Node& n) { kept.boot_id = n.name(); });
  f.done();
  return fault.any() ? Status(fault.error()) : Status();
}

}  // namespace

MemoryText format_memory_text(KeptMemory kept, std::size_t most_bytes) {
  MemoryText out;
  if (kept.announced.size() > most_bytes / 2) {
    out.announced_left_out = true;
    kept.announced.clear();
  }
  const std::size_t containers = kept.memory.containers.size();
  while (true) {
    const std::string rest =
        format_basis(kept) + "\n" + format_memory(kept.memory, kept.simulated) + "\n" + kept.announced;
    out.text = first_line(kMemoryVersion, rest) + rest;
    const std::size_t kept_now = kept.memory.containers.size();
    out.left_out = containers - kept_now;
    if (out.text.size() <= most_bytes || kept_now == 0) return out;
    // As many as the average says, less one: a few rounds are enough.
    const auto fit =
        static_cast<double>(kept_now) * static_cast<double>(most_bytes) / static_cast<double>(out.text.size());
    Memory fewer = std::move(kept.memory);
    const int most = std::exchange(fewer.most_containers, std::max(0, static_cast<int>(fit) - 1));
    forget(fewer, kept.at);
    fewer.most_containers = most;
    kept.memory = std::move(fewer);
  }
}

Result<KeptMemory> parse_memory_text(std::string_view text) {
  const std::size_t end = text.find('\n');
  const std::string_view first = text.substr(0, end);
  const std::optional<int> version = version_of(first);
  if (!version) return wrong("it does not begin as a memory does");
  if (*version > kMemoryVersion)
    return wrong(fmt::format("it is of version {}, this program knows {}", *version, kMemoryVersion));
  if (end == std::string_view::npos) return wrong("it is cut short");
  const std::string_view rest = text.substr(end + 1);
  if (text.substr(0, end + 1) != first_line(*version, rest))
    return wrong("its checksum or its length is another than it says");
  // Who can make a checksum can make anything: what is in it is read as strictly as any other text.
  const std::size_t second = rest.find('\n');
  const std::size_t third = second == std::string_view::npos ? second : rest.find('\n', second + 1);
  if (third == std::string_view::npos || rest.back() != '\n') return wrong("a line is missing");
  KeptMemory kept;
  if (Status read = parse_basis(rest.substr(0, second), kept); !read) return std::move(read).error();
  Result<Memory> memory = parse_memory(rest.substr(second + 1, third - second - 1), kept.simulated);
  if (!memory) return std::move(memory).error();
  kept.memory = *std::move(memory);
  kept.announced = rest.substr(third + 1);
  return kept;
}

Memory take_up(KeptMemory kept, std::int64_t now_unix_s, TimePoint now, int most_containers, Duration forget_after) {
  Memory memory = std::move(kept.memory);
  memory.most_containers = most_containers;
  memory.forget_after = forget_after;
  const Duration away = std::chrono::seconds(std::max<std::int64_t>(0, now_unix_s - kept.written_unix_s));
  constexpr Duration kMost(trace::kMostNanoseconds);
  for (ContainerMemory& one : memory.containers) {
    const Duration gone = std::clamp<Duration>(kept.at - one.seen, Duration(0), kMost / 4) + std::min(away, kMost / 4);
    one.seen = now - gone;
  }
  forget(memory, now);
  return memory;
}

}  // namespace dcat
