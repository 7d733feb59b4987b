#include "runtime/sparse/slepc_engine.hpp"

#include <cstdlib>
#include <string_view>

#include "runtime/plugin.hpp"
#include "runtime/sparse/group_inverse.hpp"
#include "runtime/sparse/slepc_plugin.hpp"

namespace rdd {

bool slepc_requested() {
  const char* engine = std::getenv("RDD_ENGINE");
  return engine != nullptr && std::string_view(engine) == "slepc";
}

Eigen::VectorXcd slepc_smallest(const Eigen::SparseMatrix<std::complex<double>>& matrix, bool hermitian, int count,
                                double shift) {
  Eigen::VectorXcd lambda(count);
  char message[200] = "";
  try {
    static const SlepcPlugin& plugin =
        load_plugin<SlepcPlugin>({"SLEPc engine", "librdd_slepc.so", "rdd_slepc_plugin", "RDD_SLEPC_PLUGIN"});
    const SlepcRequest request{static_cast<int>(matrix.cols()),
                               matrix.outerIndexPtr(),
                               matrix.innerIndexPtr(),
                               matrix.valuePtr(),
                               hermitian,
                               count,
                               shift};
    if (!plugin.smallest(request, lambda.data(), message, static_cast<int>(sizeof message)))
      throw SparseLimit(SparseLimit::Reason::precision, message);
  } catch (const PluginError& error) {
    throw SparseLimit(SparseLimit::Reason::engine, error.what());
  }
  return lambda;
}

}  // namespace rdd
