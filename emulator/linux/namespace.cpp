#include "emulator/linux/namespace.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <vector>

#include "emulator/linux/faces.h"
#include "emulator/linux/small_files.h"

namespace dcat::emulator {

namespace {

// Always there where sysfs is; covered for a moment, before anything runs.
constexpr const char* kStaging = "/sys/kernel";

Status mount_it(const std::string& source, const std::string& target, const char* type, unsigned long flags,
                const char* data = nullptr) {
  if (::mount(source.c_str(), target.c_str(), type, flags, data) == 0) return {};
  return system_error("mount " + (type != nullptr ? std::string(type) : source) + " on " + target);
}

Status make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return system_error("make " + path);
  if (::chmod(path.c_str(), mode) != 0) return system_error("chmod " + path);
  return {};
}

struct Name {
  std::string name;
  mode_t type;
};

Result<std::vector<Name>> entries_of(const std::string& directory) {
  DIR* dir = ::opendir(directory.c_str());
  if (dir == nullptr) return system_error("list " + directory);
  std::vector<Name> names;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string name = entry->d_name;
    struct stat st {};
    if (name == "." || name == ".." || ::fstatat(::dirfd(dir), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    names.push_back({name, st.st_mode});
  }
  ::closedir(dir);
  return names;
}

// Puts what was at `from` to `to`, whatever it is.
Status bind_again(const std::string& from, const std::string& to, mode_t type) {
  if (S_ISLNK(type)) {
    std::string target(4096, 0);
    const ssize_t length = ::readlink(from.c_str(), target.data(), target.size() - 1);
    if (length < 0) return {};  // gone meanwhile
    target.resize(static_cast<std::size_t>(length));
    if (::symlink(target.c_str(), to.c_str()) != 0) return system_error("make the link " + to);
    return {};
  }
  if (S_ISDIR(type)) {
    if (Status made = make_directory(to, 0755); !made) return made;
  } else if (Status made = write_file(to, ""); !made) {
    return made;
  }
  if (::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0 || errno == ENOENT) return {};
  return system_error("bind " + from + " to " + to);
}

// A tmpfs over `directory` with all that was in it, but for `without`.
Status cover(const std::string& directory, const std::set<std::string>& without) {
  const std::string old = std::string(kStaging) + "/old";
  if (Status made = make_directory(old, 0755); !made) return made;
  if (Status done = mount_it(directory, old, nullptr, MS_BIND | MS_REC); !done) return done;
  if (Status done = mount_it("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"); !done) return done;
  Result<std::vector<Name>> names = entries_of(old);
  if (!names) return std::move(names).error();
  for (const Name& entry : *names) {
    if (without.contains(entry.name)) continue;
    if (Status done = bind_again(old + "/" + entry.name, directory + "/" + entry.name, entry.type); !done) return done;
  }
  if (::umount2(old.c_str(), MNT_DETACH) != 0) return system_error("unmount " + old);
  return {};
}

Status show_file(const std::string& path, const std::string& staged, std::string (*face)(const std::string&)) {
  const std::optional<std::string> host = read_file(path);
  if (!host) return system_error("read " + path);
  const std::string file = std::string(kStaging) + "/" + staged;
  if (Status written = write_file(file, face(*host)); !written) return written;
  return mount_it(file, path, nullptr, MS_BIND);
}

Status show_cpuinfo(const Machine& machine) {
  const std::optional<std::string> host = read_file("/proc/cpuinfo");
  if (!host) return system_error("read /proc/cpuinfo");
  const std::string file = std::string(kStaging) + "/cpuinfo";
  if (Status written = write_file(file, face_of_cpuinfo(*host, machine)); !written) return written;
  return mount_it(file, "/proc/cpuinfo", nullptr, MS_BIND);
}

Status show_cpus(const Machine& machine) {
  const std::string root = "/sys/devices/system/cpu";
  if (Status done = mount_it("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"); !done) return done;
  for (const auto& [path, text] : cpu_tree(machine)) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
      if (Status made = make_directory(root + "/" + path.substr(0, slash), 0755); !made) return made;
    if (Status written = write_file(root + "/" + path, text); !written) return written;
  }
  return {};
}

Status furnish(const Machine& machine) {
  if (Status done = show_cpuinfo(machine); !done) return done;
  if (Status done = show_file("/proc/filesystems", "filesystems", face_of_filesystems); !done) return done;
  if (Status done = cover("/sys/fs", {"resctrl"}); !done) return done;
  if (Status done = make_directory(kResctrlMountPoint, 0755); !done) return done;
  if (Status done = cover("/run", {"lock", "dcat"}); !done) return done;
  if (Status done = make_directory("/run/lock", 01777); !done) return done;
  if (Status done = make_directory(kRuntimeDirectory, 0755); !done) return done;
  if (Status done = cover("/var/lib", {"dcat"}); !done) return done;
  if (Status done = make_directory(kStateDirectory, 0700); !done) return done;
  return show_cpus(machine);
}

}  // namespace

Status enter_private_namespace(const Machine& machine) {
  if (::unshare(CLONE_NEWNS) != 0) {
    Error error = system_error("make a private mount namespace", "the emulated node needs root (CAP_SYS_ADMIN)");
    error.code = ErrorCode::unsupported;
    return error;
  }
  if (Status done = mount_it("none", "/", nullptr, MS_REC | MS_PRIVATE); !done) {
    if (done.error().sys_errno != EINVAL) return done;
    return Error{ErrorCode::unsupported, "make a private mount namespace", "/ is no mount point: this is a chroot",
                 "bind the directory to itself before chroot (mount --bind DIR DIR)", EINVAL};
  }
  if (Status done = mount_it("tmpfs", kStaging, "tmpfs", 0, "mode=700"); !done) return done;
  Status furnished = furnish(machine);
  ::umount2(kStaging, MNT_DETACH);
  return furnished;
}

MountedTracefs::MountedTracefs() : status_(mount_it("tracefs", kDirectory, "tracefs", 0)) {}

MountedTracefs::~MountedTracefs() {
  if (status_) ::umount2(kDirectory, MNT_DETACH);
}

}  // namespace dcat::emulator
