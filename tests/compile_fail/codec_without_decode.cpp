// expect: Session's Codec does not model CodecPolicy: it lacks Result<void> decode(BytesView, const CodecLimits&, data_type&
#include <sojourn/sojourn.hpp>

using namespace sojourn;

struct Codec {
    using data_type = int;
    Result<void> encode(const int&, BytesView, const CodecLimits&, Buffer&) const { return {}; }
#ifdef SOJOURN_CONTROL
    Result<void> decode(BytesView, const CodecLimits&, int&, Buffer&) const { return {}; }
#endif
};

using Visits = Session<storage::Cookie, cipher::XChaCha20Poly1305, Codec>;
Visits::Manager sessions{{.secret = "a secret for the test"}};
