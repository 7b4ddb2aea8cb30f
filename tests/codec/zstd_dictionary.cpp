#include <sojourn/codec/zstd_dictionary.hpp>

#include <sojourn/codec/json.hpp>
#include <sojourn/codec/message_pack.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace sojourn;

TEST_CASE("a dictionary is trained from what sessions hold")
{
    std::vector<std::string> samples;
    for (int i = 0; i < 500; ++i)
        samples.push_back("user " + std::to_string(i * 7919) +
                          " of the shop, language en, theme dark, time zone Europe/Berlin");
    const auto dictionary = codec::train_dictionary<codec::MessagePack<std::string>>(samples, 1024);
    REQUIRE(dictionary.has_value());
    CHECK(dictionary->size() <= 1024);
    CHECK(ZDICT_getDictID(dictionary->data(), dictionary->size()) != 0);
    CHECK(dictionary->find("Europe/Berlin") != std::string::npos);
}

TEST_CASE("too few samples, and samples that do not encode, are errors")
{
    CHECK(codec::train_dictionary<codec::MessagePack<std::string>>({}).error() == errc::unlawful_option);
    const std::vector<double> samples{1.0, std::numeric_limits<double>::infinity()};
    CHECK(codec::train_dictionary<codec::Json<double>>(samples).error() == errc::bad_data);
}
