"""The recipe for Conan 2: `conan create . --test-folder tests/install/conan`."""

import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load

# What every program needs …
NEEDS = {"boost": "[>=1.81 <2]", "libsodium": "[>=1.0.18 <2]", "zstd": "[>=1.5 <2]"}

# … and what headers need that are not in the umbrella: a client library for a storage, for example.
OPTIONS = {
    "with_httplib": {"cpp-httplib": "[>=0.11 <1]"},
    "with_lua_resty": {"zlib": "[>=1.2.11 <2]", "openssl": "[>=1.1 <4]"},
    "with_memcached": {"openssl": "[>=1.1 <4]"},
    "with_redis": {"hiredis": "[>=0.14 <2]", "openssl": "[>=1.1 <4]"},
}


class Sojourn(ConanFile):
    name = "sojourn"
    description = "Header-only C++20 library for HTTP sessions"
    license = "BSL-1.0"
    topics = ("http", "session", "cookie", "header-only")

    package_type = "header-library"
    implements = ["auto_header_only"]
    settings = "os", "arch", "compiler", "build_type"
    options = {option: [True, False] for option in OPTIONS}
    default_options = {"boost/*:header_only": True, **{option: False for option in OPTIONS}}
    exports_sources = "include/sojourn/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        header = load(self, f"{self.recipe_folder}/include/sojourn/version.hpp")
        self.version = re.search(r'SOJOURN_VERSION "(.+)"', header)[1]

    def needs(self):
        chosen = [needs for option, needs in OPTIONS.items() if self.options.get_safe(option)]
        return {name: version for needs in (NEEDS, *chosen) for name, version in needs.items()}

    def requirements(self):
        for name, version in self.needs().items():
            self.requires(f"{name}/{version}")

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "include/sojourn/*", self.source_folder, self.package_folder)
        copy(self, "LICENSE", self.source_folder, f"{self.package_folder}/licenses")

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.requires = ["boost::headers" if name == "boost" else f"{name}::{name}" for name in self.needs()]
        self.cpp_info.system_libs = ["pthread"] if self.settings.get_safe("os") == "Linux" else []
        self.cpp_info.set_property("cmake_config_version_compat", "SameMinorVersion")  # while the first number is 0
