#include "compiler/lsp/text.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace rdd::lsp;

TEST_CASE("places count UTF-16 units, UTF-8 bytes or characters, and lines end in three ways") {
  const std::string text = "aν𝜈b\r\nc\rd\n";  // ν has two bytes and one unit, 𝜈 four bytes and two units
  const Places utf16(text, Encoding::utf16), utf8(text, Encoding::utf8), utf32(text, Encoding::utf32);
  CHECK(utf16.place(7) == Place{0, 4});
  CHECK(utf8.place(7) == Place{0, 7});
  CHECK(utf32.place(7) == Place{0, 3});
  CHECK(utf16.byte({0, 4}) == 7);
  CHECK(utf16.byte({0, 3}) == 3);  // between the surrogates: before the character
  CHECK(utf16.byte({0, 99}) == 8);
  CHECK(utf16.place(10) == Place{1, 0});
  CHECK(utf16.place(12) == Place{2, 0});
  CHECK(utf16.byte({2, 1}) == 13);
  CHECK(utf16.place(text.size()) == Place{3, 0});
  CHECK(utf16.byte({7, 0}) == text.size());
}

TEST_CASE("the place of a byte leads back to it") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    static const char* const parts[] = {"a", "ν", "𝜈", "\n", "\r\n", " ", "⟨"};
    for (std::uint64_t i = random() % 30; i > 0; --i) text += parts[random() % std::size(parts)];
    for (const Encoding encoding : {Encoding::utf8, Encoding::utf16, Encoding::utf32}) {
      const Places places(text, encoding);
      for (std::size_t byte = 0; byte <= text.size(); ++byte) {
        const bool inside = byte < text.size() && ((static_cast<unsigned char>(text[byte]) & 0xC0) == 0x80 ||
                                                   (byte > 0 && text[byte] == '\n' && text[byte - 1] == '\r'));
        if (!inside) CHECK(places.byte(places.place(byte)) == byte);
      }
    }
  }
}

TEST_CASE("URIs and paths") {
  CHECK(path_of("file:///home/me/a%20b%C3%A9.rdd") == "/home/me/a bé.rdd");
  CHECK(uri_of("/home/me/a bé.rdd") == "file:///home/me/a%20b%C3%A9.rdd");
  CHECK(path_of("untitled:Untitled-1") == "");
  CHECK(path_of("file:///50%") == "/50%");
  CHECK(path_of("file://") == "");
}
