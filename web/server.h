// Server: the Site behind a socket, by libmicrohttpd. One thread of its own with epoll, without any
// capability and at a lower priority than the control loop's, which never waits for it.
//
// Bounds: kMostConnections at a time, further ones are closed at once; one that says nothing, or does not read, for
// kPatienceSeconds is closed; a request and the headers of its answer have twice kMostRequestBytes, and no body of one
// is ever read.
#pragma once

#include <memory>
#include <string>

#include "controller/config/web.h"
#include "core/result.h"
#include "web/site.h"

namespace dcat::web {

class Server {
 public:
  static constexpr unsigned kMostConnections = 512;
  static constexpr unsigned kPatienceSeconds = 10;
  static constexpr std::size_t kMostRequestBytes = 8192;

  // failed: the address is in use or not this machine's, or the port is not ours to take. REQUIRES: `publisher`
  // outlives it.
  static Result<std::unique_ptr<Server>> open(const Endpoint& endpoint, const Publisher& publisher);
  virtual ~Server() = default;  // ends the thread

  // As it is bound: port 0 has become the one that was free.
  virtual Endpoint endpoint() const = 0;
};

}  // namespace dcat::web
