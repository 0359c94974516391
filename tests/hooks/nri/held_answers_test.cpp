#include "hooks/nri/held_answers.h"

#include "tests/support/catch.h"

using namespace dcat;
using std::chrono::milliseconds;

namespace {

constexpr auto kHold = milliseconds(100);

TimePoint at(milliseconds since) {
  return TimePoint(std::chrono::seconds(1000)) + since;
}

// False: it is to be sent now.
bool held(HeldAnswers& answers, const std::string& text, std::uint64_t number, TimePoint now) {
  std::string bytes = text;
  const bool kept = answers.hold(bytes, number, kHold, now);
  CHECK(bytes == (kept ? "" : text));
  return kept;
}

}  // namespace

TEST_CASE("an answer waits until its announcement is let in, and others with it in their order") {
  HeldAnswers answers;
  CHECK_FALSE(answers.due());
  REQUIRE(held(answers, "a", 3, at(milliseconds(0))));
  REQUIRE(held(answers, "b", 4, at(milliseconds(1))));
  REQUIRE(held(answers, "c", 7, at(milliseconds(2))));
  CHECK(answers.take(2, at(milliseconds(3))).bytes.empty());
  CHECK(answers.due() == at(kHold));
  CHECK(answers.take(4, at(milliseconds(4))).bytes == "ab");
  CHECK(answers.due() == at(kHold + milliseconds(2)));
  const HeldAnswers::Taken last = answers.take(9, at(milliseconds(5)));
  CHECK(last.bytes == "c");
  CHECK(last.let_in);
  CHECK_FALSE(last.late);
  CHECK_FALSE(answers.due());
}

TEST_CASE("an answer waits no longer than the hold") {
  HeldAnswers answers;
  REQUIRE(held(answers, "a", 1, at(milliseconds(0))));
  CHECK(answers.take(0, at(kHold) - Duration(1)).bytes.empty());
  const HeldAnswers::Taken taken = answers.take(0, at(kHold));
  CHECK(taken.bytes == "a");
  CHECK(taken.late);
  CHECK_FALSE(taken.let_in);
}

TEST_CASE("without a hold nothing waits") {
  HeldAnswers answers;
  std::string bytes = "a";
  CHECK_FALSE(answers.hold(bytes, 1, Duration(0), at(milliseconds(0))));
  CHECK(bytes == "a");
}

// A runtime that starts 200 containers one after the other, beside a loop that never lets anybody in.
TEST_CASE("hundreds of starts in a row wait for a second and a quarter of the time at most") {
  HeldAnswers answers;
  TimePoint now = at(milliseconds(0));
  const TimePoint begun = now;
  Duration waited{};
  for (int i = 0; i < 200; ++i) {
    if (held(answers, "a", 1, now)) {
      const TimePoint due = answers.due().value();
      CHECK(due - now <= kHold);
      waited += due - now;
      now = due;
      CHECK(answers.take(0, now).bytes == "a");
    }
    now += milliseconds(10);  // what a start takes beside
  }
  CHECK(waited >= HeldAnswers::kMostSaved);
  CHECK(waited <= HeldAnswers::kMostSaved + (now - begun) / HeldAnswers::kGivenBack);
  // In the end it waits for what it got back, no longer.
  now += std::chrono::seconds(1);
  REQUIRE(held(answers, "a", 1, now));
  CHECK(answers.due().value() - now == kHold);
}

TEST_CASE("a loop that lets in within some milliseconds may be waited for at every start") {
  HeldAnswers answers;
  TimePoint now = at(milliseconds(0));
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    REQUIRE(held(answers, "a", i, now));
    now += milliseconds(8);
    CHECK(answers.take(i, now).bytes == "a");
    now += milliseconds(40);
  }
}

TEST_CASE("the answers of a connection that is gone are nobody's") {
  HeldAnswers answers;
  REQUIRE(held(answers, "a", 1, at(milliseconds(0))));
  answers.clear(at(milliseconds(1)));
  CHECK_FALSE(answers.due());
  CHECK(answers.take(1, at(milliseconds(2))).bytes.empty());
}
