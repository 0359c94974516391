// Runs the built dcat through a shell and keeps what it said.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace dcat::test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "dcat-cli-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string scenario(const std::string& name) {
  return std::string(DCAT_SOURCE_DIR) + "/configs/scenarios/" + name;
}

struct Ended {
  int code = -1;
  std::string out, err;
};

// `before` goes in front of the program (`timeout -s INT 1`), `after` behind its arguments (`| head -1`).
inline Ended dcat_run(const std::string& arguments, const std::string& before = "", const std::string& after = "") {
  const Folder folder;
  const std::string command = before + " '" + DCAT_BINARY + "' " + arguments + " </dev/null 2>" + (folder / "err") +
                              " " + after + " >" + (folder / "out");
  const int status = std::system(("bash -o pipefail -c \"" + command + "\"").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(folder / "out"),
          read_file(folder / "err")};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace dcat::test
