#include "cli/announced_file.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "cat/linux/kept_file.h"

namespace dcat::cli {

namespace {
constexpr const char* kName = "announced.jsonl";
}  // namespace

std::string announced_path(const std::string& directory) {
  return directory + "/" + kName;
}

void AnnouncedFile::load(TimePoint at, const std::string& kept) {
  std::string path = announced_path(directory_);
  std::string text;
  if (const int error = read_kept_file(path, text); error != 0) {
    if (error != ENOENT) spdlog::warn("hooks: {}: {}; what was announced before is not known", path, strerror(error));
    text = error == ENOENT ? kept : "";
    path = "the memory";
  }
  std::vector<std::string> mistakes;
  announcements_.load(text, at, mistakes);
  for (const std::string& mistake : mistakes) spdlog::warn("hooks: {}: {}; left out", path, mistake);
}

Status AnnouncedFile::on_decision(const Observation&, const Decision&) {
  if (announcements_.generation() == written_) return {};
  const std::uint64_t generation = announcements_.generation();
  const Status written = replace_file(directory_, kName, announcements_.save(), Kept::own, Outlives::daemon);
  if (!written && !told_) spdlog::warn("hooks: {}", written.error().to_string());
  told_ = !written;
  if (written) written_ = generation;
  return {};
}

}  // namespace dcat::cli
