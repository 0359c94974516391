// A fixture tree in a temporary directory, removed with the object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace dcat::test {

class TempTree {
 public:
  TempTree() {
    std::string name = (std::filesystem::temp_directory_path() / "dcat-test-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) root_ = name;
  }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;
  ~TempTree() {
    std::error_code ignored;
    if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
  }
  const std::string& root() const { return root_; }
  void directory(const std::string& path) const { std::filesystem::create_directories(root_ + "/" + path); }
  void file(const std::string& path, const std::string& text) const {
    const std::filesystem::path whole = root_ + "/" + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(root_ + "/" + path); }
  // Another directory under the same name. A file system may give the number of what was removed again, which a
  // kernel's cgroups never do: this one is there before the other goes.
  void make_anew(const std::string& path) const {
    directory(path + ".new");
    remove(path);
    std::filesystem::rename(root_ + "/" + path + ".new", root_ + "/" + path);
  }

 private:
  std::string root_;
};

}  // namespace dcat::test
