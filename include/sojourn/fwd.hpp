#pragma once

namespace sojourn::inline v0 {

namespace protocol {
struct Native;
}
namespace environment {
struct System;
}

/// A session, and the policies that a build picks for it (session.hpp).
template <class Storage, class Cipher, class Codec, class Protocol = protocol::Native,
          class Environment = environment::System>
class Session;

/// What opens sessions: one a configuration, shared by all threads (manager.hpp).
template <class Storage, class Cipher, class Codec, class Protocol = protocol::Native,
          class Environment = environment::System>
class Manager;

} // namespace sojourn::inline v0
