// A disk that is full after so many bytes.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "runtime/solve/output.hpp"

namespace rdd {

/// Writes in a process of its own that may not make files larger than this, which fails as a full disk does; returns
/// the sentence of the error. (The HDF5 library leaks what it cannot write: not to be counted against the tests.)
inline std::string refusal_beyond(rlim_t bytes, const std::function<void()>& write) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    std::string sentence;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write();
    } catch (const OutputError& error) {
      sentence = error.what();
    }
    const bool told = ::write(ends[1], sentence.data(), sentence.size()) == static_cast<ssize_t>(sentence.size());
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  std::string sentence;
  char text[256];
  for (ssize_t size; (size = ::read(ends[0], text, sizeof text)) > 0;)
    sentence.append(text, static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? sentence : "the process ended with status " + std::to_string(status);
}

}  // namespace rdd
