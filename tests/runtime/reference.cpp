#include "tests/runtime/reference.hpp"

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "tests/runtime/random_network.hpp"

namespace rdd::testing {
namespace {

std::ifstream open(const std::string& path) {
  std::ifstream file(std::string(RDD_SOURCE_DIR) + "/tests/data/" + path);
  if (!file) throw std::runtime_error("cannot open tests/data/" + path);
  return file;
}

std::vector<std::vector<std::string>> read_csv(const std::string& path) {
  std::ifstream file = open(path);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

}  // namespace

nlohmann::json read_json(const std::string& path) {
  std::ifstream file = open(path);
  return nlohmann::json::parse(file);
}

RateNetwork paper_network(const std::string& name) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::Matrix2d::Identity();
  std::map<std::string, int> index;
  std::vector<double> weights;
  for (const auto& row : read_csv("paper/" + name + ".states.csv")) {
    index[row.at(0)] = static_cast<int>(parts.states.size());
    parts.states.push_back(row.at(0));
    weights.push_back(std::stod(row.at(1)));
  }
  parts.log_weights =
      Eigen::Map<Eigen::VectorXd>(weights.data(), static_cast<Eigen::Index>(weights.size())).array().log();
  for (const auto& row : read_csv("paper/" + name + ".rates.csv")) {
    parts.hops.push_back({index.at(row.at(0)),
                          index.at(row.at(1)),
                          {std::stoi(row.at(2)), std::stoi(row.at(3)), 0},
                          std::stod(row.at(4)),
                          -1});
  }
  return make_network(std::move(parts));
}

RateNetwork block_network(const nlohmann::json& blocks) {
  NetworkParts parts;
  int dimension = 1;
  for (const auto& [d, rows] : blocks.items()) {
    std::istringstream fields(d);
    Cell cell{};
    int axis = 0;
    for (std::string field; std::getline(fields, field, ','); ++axis)
      cell[static_cast<std::size_t>(axis)] = -std::stoi(field);
    dimension = std::max(dimension, axis);
    parts.states = state_names(static_cast<int>(rows.size()));
    for (int to = 0; to < static_cast<int>(rows.size()); ++to) {
      for (int from = 0; from < static_cast<int>(rows.size()); ++from) {
        const double rate = rows.at(static_cast<std::size_t>(to)).at(static_cast<std::size_t>(from)).get<double>();
        if (rate > 0) parts.hops.push_back({from, to, cell, rate, -1});
      }
    }
  }
  parts.lattice.vectors = Eigen::MatrixXd::Identity(dimension, dimension);
  return make_network(std::move(parts));
}

Eigen::MatrixXd matrix(const nlohmann::json& rows) {
  Eigen::MatrixXd result(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows.at(0).size()));
  for (Eigen::Index i = 0; i < result.rows(); ++i)
    result.row(i) = vector(rows.at(static_cast<std::size_t>(i))).transpose();
  return result;
}

Eigen::VectorXd vector(const nlohmann::json& entries) {
  const std::vector<double> values = entries.get<std::vector<double>>();
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace rdd::testing
