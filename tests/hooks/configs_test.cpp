// The files of configs/hooks as their readers take them: oci-hooks(5)'s fields, and libvirt's script with a dcat that
// fails in every way.
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/catch.h"

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

const fs::path kHooks = fs::path(DCAT_SOURCE_DIR) / "configs/hooks";

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void check_keys(const Json& object, const std::set<std::string>& known) {
  REQUIRE(object.is_object());
  for (const auto& [key, value] : object.items()) {
    INFO(key);
    CHECK(known.count(key) == 1);
  }
}

bool all_strings(const Json& list) {
  return list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& each) { return each.is_string(); });
}

// oci-hooks(5), version 1.0.0.
void check_oci_hook(const Json& file) {
  check_keys(file, {"version", "hook", "when", "stages"});
  CHECK(file.at("version") == "1.0.0");
  const Json& hook = file.at("hook");
  check_keys(hook, {"path", "args", "env", "timeout"});
  CHECK(hook.at("path").get<std::string>().starts_with('/'));
  CHECK(all_strings(hook.at("args")));
  CHECK((!hook.contains("env") || all_strings(hook.at("env"))));
  CHECK(hook.at("timeout").get<int>() > 0);
  check_keys(file.at("when"), {"always", "annotations", "commands", "hasBindMounts"});
  CHECK_FALSE(file.at("when").empty());
  const std::set<std::string> stages{"createContainer", "createRuntime", "prestart",
                                     "poststart",       "poststop",      "startContainer"};
  REQUIRE(all_strings(file.at("stages")));
  for (const Json& stage : file.at("stages")) CHECK(stages.count(stage.get<std::string>()) == 1);
}

// A folder with the hook's `dcat` in it, and what the hook said.
class Script {
 public:
  Script() {
    std::string name = (fs::temp_directory_path() / "dcat-hooks-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~Script() { fs::remove_all(folder_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  void dcat(const std::string& body) {
    std::ofstream(folder_ / "dcat") << "#!/bin/sh\n" << body << "\n";
    fs::permissions(folder_ / "dcat", fs::perms::owner_all);
  }
  // Gives it `bytes` on stdin; true: it took them all and ended with 0.
  bool run(const std::string& arguments, int bytes = 10) {
    const std::string command = "set -o pipefail; head -c " + std::to_string(bytes) + " /dev/zero | PATH='" +
                                folder_.string() + "':/usr/bin:/bin sh '" + (kHooks / "50-dcat").string() + "' " +
                                arguments + " >'" + (folder_ / "out").string() + "' 2>'" + (folder_ / "err").string() +
                                "'";
    std::ofstream(folder_ / "command") << command;
    return std::system(("bash '" + (folder_ / "command").string() + "'").c_str()) == 0;
  }
  std::string out() const { return text_of(folder_ / "out"); }
  std::string err() const { return text_of(folder_ / "err"); }
  std::string kept(const std::string& name) const { return text_of(folder_ / name); }
  std::string folder() const { return folder_.string(); }

 private:
  fs::path folder_;
};

}  // namespace

TEST_CASE("the OCI hook is what oci-hooks says, with our program at createRuntime and poststop") {
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kHooks / "oci-hooks.d")) {
    INFO(entry.path().string());
    ++files;
    CHECK(entry.path().extension() == ".json");
    const Json file = Json::parse(text_of(entry.path()));
    check_oci_hook(file);
    CHECK(file.at("hook").at("path") == "/usr/bin/dcat");
    CHECK(file.at("hook").at("args") == Json({"dcat", "hook", "oci"}));
    CHECK(file.at("when") == Json({{"always", true}}));
    CHECK(file.at("stages") == Json({"createRuntime", "poststop"}));
  }
  CHECK(files == 1);
}

TEST_CASE("libvirt's script is a program, and passes on what it is given") {
  struct stat status {};
  REQUIRE(::stat((kHooks / "50-dcat").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0755);
  Script script;
  script.dcat("printf '%s|' \"$@\" >'" + script.folder() + "/args'; wc -c >'" + script.folder() + "/size'");
  CHECK(script.run("'web 1' start begin -", 1000));
  CHECK(script.kept("args") == "hook|libvirt|web 1|start|begin|-|");
  CHECK(script.kept("size") == "1000\n");
  CHECK(script.out().empty());
  CHECK(script.err().empty());
}

TEST_CASE("libvirt's script never fails, whatever dcat does, and takes all of stdin") {
  for (const char* const body :
       {"exit 1", "exit 2", "kill -9 $$", "echo '<domain/>'; exit 3", "exec <&-; exit 1", ")("}) {
    INFO(body);
    Script script;
    script.dcat(body);
    CHECK(script.run("web reconnect begin -", 1 << 20));
    CHECK(script.out().empty());
  }
}

TEST_CASE("libvirt's script ends although dcat does not") {
  Script script;
  script.dcat("exec sleep 1000");
  CHECK(script.run("web start begin -", 1 << 20));
  CHECK(script.out().empty());
}

TEST_CASE("libvirt's script says so where there is no dcat") {
  if (std::system("PATH=/usr/bin:/bin command -v dcat >/dev/null") == 0) return;  // this machine has one installed
  Script script;
  CHECK(script.run("web start begin -", 1 << 20));
  CHECK(script.out().empty());
  CHECK(script.err().starts_with("dcat: hook libvirt: there is no dcat in "));
}
