// The parts of a `sweep` statement: which parameters, over which values, what is asked, and where the table goes.
#pragma once

#include "compiler/query/statement.hpp"

namespace rdd {

struct SweptParameter {
  std::size_t index = 0;  ///< into Model::parameters
  Span place;             ///< of its name
  std::vector<double> values;
};

struct SweepRequest {
  std::vector<SweptParameter> parameters;  ///< the last one runs fastest
  SourcePtr statement;                     ///< what is asked at every point
  std::string file;                        ///< `to "file"`; empty: none
  Span file_place;
  std::size_t points() const;
  /// The value of a parameter (in the order above) at one of the points.
  double value(std::size_t point, std::size_t parameter) const;
};

/// `sweep T = 300 K .. 900 K step 50 K, E = [0.1 eV, 0.2 eV] : diffusion to "d.csv"`; nullopt with diagnostics.
std::optional<SweepRequest> sweep_request(const Subject& subject, const Asked& asked, Diagnostics& diagnostics);

}  // namespace rdd
