// The run's face, where it has one: metrics and the page (web/), told by the loop and shown by a thread of their own.
#pragma once

#include <memory>
#include <string>

#include "cli/announcers.h"
#include "cli/node.h"
#include "cli/run_plan.h"
#include "web/publisher.h"
#include "web/server.h"

namespace dcat::cli {

class WebSide {
 public:
  // `announcers` may be null. REQUIRES: the plan listens somewhere; all outlive this.
  WebSide(Node& node, const RunPlan& plan, const Announcers* announcers);
  // From here on it can be seen. Says where; warns where others than this machine's programs get there.
  Status open();
  // To be told what happens.
  Listener& listener() { return publisher_; }

 private:
  std::string listen_;
  web::Publisher publisher_;
  std::unique_ptr<web::Server> server_;
};

}  // namespace dcat::cli
