#!/usr/bin/env bash
# Every test, from a clean clone: installs what they need, builds, and runs simulation, house and
# end-to-end tests, and these, a part of the last, and all unit tests under AddressSanitizer and UBSan.
# Ends with ctest's closing line. Arguments go to ctest, for example: -R Picker, or -L nightly.
set -euo pipefail
cd "$(dirname "$0")/.."
. cmake/packages.sh

install_build_packages
install_packages libgtest-dev libgmock-dev python3 python3-libtorrent python3-pyte aria2 transmission-cli \
    opentracker iproute2 util-linux dpkg-dev mandoc groff-base

jobs=$(jobs_of_this_machine)
strict=(-DBT_WERROR="${CI:+ON}")  # the compilers of others may warn of more
configure build -DCMAKE_BUILD_TYPE=Release -DBT_TESTS=ON -DBT_UNIT_TESTS=OFF "${strict[@]}"
configure build-asan -DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1" \
    -DBT_PRECOMPILE=ON -DBT_SANITIZE=address,undefined -DBT_TESTS=ON -DBT_E2E_QUICK=ON \
    -DBT_TEST_PREFIX=asan. "${strict[@]}"
cmake --build build -j "$jobs"
cmake --build build-asan -j "$jobs"

# Both builds as one run, so that there is one closing line. Long sweeps only when they are asked for.
mkdir -p build/all
printf 'subdirs("%s" "%s")\n' "$PWD/build" "$PWD/build-asan" >build/all/CTestTestfile.cmake
[ $# -gt 0 ] || set -- -LE nightly
log=build/all/ctest.log
status=0
# Most of an end-to-end test is waiting.
ctest --test-dir build/all -j "$((2 * $(nproc)))" --output-on-failure --no-tests=error "$@" </dev/null |
    tee "$log" || status=$?
grep -E '^[0-9]+% tests passed' "$log" || true
exit "$status"
