#include "lang/nearest.hpp"

#include <doctest/doctest.h>

using namespace rdd;

TEST_CASE("the edit distance counts inserts, deletes, replacements and swaps") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("abc", "abd") == 1);
  CHECK(edit_distance("abc", "acb") == 1);
  CHECK(edit_distance("abc", "aBc") == 0.5);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("a misspelt word gets its neighbour, a foreign one gets none") {
  const std::vector<std::string> words{"E_mig", "E_rot", "stress"};
  CHECK(nearest("E_mgi", words) == "E_mig");
  CHECK(nearest("e_rot", words) == "E_rot");
  CHECK(nearest("stres", words) == "stress");
  CHECK_FALSE(nearest("viscosity", words));
  CHECK_FALSE(nearest("", words));
}

TEST_CASE("short words are not guessed from nothing in common") {
  CHECK_FALSE(nearest("a", {"b", "xy"}));
  CHECK_FALSE(nearest("ab", {"cd"}));
}
