// Any bytes as MessagePack: into structs, and into a map. Only what is well-formed is read, whatever the type; and
// round_trip.hpp.

#include "round_trip.hpp"

#include <sojourn/codec/message_pack.hpp>

using namespace sojourn;
using codec::MessagePack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto input = std::as_bytes(std::span{data, size});
    codec::detail::MessagePackReader reader{input};
    const bool well_formed = reader.skip() && reader.at_end();
    for (const auto& read :
         {fuzz::round_trip<MessagePack<fuzz::Outer>>(input), fuzz::round_trip<MessagePack<fuzz::Empty>>(input),
          fuzz::round_trip<MessagePack<Map>>(input), fuzz::round_trip<MessagePack<std::vector<std::string>>>(input)})
        CHECK(well_formed || read.empty());
    return 0;
}
