// What the page looks like: its style sheet, its script, and the fills of tenants and states.
//
// Colours: the eight of Okabe and Ito, grey for black, which no kind of colour blindness confuses; from the ninth
// tenant on they come again with a pattern. A state has a pattern and a letter beside its colour.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "classifier/state.h"

namespace dcat::sim::page {

std::string_view style_sheet();

// Makes tables sortable; the page is whole without it. The page's policy names its SHA-256 (in base64), so that no
// other script runs: who changes the script changes the number, and a test tells which.
std::string_view script();
std::string_view script_hash();

// An SVG without extent that holds the patterns which the fills below refer to.
std::string pattern_definitions(std::size_t tenants);

// As attributes of an SVG element.
std::string tenant_fill(std::size_t tenant);
std::string state_fill(State state);
inline constexpr std::string_view kSharedFill = "fill=\"url(#shared)\"";

// In the order of the legend.
inline constexpr std::array<State, 6> kStates{State::reclaim, State::receiver, State::unknown,
                                              State::keeper,  State::donor,    State::streaming};
// One letter a state, no two alike.
char letter_of(State state);

}  // namespace dcat::sim::page
