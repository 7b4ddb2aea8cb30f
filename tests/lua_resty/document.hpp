#pragma once

// Session data of any shape, in the order it came in, by way of the library's own reader and writer of Lua's JSON.

#include "json.hpp"

#include <sojourn/codec/cjson.hpp>
#include <sojourn/codec/map.hpp>
#include <sojourn/concepts.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace lua_resty_vectors {

struct Document {
    Json json = Json::object();

    void set(std::string_view key, const Json& value) { json[std::string{key}] = value; }
};

class DocumentCodec {
    using Reader = sojourn::codec::detail::BasicJsonReader<sojourn::codec::detail::LuaCjson>;
    using Writer = sojourn::codec::detail::BasicJsonWriter<sojourn::codec::detail::LuaCjson>;

public:
    using data_type = Document;

    sojourn::Result<void> encode(const Document& data, sojourn::BytesView, const sojourn::CodecLimits&,
                                 sojourn::Buffer& out) const
    {
        Writer writer{out};
        write(writer, data.json);
        return writer.good() ? sojourn::Result<void>{} : sojourn::errc::bad_data;
    }
    sojourn::Result<void> decode(sojourn::BytesView bytes, const sojourn::CodecLimits&, Document& data,
                                 sojourn::Buffer&) const
    {
        Reader reader{bytes};
        return read(reader, data.json) && reader.at_end() ? sojourn::Result<void>{} : sojourn::errc::bad_data;
    }

private:
    static void write(Writer& writer, const Json& value)
    {
        switch (value.type()) {
        case Json::value_t::null: return writer.null();
        case Json::value_t::boolean: return writer.boolean(value.get<bool>());
        case Json::value_t::number_integer: return writer.integer(value.get<std::int64_t>());
        case Json::value_t::number_unsigned: return writer.integer(value.get<std::uint64_t>());
        case Json::value_t::number_float: return writer.number(value.get<double>());
        case Json::value_t::string: return writer.string(value.get_ref<const std::string&>());
        case Json::value_t::array:
            return writer.array(value.size(), [&] {
                for (const auto& element : value)
                    write(writer, element);
            });
        default: break;
        }
        writer.map(value.size(), [&] {
            for (const auto& [name, member] : value.items()) {
                writer.key(name);
                write(writer, member);
            }
        });
    }

    static bool read(Reader& reader, Json& value)
    {
        using sojourn::codec::detail::Kind;
        switch (reader.kind()) {
        case Kind::null: value = nullptr; return reader.null();
        case Kind::boolean: {
            bool truth = false;
            const bool good = reader.boolean(truth);
            value = truth;
            return good;
        }
        case Kind::integer:
        case Kind::number: {
            double number = 0;
            const bool good = reader.number(number);
            value = number;
            return good;
        }
        case Kind::string: {
            std::string text;
            const bool good = reader.string(text);
            value = text;
            return good;
        }
        case Kind::array:
            value = Json::array();
            return reader.array([&](std::size_t) { return read(reader, value.emplace_back()); });
        case Kind::map:
            value = Json::object();
            return reader.map([&](std::string_view name) { return read(reader, value[std::string{name}]); });
        default: return false;
        }
    }
};

} // namespace lua_resty_vectors
