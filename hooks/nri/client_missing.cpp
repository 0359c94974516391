#include "hooks/nri/client.h"

namespace dcat {

Result<std::unique_ptr<NriClient>> NriClient::start(NriClientOptions options, NriCallbacks) {
  return Error{ErrorCode::unsupported, "NRI: connect to " + options.path, "this dcat was built without protobuf",
               "build it with Debian's libprotobuf-dev and protobuf-compiler, or leave NRI out of the configuration"};
}

}  // namespace dcat
