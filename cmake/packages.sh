# Sourced by the scripts beside it: finds out which packages are missing and installs them with apt.
#
# install_packages NAME...   installs those that are missing, removes none; stops when it may not
# boost_package              the package of Boost's headers to use here, 1.81 or later

export DEBIAN_FRONTEND=noninteractive

stop() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

known() {
    apt-cache show "$1" >/dev/null 2>&1
}

may_install() {
    [ "$(id -u)" -eq 0 ] ||
        { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# Boost packages exclude one another by their minor version; 74 and older are too old for bt.
boost_in_the_way() {
    { dpkg-query -W -f='${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null || true; } |
        sed -nE 's/^installed (libboost1\.([0-9]+)-dev)(:.*)?$/\2 \1/p' |
        while read -r minor package; do
            [ "$minor" -ge 81 ] || printf '%s' "$package"
        done
}

# The lists of packages must be there before Boost's can be chosen; a fresh machine has none.
boost_package() {
    local minor
    for minor in {81..99}; do
        if installed "libboost1.$minor-dev"; then
            printf 'libboost1.%s-dev\n' "$minor"
            return
        fi
    done
    if ! known libssl-dev && may_install; then
        update_lists >&2
    fi
    for minor in {81..99}; do
        if known "libboost1.$minor-dev"; then
            printf 'libboost1.%s-dev\n' "$minor"
            return
        fi
    done
    printf 'libboost1.81-dev\n'
}

update_lists() {
    printf 'Fetching the lists of packages\n'
    as_root apt-get update -qq || stop "the lists of packages could not be fetched"
}

install_packages() {
    local missing=() package old

    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        printf 'No apt here: going on with what is installed. bt needs: %s\n' "$*" >&2
        return
    fi
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    old=$(boost_in_the_way)
    for package in "${missing[@]}"; do
        if [[ $package == libboost1.* && -n $old ]]; then
            stop "bt needs $package, which $old excludes, and no package is removed here." \
                "Remove it first: apt-get remove $old"
        fi
    done
    may_install ||
        stop "these packages are missing, and only root can install them: apt-get install ${missing[*]}"
    for package in "${missing[@]}"; do
        if ! known "$package"; then
            update_lists
            break
        fi
    done
    printf 'Installing %s\n' "${missing[*]}"
    as_root apt-get install -qq -y --no-install-recommends --no-remove "${missing[@]}" >/dev/null ||
        { update_lists &&
            as_root apt-get install -qq -y --no-install-recommends --no-remove "${missing[@]}" \
                >/dev/null; } ||
        stop "these packages could not be installed: ${missing[*]}"
}

# What a build needs, and what bt needs at run time: certificates to trust. openssl makes the demo's data.
install_build_packages() {
    local tools=()
    command -v g++ >/dev/null || tools+=(g++)
    command -v cmake >/dev/null || tools+=(cmake)
    command -v ninja >/dev/null || command -v make >/dev/null || tools+=(ninja-build)
    install_packages "${tools[@]}" "$(boost_package)" libssl-dev libspdlog-dev libcli11-dev \
        libutf8proc-dev openssl ca-certificates
}

# One compiler for each core, and no more than the memory bears: about 1 GiB each.
jobs_of_this_machine() {
    local cores gib
    cores=$(nproc 2>/dev/null || echo 1)
    gib=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null)
    [ -n "$gib" ] && [ "$gib" -ge 1 ] || gib=1
    echo $((cores < gib ? cores : gib))
}

# configure FOLDER [OPTION...]: Ninja where it is installed, unless the folder has a generator already,
# and ccache, so that what another clone has compiled is not compiled again.
configure() {
    local folder=$1 generator=()
    shift
    if command -v ccache >/dev/null; then
        export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
        # Without these it does not keep what uses precompiled headers.
        export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        set -- -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
    fi
    if [ ! -f "$folder/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        generator=(-G Ninja)
    fi
    cmake -S . -B "$folder" "${generator[@]}" "$@" >"$folder.log" 2>&1 || {
        cat "$folder.log" >&2
        stop "cmake could not configure $folder"
    }
    rm -f "$folder.log"
}
