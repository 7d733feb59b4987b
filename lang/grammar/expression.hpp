// What the other grammar files use of expressions.
#pragma once

#include "lang/grammar/lexemes.hpp"

namespace rdd::grammar {

using ExpressionRule = x3::rule<struct ExpressionId, ast::Expr>;
using ConditionRule = x3::rule<struct ConditionId, ast::Expr>;
using ReferenceRule = x3::rule<struct ReferenceId, ast::Reference>;
using ListRule = x3::rule<struct ListId, ast::List>;
using ArgumentRule = x3::rule<struct ArgumentId, ast::Argument>;
using UnitRule = x3::rule<struct UnitId, ast::Unit>;

inline const ExpressionRule expression = "an expression";
inline const ConditionRule condition = "a condition";
inline const ReferenceRule reference = "a name";
inline const ListRule list = "a list in [ ]";
inline const ArgumentRule argument = "an argument";
inline const UnitRule unit = "a unit";

BOOST_SPIRIT_DECLARE(ExpressionRule, ConditionRule, ReferenceRule, ListRule, ArgumentRule, UnitRule)

}  // namespace rdd::grammar
