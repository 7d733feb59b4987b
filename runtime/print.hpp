// The stages between network and reduced equation as text: fixed order, 12 digits, one thing a line, made to be
// compared.
#pragma once

#include <string>

#include "runtime/reduction/continuum.hpp"

namespace rdd {

std::string text(const RateNetwork& network);
std::string text(const Spectrum& spectrum);
std::string text(const Reduction& reduction);
std::string text(const ContinuumPde& pde);

}  // namespace rdd
