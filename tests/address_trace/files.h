// Traces as files of a test's own folder, read to their end.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/address_trace/trace.h"

namespace dcat::address_trace::test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "dcat-trace-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) names.push_back(entry.path().filename());
    return names;
  }

 private:
  std::string path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Whole {
  std::string format;
  std::vector<Access> accesses;
  std::optional<std::uint64_t> instructions;
};

// `batch` accesses at a time.
inline Result<Whole> read_all(const std::string& path, bool fetches = false, std::size_t batch = 100) {
  Result<std::unique_ptr<Reader>> reader = open_trace(path, fetches);
  if (!reader) return std::move(reader).error();
  Whole whole;
  whole.format = (*reader)->format();
  std::vector<Access> some(batch);
  for (;;) {
    Result<std::size_t> n = (*reader)->read(some);
    if (!n) return std::move(n).error();
    if (*n == 0) break;
    whole.accesses.insert(whole.accesses.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*n));
  }
  whole.instructions = (*reader)->instructions();
  return whole;
}

}  // namespace dcat::address_trace::test
