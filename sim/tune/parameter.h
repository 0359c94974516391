// Which settings of the controller are searched, and where: rows of the configuration's own table (parameter_fields)
// with a range. Durations are whole milliseconds here. A range is searched on a logarithmic scale where it begins above
// 0 and ends at ten times its beginning or more, for every key alike.
#pragma once

#include <string>
#include <vector>

#include "controller/config/config.h"
#include "controller/config/fields.h"
#include "core/parameters.h"
#include "core/result.h"
#include "sim/tune/space.h"

namespace dcat::sim {

struct Searched {
  const Field* field = nullptr;
  Dimension dimension;
};

// KEY=FROM:TO each. Errors (bad_input): an unknown key, one that is no setting of Parameters or is given twice, a value
// that is none or outside the key's range, FROM above TO.
Result<std::vector<Searched>> parse_searched(const std::vector<std::string>& texts);

// What is searched unless something else is said: docs/tune.md has the list and the reasons.
std::vector<Searched> usual_parameters(PolicyKind policy);

// Parameters as a point, and back. The point's values are as value_at gives them, or were taken from Parameters.
Point point_of(const std::vector<Searched>& searched, const Parameters& parameters);
void put(const std::vector<Searched>& searched, const Point& point, Parameters& parameters);

// As a configuration file writes it.
std::string value_text(const Searched& searched, double value);

// Whether the configuration's own rules accept it, those between two keys included.
bool is_valid(const Config& config);

}  // namespace dcat::sim
