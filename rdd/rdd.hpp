// All of rdd that a C++ program needs, in one include: #include <rdd/rdd.hpp>, and link rdd::rdd.
//
//   lang/builder.hpp            a model written in C++, or as a text in it: Model, Diagnostics
//   compiler/study.hpp          what follows from it: network, spectrum, reduction, coefficients, simulation
//   compiler/query/session.hpp  the statements of the prompt
//
// docs/embedding.md is the tour.
#pragma once

#include "compiler/query/session.hpp"
#include "compiler/report.hpp"
#include "compiler/study.hpp"
#include "lang/builder.hpp"
