// The rules of a configuration, its `tenants:`: whom each is for and what they get. Part of config.cpp's work.
#pragma once

#include <string>
#include <vector>

#include "controller/config/config.h"

namespace dcat {

bool is_control(char c);
// Single quotes: nothing inside has a meaning but the quote itself.
std::string quoted(const std::string& text);
// What is wrong with a container's name or pattern; empty = nothing.
std::string name_problem(const std::string& name);

// Reads `tenants` into the configuration. REQUIRES: its parameters have been read.
void read_tenants(YamlMap& root, Config& config);
std::string format_tenant(const TenantConfig& tenant);
// Whom a rule is for, in messages: its name, else its other conditions.
std::string shown_conditions(const TenantConfig& tenant);

}  // namespace dcat
