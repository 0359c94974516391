#include "cli/progress.h"

#include <fmt/format.h>

namespace dcat::cli {
namespace {

constexpr std::size_t kWidth = 30;
constexpr auto kPatience = std::chrono::milliseconds(500);  // before there is a bar at all
constexpr auto kLongStep = std::chrono::seconds(1);
constexpr auto kEvery = std::chrono::milliseconds(100);

}  // namespace

Progress::Progress(std::size_t total, bool terminal)
    : total_(total), terminal_(terminal), start_(std::chrono::steady_clock::now()), last_(start_), last_step_(start_) {}

void Progress::step() {
  ++done_;
  const auto now = std::chrono::steady_clock::now();
  last_step_ = now;
  if (!terminal_ || now - start_ < kPatience || now - last_ < kEvery) return;
  last_ = now;
  drawn_ = true;
  draw("");
}

void Progress::search(double done) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_step_ < kLongStep || now - last_ < kEvery) return;
  last_ = now;
  drawn_ = true;
  draw(fmt::format(", the oracle searches: {:.0f} %, {:.0f} s", 100 * done,
                   std::chrono::duration<double>(now - last_step_).count()));
}

void Progress::draw(const std::string& step) const {
  const std::size_t full = total_ > 0 ? kWidth * done_ / total_ : kWidth;
  const double spent = std::chrono::duration<double>(last_ - start_).count();
  std::string left;
  if (done_ > 0)
    left = fmt::format(", {:.0f} s left", spent / static_cast<double>(done_) * static_cast<double>(total_ - done_));
  fmt::print(stderr, "\r[{}{}] {}/{}{}{} \x1b[K", std::string(full, '#'), std::string(kWidth - full, '.'), done_,
             total_, left, step);
  std::fflush(stderr);
}

void Progress::end() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
  drawn_ = false;
}

}  // namespace dcat::cli
