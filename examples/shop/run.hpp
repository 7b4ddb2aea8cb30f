#pragma once

#include "arguments.hpp"
#include "shop.hpp"

#include <csignal>
#include <cstdio>
#include <unistd.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace shop {

/// Serves until SIGTERM or SIGINT. `make_storage(arguments)` gives the storage.
template <class MakeStorage>
int run(std::string_view storage_name, int argc, char** argv, MakeStorage make_storage)
try {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr); // for all threads: this one waits for them

    Arguments arguments = read_arguments(argc, argv);
    auto storage = make_storage(std::as_const(arguments));
    Shop shop{storage_name, std::move(arguments.options), std::move(storage)};
    httplib::Server server;
    shop.serve(server);

    const std::string host = "127.0.0.1";
    const int port = arguments.port == 0                         ? server.bind_to_any_port(host)
                     : server.bind_to_port(host, arguments.port) ? arguments.port
                                                                 : -1;
    if (port < 0)
        throw std::runtime_error{"cannot listen on port " + std::to_string(arguments.port)};
    auto served = std::async(std::launch::async, [&server] {
        const bool well = server.listen_after_bind();
        kill(getpid(), SIGTERM); // wakes whoever waits below, if it ended by itself
        return well;
    });
    while (!server.is_running() && served.wait_for(std::chrono::milliseconds{1}) == std::future_status::timeout) {}
    std::printf("listening on http://%s:%d\n", host.c_str(), port);
    std::fflush(stdout);

    int signal = 0;
    sigwait(&ending, &signal);
    server.stop();
    return served.get() ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
}

} // namespace shop
