// What happens to a server's sessions, told to Prometheus (or what else reads its text format): how many were found, new
// or refused and why, saves, merges, failures of the store, and how long they took.
//
//     metrics --port 8080        then open http://127.0.0.1:8080 some times, and http://127.0.0.1:8080/metrics

#include <sojourn/http/httplib.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

struct Visitor {
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Visitor, visits);

/// The counters of a process.
class Metrics {
public:
    void count(const std::string& operation, const std::string& outcome, std::chrono::nanoseconds duration)
    {
        const std::lock_guard lock{mutex_};
        ++outcomes_[{operation, outcome}];
        auto& [times, seconds] = durations_[operation];
        ++times;
        seconds += std::chrono::duration<double>{duration}.count();
    }
    void count_conflicts(unsigned conflicts)
    {
        const std::lock_guard lock{mutex_};
        conflicts_ += conflicts;
    }

    /// In Prometheus's text format, version 0.0.4.
    std::string text() const
    {
        std::ostringstream out;
        const std::lock_guard lock{mutex_};
        out << "# HELP sojourn_operations_total Operations on sessions, by how they ended.\n"
               "# TYPE sojourn_operations_total counter\n";
        for (const auto& [labels, times] : outcomes_)
            out << "sojourn_operations_total{operation=\"" << labels.first << "\",outcome=\"" << labels.second << "\"} "
                << times << '\n';
        out << "# HELP sojourn_conflicts_total Saves that another request was faster than.\n"
               "# TYPE sojourn_conflicts_total counter\n"
               "sojourn_conflicts_total "
            << conflicts_
            << "\n# HELP sojourn_duration_seconds Time that operations took, the store's part included.\n"
               "# TYPE sojourn_duration_seconds summary\n";
        for (const auto& [operation, sum] : durations_)
            out << "sojourn_duration_seconds_count{operation=\"" << operation << "\"} " << sum.first << '\n'
                << "sojourn_duration_seconds_sum{operation=\"" << operation << "\"} " << sum.second << '\n';
        return out.str();
    }

private:
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, unsigned long> outcomes_;
    std::map<std::string, std::pair<unsigned long, double>> durations_;
    unsigned long conflicts_ = 0;
};

/// The usual environment, and one more pair of eyes.
struct Watched : sojourn::environment::System {
    Metrics* metrics;

    explicit Watched(Metrics& counters) : metrics{&counters} {}

    void observe(const sojourn::event::Opened& opened) const
    {
        const std::string_view found = opened.reason ? code_name(opened.reason.code()) : "found";
        count("open", opened.failure, found, opened.duration);
    }
    void observe(const sojourn::event::Saved& saved) const
    {
        count("save", saved.failure, saved.stored ? "stored" : "unchanged", saved.duration);
        metrics->count_conflicts(saved.conflicts);
    }
    void observe(const sojourn::event::Destroyed& destroyed) const
    {
        count("destroy", destroyed.failure, "destroyed", destroyed.duration);
    }
    void observe(const sojourn::event::Revoked& revoked) const
    {
        count("revoke", revoked.failure, "revoked", revoked.duration);
    }

private:
    void count(const char* operation, const sojourn::Error& failure, std::string_view success,
               std::chrono::nanoseconds duration) const
    {
        metrics->count(operation, std::string{failure ? code_name(failure.code()) : success}, duration);
    }
};

using Session = sojourn::Session<sojourn::storage::Memory, sojourn::cipher::XChaCha20Poly1305,
                                 sojourn::codec::MessagePack<Visitor>, sojourn::protocol::Native, Watched>;

int main(int argc, char** argv)
{
    Metrics metrics;
    const Session::Manager sessions{{}, {}, {}, Watched{metrics}}; // no secret: a random one, and the log says so
    httplib::Server server;
    server.Get("/", [&](const httplib::Request& request, httplib::Response& response) {
        auto session = sessions.start(request);
        ++session->visits;
        if (session.save(response))
            response.set_content("Visits: " + std::to_string(session->visits) + "\n", "text/plain");
        else
            response.status = 503;
    });
    server.Get("/leave", [&](const httplib::Request& request, httplib::Response& response) {
        if (sessions.destroy(request, response))
            response.set_content("Bye.\n", "text/plain");
        else
            response.status = 503;
    });
    server.Get("/metrics", [&](const httplib::Request&, httplib::Response& response) {
        response.set_content(metrics.text(), "text/plain; version=0.0.4");
    });
    const int wanted = argc > 1 ? std::atoi(argv[argc - 1]) : 8080;
    const int port = wanted == 0                                ? server.bind_to_any_port("127.0.0.1")
                     : server.bind_to_port("127.0.0.1", wanted) ? wanted
                                                                : -1;
    if (port < 0)
        return 1;
    std::printf("listening on http://127.0.0.1:%d\n", port);
    std::fflush(stdout);
    server.listen_after_bind();
}
