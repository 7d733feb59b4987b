// A file of its own: signal.h defines `si_value` as a macro, a name that others use.
#include "runtime/program/interruption.hpp"

#include <atomic>
#include <csignal>

namespace rdd {
namespace {

std::atomic<int> received{0};  // the signal; asked for by any thread
struct sigaction before_interrupt = {}, before_terminate = {};

}  // namespace

Interruption::Interruption() {
  received = 0;
  struct sigaction action = {};
  action.sa_handler = [](int signal) { received = signal; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &before_interrupt);
  sigaction(SIGTERM, &action, &before_terminate);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &before_interrupt, nullptr);
  sigaction(SIGTERM, &before_terminate, nullptr);
}

bool Interruption::operator()() const {
  return received != 0;
}

int Interruption::status() const {
  return 128 + received;
}

}  // namespace rdd
