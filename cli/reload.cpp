#include "cli/reload.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace dcat::cli {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string news_of(const Reload& reload, const std::string& file, int count) {
  std::string text = fmt::format("reload {}: {} is in force", count, file);
  text += reload.changed.empty() ? ", nothing has changed" : ": " + joined(reload.changed);
  if (!reload.later.empty()) text += "; needs a restart, and stays as it was until then: " + joined(reload.later);
  return text;
}

}  // namespace

Result<std::unique_ptr<Reloader>> Reloader::open(Parts parts) {
  std::unique_ptr<Reloader> made(new Reloader(std::move(parts)));
  sigset_t hangup;
  ::sigemptyset(&hangup);
  ::sigaddset(&hangup, SIGHUP);
  made->signals_ = Descriptor(::signalfd(-1, &hangup, SFD_CLOEXEC | SFD_NONBLOCK));
  made->end_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
  if (!made->signals_.open() || !made->end_.open())
    return Error{ErrorCode::failed, "wait for SIGHUP", std::strerror(errno), "", errno};
  return made;
}

Reloader::~Reloader() {
  if (!thread_.joinable()) return;
  ::eventfd_write(end_.fd(), 1);
  thread_.join();
}

void Reloader::serve() {
  std::array<pollfd, 2> waited{pollfd{signals_.fd(), POLLIN, 0}, pollfd{end_.fd(), POLLIN, 0}};
  while (true) {
    if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) return;
    if (waited[1].revents != 0) return;
    signalfd_siginfo signal{};
    if (::read(signals_.fd(), &signal, sizeof signal) != sizeof signal) continue;
    if (parts_.manager != nullptr) parts_.manager->reloading();
    read_again();
    if (parts_.manager != nullptr) parts_.manager->reloaded();
  }
}

void Reloader::read_again() {
  const int ways = least_;
  Result<Reload> reload = plan_reload(parts_.arguments, last_, ways > 0 ? std::optional(Ways(ways)) : std::nullopt);
  ++count_;
  if (reload) {
    last_ = reload->plan;
    parts_.orders.put(order_of(std::move(*reload)));
    return;
  }
  Error error = std::move(reload).error();
  const std::string what =
      fmt::format("reload {}: {} is refused, what is in force stays", count_, parts_.arguments.config_file);
  error.what = what + (error.what.empty() ? "" : ": " + error.what);
  const std::lock_guard lock(mutex_);
  refused_.push_back(std::move(error));
}

Order Reloader::order_of(Reload reload) {
  const DaemonOptions options = daemon_options(reload.plan);
  SettingsOrder order{options.parameters,
                      options.interval,
                      options.sample_interval,
                      options.lock_patience,
                      options.counting,
                      options.fallback,
                      {}};
  std::string news = news_of(reload, parts_.arguments.config_file, count_);
  order.before = [this, plan = std::move(reload.plan), said = std::move(news)] {
    const bool other_mode = plan.configured != parts_.plan.configured;
    parts_.plan.config = plan.config;
    parts_.plan.configured = plan.configured;
    parts_.plan.curves = plan.curves;
    parts_.taken();
    if (other_mode) parts_.orders.put(ModeOrder{plan.configured, "the configuration was changed to it"});
    news_ = said;
  };
  return order;
}

Status Reloader::on_decision(const Observation& observation, const Decision&) {
  int least = 0;
  for (const DomainGeometry& domain : observation.geometry.domains)
    least = least == 0 ? domain.ways().count : std::min(least, domain.ways().count);
  least_ = least;
  return {};
}

void Reloader::on_beat() {
  if (!thread_.joinable()) {
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([this] { serve(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  std::vector<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    refused = std::exchange(refused_, {});
  }
  for (const Error& error : refused) parts_.told.on_trouble(error);
}

void Reloader::on_settings(const DaemonOptions&) {
  if (const std::optional<std::string> news = std::exchange(news_, std::nullopt)) parts_.told.on_news(*news);
}

}  // namespace dcat::cli
