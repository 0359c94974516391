#include "tests/cat_pqos/node.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/catch.h"

namespace dcat::test {

Sleeper::Sleeper() : pid_(::fork()) {
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (true) ::pause();
}

void Sleeper::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::string TestNode::tree() const {
  const ResctrlFiles files(root());
  std::string text;
  std::vector<std::string> directories = *files.directories("");
  directories.insert(directories.begin(), ".");
  for (const std::string& directory : directories) {
    text += directory + "\n";
    for (const std::string file : {"/schemata", "/mode"})
      if (const Result<std::string> content = files.read(directory + file)) text += *content;
  }
  return text;
}

void TestNode::container(const std::string& name, const std::vector<int>& tids) const {
  std::string text;
  for (const int tid : tids) text += std::to_string(tid) + "\n";
  cgroups_.file(name + "/cgroup.threads", text);
}

ResctrlOptions TestNode::options(Duration adopt_within) const {
  ResctrlOptions options;
  options.root = root();
  options.cgroup_of = [this](const ContainerId& container) { return cgroups_.root() + "/" + container.value; };
  options.writes = true;
  options.runtime_directory = runtime();
  options.adopt_within = adopt_within;
  return options;
}

std::unique_ptr<PqosOsControl> TestNode::open(Duration adopt_within) const {
  Result<std::unique_ptr<PqosOsControl>> opened = PqosOsControl::open(options(adopt_within));
  if (!opened) FAIL(opened.error().to_string());
  return std::move(*opened);
}

}  // namespace dcat::test
