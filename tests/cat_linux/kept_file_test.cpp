// Files in the runtime directory: who may read them, and which directories are not trusted.
#include "cat/linux/kept_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/catch.h"

namespace dcat {
namespace {

namespace fs = std::filesystem;

class Place {
 public:
  Place() {
    std::string name = (fs::temp_directory_path() / "dcat-kept-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::string text_of(const std::string& path) {
  std::string text;
  read_kept_file(path, text);
  return text;
}

TEST_CASE("files have the modes that they are to have, whatever the umask") {
  for (const mode_t mask : {mode_t(0), mode_t(022), mode_t(077)}) {
    const Place place;
    const mode_t before = ::umask(mask);
    CHECK(replace_file(place / "run", "own", "a").ok());
    CHECK(replace_file(place / "run", "shown", "a", Kept::shown).ok());
    CHECK(replace_file(place / "other", "file", "a", Kept::for_others).ok());
    ::umask(before);
    CHECK(mode_of(place / "run") == 0755);
    CHECK(mode_of(place / "run/own") == 0600);
    CHECK(mode_of(place / "run/shown") == 0644);
    CHECK(mode_of(place / "other/file") == 0644);
  }
}

TEST_CASE("a directory that others could write in is refused with the reason, and nothing is put there") {
  const Place place;
  REQUIRE(fs::create_directory(place / "real"));
  fs::create_directory_symlink(place / "real", place / "link");
  REQUIRE(fs::create_directory(place / "open"));
  REQUIRE(::chmod((place / "open").c_str(), 01777) == 0);
  REQUIRE(replace_file(place / "real", "file", "a").ok());
  const auto refused = [&](const std::string& name) {
    const Status done = replace_file(place / name, "new", "a");
    CHECK_FALSE(fs::exists(place / (name + "/new")));
    return done ? "no error" : done.error().to_string();
  };
  CHECK(refused("link").find("it is a symbolic link") != std::string::npos);
  CHECK(refused("open").find("everybody may write in it") != std::string::npos);
  CHECK(refused("real/file").find("Not a directory") != std::string::npos);
  CHECK(check_runtime_directory(place / "nothing").ok());
  CHECK(check_runtime_directory("/proc").ok());  // root's
}

TEST_CASE("a directory of another user or group is refused") {
  if (::geteuid() != 0) return;  // only root can give directories away
  const Place place;
  REQUIRE(fs::create_directory(place / "theirs"));
  REQUIRE(::chown((place / "theirs").c_str(), 12345, 0) == 0);
  CHECK(check_runtime_directory(place / "theirs").error().why.find("belongs to user 12345") != std::string::npos);
  REQUIRE(fs::create_directory(place / "group"));
  REQUIRE(::chown((place / "group").c_str(), 0, 12345) == 0);
  REQUIRE(::chmod((place / "group").c_str(), 0775) == 0);
  CHECK(check_runtime_directory(place / "group").error().why.find("its group may write") != std::string::npos);
  REQUIRE(::chmod((place / "group").c_str(), 0755) == 0);
  CHECK(check_runtime_directory(place / "group").ok());
}

TEST_CASE("a link that stands where a file is first written is not followed") {
  const Place place;
  REQUIRE(replace_file(place / "run", "file", "old").ok());
  REQUIRE(replace_file(place / "run", "victim", "victim").ok());
  fs::create_symlink(place / "run/victim", place / "run/file.new");
  REQUIRE(replace_file(place / "run", "file", "new").ok());
  CHECK(text_of(place / "run/file") == "new");
  CHECK(text_of(place / "run/victim") == "victim");
  CHECK_FALSE(fs::is_symlink(place / "run/file"));
}

}  // namespace
}  // namespace dcat
