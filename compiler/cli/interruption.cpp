// A file of its own: signal.h defines `si_value` as a macro, a name that others use.
#include "compiler/cli/interruption.hpp"

#include <atomic>
#include <csignal>

namespace rdd::cli {
namespace {

std::atomic<bool> pressed{false};  // asked for by any thread
struct sigaction before = {};

}  // namespace

Interruption::Interruption() {
  pressed = false;
  struct sigaction action = {};
  action.sa_handler = [](int) { pressed = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &before);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &before, nullptr);
}

bool Interruption::operator()() const {
  return pressed;
}

}  // namespace rdd::cli
