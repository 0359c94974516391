// A directory that is this user's alone, and small files in it that are replaced as a whole: written beside, synced,
// renamed over the old one, and the directory synced, so that a crash leaves the old text or the new. Files have mode
// 0600; names are never followed where they are links.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/result.h"

namespace dcat::cli {

enum class Make { no, yes };

class PrivateDirectory {
 public:
  // Makes it, with mode 0700, where only it is missing. failed: it cannot be had, or belongs to somebody else, or
  // others may write to it. nullopt: it is not there (Make::no).
  static Result<std::optional<PrivateDirectory>> open(const std::string& path, Make make);
  PrivateDirectory(PrivateDirectory&& other) noexcept;
  PrivateDirectory& operator=(PrivateDirectory&&) = delete;
  ~PrivateDirectory();

  // nullopt: there is none. failed: it cannot be read. bad_input: it is no file, larger than `most` bytes, or others
  // own it or may write to it.
  Result<std::optional<std::string>> read(const std::string& name, std::size_t most) const;
  Status replace(const std::string& name, const std::string& text) const;
  // Renames it to NAME.damaged-1; those before it move on to -2 and so on, at most kMostDamaged are kept.
  Status set_aside(const std::string& name) const;
  // With what was set aside and what a crash left; true: there was something.
  Result<bool> remove(const std::string& name) const;

  static constexpr int kMostDamaged = 5;

 private:
  PrivateDirectory(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;
};

}  // namespace dcat::cli
