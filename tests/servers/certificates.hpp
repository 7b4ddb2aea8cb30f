#pragma once

#include "../storage/scratch.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

namespace tls_test {

/// Two authorities, and certificates that the first has signed: for localhost, for 127.0.0.1, and one that is over.
class Certificates {
public:
    Certificates()
    {
        for (const std::string ca : {"ca", "other-ca"})
            run("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + ca + " -keyout " + ca + ".key -out " +
                ca + ".pem");
        sign("name", "DNS:localhost", 2);
        sign("address", "IP:127.0.0.1", 2);
        sign("old", "DNS:localhost", 0);
    }
    std::string file(const std::string& name) const { return folder_.path() / name; }

private:
    void sign(const std::string& name, const std::string& subject, int days) const
    {
        scratch::write(file(name + ".cnf"), "subjectAltName=" + subject + "\n");
        run("openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout " + name + ".key -out " + name + ".csr");
        run("openssl x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile " + name +
            ".cnf -days " + std::to_string(days) + " -out " + name + ".pem");
    }
    void run(const std::string& command) const
    {
        const auto whole = "cd '" + folder_.path().string() + "' && " + command + " >>log 2>&1";
        REQUIRE_MESSAGE(std::system(whole.c_str()) == 0, whole, scratch::read(folder_.path() / "log"));
    }

    scratch::Folder folder_;
};

inline const Certificates& certificates()
{
    static const Certificates all;
    return all;
}

} // namespace tls_test
