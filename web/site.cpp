#include "web/site.h"

#include <algorithm>
#include <utility>

#include "controller/config/web.h"
#include "web/page_json.h"

namespace dcat::web {

namespace {

constexpr const char* kPlain = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json; charset=utf-8";

Answer plain(unsigned status, std::string text) {
  return {status, kPlain, std::make_shared<const std::string>(std::move(text))};
}

Answer health_answer(bool good, const std::string& why) {
  return plain(good ? 200 : 503, good ? "ok\n" : why + "\n");
}

}  // namespace

std::shared_ptr<const std::string> Site::counted(std::string text) {
  auto owned = std::make_unique<const std::string>(std::move(text));
  const std::size_t size = owned->size();
  *bytes_out_ += size;
  return {owned.release(), [size, all = bytes_out_](const std::string* gone) {
            *all -= size;
            delete gone;
          }};
}

template <class Format>
Answer Site::formatted(const std::string& path, std::string type, Duration now, const Format& format) {
  Made& made = made_[path];
  if (auto body = made.body.lock(); body && now - made.at < kFresh) return {200, std::move(type), std::move(body)};
  made.kept.reset();
  if (*bytes_out_ > kMostBytesOut) return plain(503, "too many slow readers\n");
  std::shared_ptr<const std::string> body = counted(format());
  made = {body, body->size() <= kSmall ? body : nullptr, now};
  return {200, std::move(type), std::move(body)};
}

Answer Site::answer(const Request& request, Duration now) {
  if (request.method != "GET" && request.method != "HEAD") return plain(405, "only GET and HEAD\n");
  if (request.hosts.size() > 1) return plain(400, "more than one Host\n");
  if (loopback_ && !request.hosts.empty() && !names_no_stranger(request.hosts.front()))
    return plain(403, "Host has to be an IP address or localhost\n");
  if (request.path == "/healthz" || request.path == "/readyz") {
    const Health health = publisher_.health();
    return health_answer(request.path == "/healthz" ? health.alive : health.ready, health.why);
  }
  if (request.path == "/metrics")
    return formatted(request.path, "text/plain; version=0.0.4; charset=utf-8", now,
                     [&] { return publisher_.metrics(); });
  if (request.path == "/api/now") return formatted(request.path, kJson, now, [&] { return format_now(publisher_); });
  if (request.path == "/api/ways")
    return formatted(request.path, kJson, now, [&] { return format_ways(publisher_.history().ways()); });
  if (request.path == "/")
    return formatted(request.path, "text/html; charset=utf-8", now, [] { return std::string(page_html()); });
  return plain(404, "nothing here; / is the page, /metrics the metrics\n");
}

bool names_no_stranger(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  std::string text(host);
  if (host.size() >= kName.size() && std::ranges::equal(host.substr(0, kName.size()), kName, {}, lower))
    text.replace(0, kName.size(), "127.0.0.1");
  return parse_endpoint(text).ok() || parse_endpoint(text + ":80").ok();
}

const std::vector<std::pair<std::string, std::string>>& security_headers() {
  static const std::vector<std::pair<std::string, std::string>> kHeaders{
      {"Content-Security-Policy", std::string(page_policy())},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cache-Control", "no-store"},
  };
  return kHeaders;
}

}  // namespace dcat::web
