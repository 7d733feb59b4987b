#pragma once

namespace rdd {
inline constexpr const char* version = "0.1.0";
}
