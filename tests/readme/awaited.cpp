#include <sojourn/drive_asio.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>
#include <sojourn/testing/awaited.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <string>
#include <vector>

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

using Storage = sojourn::testing::Awaited<sojourn::storage::Memory>;
using Session = sojourn::Session<Storage, sojourn::cipher::XChaCha20Poly1305, sojourn::codec::MessagePack<Cart>>;

boost::asio::awaitable<std::size_t> handle(const Session::Manager& sessions, std::string cookie_header)
{
    // README
    co_return lines ? lines->size() : 0;
}

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    boost::asio::io_context context;
    auto sent = boost::asio::co_spawn(context, handle(sessions, ""), boost::asio::use_future);
    context.run();
    return sent.get() == 1 ? 0 : 1;
}
