// Convergence: how soon a policy is near the bound again after somebody changed what it runs.
//
// A change counts where there is something to catch up with: what stood before it gives less than kReached of the bound
// after it, and nothing else changes for at least kWorthChasing periods. So each policy has changes of its own. What is
// counted are the whole periods before the first one whose sum of normalised IPC is that part of the bound: 0 is at
// once, and a policy that measures first has 1 at best. Never before the next change is a value too, the greatest.
// A change is unseen where a tenant runs what it has not run before in this run; else it is recurring.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dcat::sim {

inline constexpr double kNearly = 0.95;
inline constexpr double kReached = 0.98;
inline constexpr int kWorthChasing = 6;  // periods

// One change that counts. Absent: never.
struct CaughtUp {
  bool unseen = false;
  std::optional<int> to_95{};
  std::optional<int> to_98{};
  bool operator==(const CaughtUp&) const = default;
};

class Convergence {
 public:
  // At a period's start; the change before it is over. `worth`: below kReached of the bound by what stood before.
  void change(bool worth, bool unseen);
  // At a period's end: the sum in parts of the bound.
  void period(double part);
  // Those that count, in their order.
  std::vector<CaughtUp> finish();

 private:
  void close();

  std::vector<CaughtUp> counted_;
  CaughtUp change_;
  bool worth_ = false;  // no change yet, or none that is worth it
  int lasted_ = 0;      // periods
};

// Never counts as infinite. Absent: of no values, or never.
std::optional<double> median_of(const std::vector<std::optional<int>>& values);

// The periods to kReached of those changes that are unseen, or are not, each with how often it was, ascending:
// "0:3 2:1 never:4". Empty: there are none.
std::string to_98_text(std::span<const CaughtUp> changes, bool unseen);

}  // namespace dcat::sim
