// Site: what is answered to whom, without a socket. GET and HEAD of a handful of paths; nothing of the request but its
// method, path and Host decides anything, and nothing of it comes back.
//
// Host: where only this machine can connect, a page from elsewhere could still ask through a name of its own that it
// points to 127.0.0.1 (DNS rebinding). So there the Host has to be an IP address or localhost; elsewhere names are what
// people use.
// Thread safety: none; it belongs to the server's thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "web/publisher.h"

namespace dcat::web {

struct Request {
  std::string method, path;
  std::vector<std::string> hosts;  // every Host header; none: a client of HTTP/1.0
};

struct Answer {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body;
};

class Site {
 public:
  // Answers that are still being read by slow clients, in all. Beyond it only small ones are given.
  static constexpr std::size_t kMostBytesOut = std::size_t{64} << 20;
  static constexpr std::size_t kSmall = std::size_t{1} << 16;
  // Younger than this an answer is given again: who asks without pause does not make us format without pause.
  static constexpr Duration kFresh = std::chrono::milliseconds(250);

  // `loopback`: only this machine's programs can connect.
  Site(const Publisher& publisher, bool loopback) : publisher_(publisher), loopback_(loopback) {}

  Answer answer(const Request& request, Duration now);
  std::size_t bytes_out() const { return *bytes_out_; }

 private:
  struct Made {
    std::weak_ptr<const std::string> body;
    std::shared_ptr<const std::string> kept;  // a small one
    Duration at{};
  };

  template <class Format>
  Answer formatted(const std::string& path, std::string type, Duration now, const Format& format);
  std::shared_ptr<const std::string> counted(std::string text);

  const Publisher& publisher_;
  bool loopback_;
  std::shared_ptr<std::atomic<std::size_t>> bytes_out_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::map<std::string, Made> made_;
};

// "127.0.0.1", "[::1]:9470", "localhost:80": an IP address or localhost, with or without a port.
bool names_no_stranger(std::string_view host);

// Of every answer: nothing is run, fetched, framed or guessed but what the page itself has.
const std::vector<std::pair<std::string, std::string>>& security_headers();

// The page; made of web/page/ when this is built.
std::string_view page_html();
std::string_view page_policy();  // its Content-Security-Policy

}  // namespace dcat::web
