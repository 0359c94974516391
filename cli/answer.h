// What a daemon answered, read by the commands that show it (docs/api.md). Lenient: a key that is not there, or holds
// something else than it should, is absent; a newer daemon may say more. Texts are made fit for a terminal.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace dcat::cli {

class Answer {
 public:
  // REQUIRES: the value outlives this.
  explicit Answer(const nlohmann::json& value) : value_(&value) {}

  std::string text(const char* key) const;              // printable; "" where absent
  std::optional<double> number(const char* key) const;  // finite
  std::int64_t integer(const char* key) const;          // 0 where absent
  bool truth(const char* key) const;                    // false where absent
  std::optional<Answer> object(const char* key) const;
  std::vector<Answer> list(const char* key) const;  // its objects; none where absent
  bool has(const char* key) const { return find(key) != nullptr; }
  std::string dump() const { return value_->dump(); }

 private:
  const nlohmann::json* find(const char* key) const;

  const nlohmann::json* value_;
};

// bad_input: no JSON object.
Result<nlohmann::json> parse_answer_object(const std::string& text);

}  // namespace dcat::cli
