#!/usr/bin/env bash
# From a bare Debian 12 or Ubuntu 24.04 to ./bt: installs what is missing with apt (as root, or with
# sudo; removes nothing), builds into build/ and puts the program at the top of the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
. cmake/packages.sh

install_build_packages

# The tests need packages of their own: cmake/test.sh switches them on.
tests=(-DBT_TESTS=OFF)
[ ! -f build/CMakeCache.txt ] || tests=()
configure build -DCMAKE_BUILD_TYPE=Release "${tests[@]}"
cmake --build build --target bt -j "$(jobs_of_this_machine)"

# By way of a rename: a running ./bt keeps its file.
cp build/src/cli/bt bt.new
mv bt.new bt
printf 'Built ./bt: %s\n' "$(./bt --version 2>/dev/null | head -n 1)"
