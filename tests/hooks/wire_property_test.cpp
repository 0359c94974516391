// Properties of the wire: what was written reads back, and no bytes whatever crash the readers; what they let through
// can be written again.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "hooks/bound.h"
#include "hooks/wire.h"
#include "hooks/wish_values.h"
#include "tests/support/property.h"

namespace dcat {
namespace {

// Random values from one number of rapidcheck's, so that its seed repeats them.
class Random {
 public:
  static Random from_rapidcheck() {
    return Random(*rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>())));
  }
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  int between(int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine_); }
  int below(int n) { return between(0, n - 1); }
  bool one_in(int n) { return below(n) == 0; }
  // Any bytes but NUL; the bytes that need care are as likely as all others together.
  std::string text(int most) {
    static const std::vector<std::string> parts{
        "%",        "%41",          "\"", "\\", "\n", "\xff", "\xc3",
        "\xc3\xbc", "\xed\xa0\x80", "/",  "..", "{",  "\x7f", "\xf0\x9f\x90\xb1"};
    std::string out;
    for (int n = below(most + 1); n > 0; --n) {
      if (one_in(2))
        out += static_cast<char>(between(1, 255));
      else
        out += parts[static_cast<std::size_t>(below(static_cast<int>(parts.size())))];
    }
    return out;
  }
  std::string path() {
    std::string out = "a" + text(3);
    for (char& c : out)
      if (c == '/' || c == '.') c = '-';
    return one_in(2) ? out : out + "/b." + std::to_string(below(9));
  }

 private:
  std::mt19937_64 engine_;
};

Wishes random_wishes(Random& r) {
  Wishes wishes;
  if (r.one_in(2)) {
    const int which = r.below(3);
    wishes.contract = static_cast<Wishes::Contract>(which);
    if (*wishes.contract == Wishes::Contract::ways) wishes.ways = Ways(r.between(1, kMostContractWays));
  }
  if (r.one_in(2)) wishes.priority = r.between(-kMostPriority, kMostPriority);
  if (r.one_in(2)) wishes.managed = r.one_in(2);
  if (r.one_in(2)) wishes.isolated = r.one_in(2);
  if (r.one_in(3)) wishes.foreign = r.text(9);
  return wishes;
}

Announcement random_announcement(Random& r) {
  Announcement announcement;
  if (r.one_in(2)) announcement.event = Announcement::Event::gone;
  announcement.runtime = static_cast<Runtime>(r.below(static_cast<int>(runtime_words().size())));
  announcement.id = "i" + r.text(12);
  for (std::string* const text :
       {&announcement.name, &announcement.name_space, &announcement.pod, &announcement.pod_uid})
    if (r.one_in(2)) *text = r.text(r.one_in(50) ? 900 : 9);
  if (r.one_in(2)) announcement.qos = static_cast<QosClass>(r.below(3));
  if (r.one_in(2)) announcement.cgroup = r.path();
  if (r.one_in(2)) announcement.pid = r.between(1, 4'194'304);
  announcement.wishes = random_wishes(r);
  for (int n = r.one_in(50) ? 3000 : r.below(4); n > 0; --n) announcement.annotations[r.text(6)] = r.text(9);
  return announcement;
}

}  // namespace

TEST_CASE("whatever is announced is one short line and reads back as it was") {
  testing::require_for_all("parse_ask(format_ask(a)) == a", [] {
    Random r = Random::from_rapidcheck();
    Announcement announcement = random_announcement(r);
    std::vector<std::string> mistakes;
    RC_ASSERT(bound_announcement(announcement, mistakes).ok());
    const std::string line = format_ask(announcement);
    RC_ASSERT(line.size() <= kMostLine);
    RC_ASSERT(line.find('\n') == std::string::npos);
    const Result<Ask> read = parse_ask(line);
    RC_ASSERT(read.ok());
    RC_ASSERT(std::get<Announcement>(*read) == announcement);
  });
}

TEST_CASE("a damaged line is refused or read as something that can be asked") {
  testing::require_for_all("damaged asks", [] {
    Random r = Random::from_rapidcheck();
    Announcement announcement = random_announcement(r);
    std::vector<std::string> mistakes;
    RC_ASSERT(bound_announcement(announcement, mistakes).ok());
    std::string line = format_ask(announcement);
    for (int n = r.between(1, 4); n > 0; --n) {
      const auto at = static_cast<std::size_t>(r.below(static_cast<int>(line.size())));
      if (r.one_in(3))
        line.erase(at, static_cast<std::size_t>(r.between(1, 5)));
      else if (r.one_in(2))
        line.insert(at, r.text(3));
      else
        line[at] = static_cast<char>(r.between(0, 255));
      if (line.empty()) break;
    }
    const Result<Ask> read = parse_ask(line);
    if (!read) {
      RC_ASSERT(read.error().code == ErrorCode::bad_input);
      RC_ASSERT(!read.error().why.empty());
      return;
    }
    const Result<Ask> again = parse_ask(format_ask(*read));
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == *read);
  });
}

TEST_CASE("no bytes whatever crash the wire") {
  testing::require_for_all("random bytes", [] {
    Random r = Random::from_rapidcheck();
    std::string bytes;
    for (int n = r.below(60); n > 0; --n) bytes += static_cast<char>(r.between(0, 255));
    RC_ASSERT(!parse_ask(bytes).ok());
    RC_ASSERT(!parse_answer(bytes).ok());
    const Error error{ErrorCode::failed, bytes, r.text(20), "", 0};
    const Result<std::string> told = parse_answer(format_error(error));
    RC_ASSERT(!told.ok());
    RC_ASSERT(told.error().why == error.why);
  });
}

}  // namespace dcat
