// Networks from the files of reference numbers in tests/data.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runtime/network/rate_network.hpp"

namespace rdd::testing {

nlohmann::json read_json(const std::string& path);  ///< relative to tests/data

/// paper/<name>.states.csv and .rates.csv on the square lattice of unit length.
RateNetwork paper_network(const std::string& name);

/// {"d1,d2": matrix, …} as in networks/correlated.json, with unit lattice vectors and optional weights.
RateNetwork block_network(const nlohmann::json& blocks);

Eigen::MatrixXd matrix(const nlohmann::json& rows);
Eigen::VectorXd vector(const nlohmann::json& entries);

}  // namespace rdd::testing
