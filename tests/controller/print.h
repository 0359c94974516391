// How Catch prints what decisions are made of. One place: two of these with different bodies would be
// undefined.
#pragma once

#include <ostream>

#include "classifier/classify.h"

namespace dcat {

inline std::ostream& operator<<(std::ostream& out, State s) {
  return out << name_of(s);
}
inline std::ostream& operator<<(std::ostream& out, ReasonCode r) {
  return out << name_of(r);
}
inline std::ostream& operator<<(std::ostream& out, Ways w) {
  return out << w.count << " ways";
}

}  // namespace dcat
