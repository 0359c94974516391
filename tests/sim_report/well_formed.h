// Whether a page is well formed as XML would have it, which is stricter than HTML: every tag closed in its place,
// attributes quoted, no bare < or &.
#pragma once

#include <cctype>
#include <set>
#include <string>
#include <vector>

namespace dcat::testing {

namespace detail {

inline bool known_entity(const std::string& name) {
  static const std::set<std::string> kKnown{"amp", "lt", "gt", "quot", "#39"};
  return kKnown.contains(name);
}

// What is wrong with the ampersands of a text or a value; empty: nothing.
inline std::string check_entities(const std::string& text) {
  for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
    const std::size_t end = text.find(';', at);
    if (end == std::string::npos || !known_entity(text.substr(at + 1, end - at - 1)))
      return "bare & in: " + text.substr(at, 40);
  }
  return "";
}

// What is wrong inside <...>, without the name.
inline std::string check_attributes(std::string rest) {
  std::set<std::string> seen;
  std::size_t at = 0;
  while (true) {
    while (at < rest.size() && std::isspace(static_cast<unsigned char>(rest[at])) != 0) ++at;
    if (at == rest.size()) return "";
    const std::size_t equals = rest.find("=\"", at);
    if (equals == std::string::npos) return "attribute without a quoted value: " + rest.substr(at);
    const std::string name = rest.substr(at, equals - at);
    if (name.find_first_of(" \n\"'<>") != std::string::npos) return "attribute without a value: " + name;
    if (!seen.insert(name).second) return "attribute twice: " + name;
    const std::size_t end = rest.find('"', equals + 2);
    if (end == std::string::npos) return "open quote: " + rest.substr(at);
    if (const std::string bad = check_entities(rest.substr(equals + 2, end - equals - 2)); !bad.empty()) return bad;
    at = end + 1;
  }
}

}  // namespace detail

// Empty: well formed; else the first thing that is wrong. `tags`, where given, gets every element's name.
inline std::string what_is_malformed(const std::string& page, std::vector<std::string>* tags = nullptr) {
  std::vector<std::string> open;
  const std::string doctype = "<!DOCTYPE html>\n";
  if (!page.starts_with(doctype)) return "no doctype";
  for (std::size_t at = doctype.size(); at < page.size();) {
    const std::size_t start = page.find('<', at);
    if (const std::string bad = detail::check_entities(page.substr(at, start - at)); !bad.empty()) return bad;
    if (start == std::string::npos) break;
    // Attributes of a page may hold '>' only escaped.
    const std::size_t end = page.find('>', start);
    if (end == std::string::npos) return "open tag: " + page.substr(start, 40);
    std::string tag = page.substr(start + 1, end - start - 1);
    at = end + 1;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1))
        return "</" + tag.substr(1) + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
      continue;
    }
    const bool closed = tag.ends_with('/');
    if (closed) tag.pop_back();
    const std::string name = tag.substr(0, tag.find_first_of(" \n"));
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos)
      return "no name of an element: <" + tag.substr(0, 40);
    if (const std::string bad = detail::check_attributes(tag.substr(name.size())); !bad.empty()) return bad;
    if (tags != nullptr) tags->push_back(name);
    if (!closed) open.push_back(name);
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

}  // namespace dcat::testing
