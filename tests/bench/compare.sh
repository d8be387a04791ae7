#!/usr/bin/env bash
# Downloads the same payload with bt and with every rival on the PATH, and prints what each cost.
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/bench/compare.sh [--bt PATH] [--size MIB] [--runs N]

Serves a payload with `bt seed` and downloads it with bt, aria2c, transmission-cli and python3's
libtorrent, as far as they are there; prints a Markdown table of what each download cost. All of it
happens in a network namespace without a way out; no installed client's settings are touched.

  --bt PATH     the bt to measure (./bt of this repository, else the one on the PATH)
  --size MIB    of the payload (1024)
  --runs N      downloads by each client, in turns (3)

The data lies in memory (/dev/shm) where three times the size is free, else below $TMPDIR or /tmp.
The exit status is 1 when bt fails. transmission-cli waits some 15 s before it asks the tracker.

wall s   from start to end, the median of the runs; so the CPU time, user and system
peak MB  the most memory resident in any run, at least the 10 MB of what measures it; libtorrent
         maps its files, and so they count
ratio    wall time over that of bt
END
}

stop() {
    printf 'compare.sh: %s\n' "$*" >&2
    exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
export PATH="$PATH:/usr/sbin:/sbin"
bt=$here/../../bt
[ -x "$bt" ] || bt=$(command -v bt || true)
size=1024
runs=3
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --bt | --size | --runs) [ $# -gt 1 ] || stop "$1 needs a value" ;;&
        --bt) bt=$2 ;;
        --size) size=$2 ;;
        --runs) runs=$2 ;;
        *) stop "no such option: $1; see --help" ;;
    esac
    shift 2
done
[[ $size =~ ^[1-9][0-9]{0,6}$ ]] || stop "--size is a number of MiB"
[[ $runs =~ ^[1-9][0-9]{0,2}$ ]] || stop "--runs is a number"
[ -x "$bt" ] || stop "no bt at '$bt': build it with cmake/setup.sh, or name one with --bt"
bt=$(realpath "$bt")

# --- outside: the folder of the data, and the namespaces ---

free_mib() {  # FOLDER
    df --output=avail -B1M "$1" 2>/dev/null | tail -n 1
}

work_folder() {
    local memory
    memory=$(awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)
    if [ -w /dev/shm ] && [ "$(free_mib /dev/shm)" -gt $((3 * size)) ] &&
        [ "$memory" -gt $((4 * size)) ]; then
        mktemp -d /dev/shm/bt-compare-XXXXXX
        return
    fi
    [ "$(free_mib "${TMPDIR:-/tmp}")" -gt $((3 * size)) ] || stop "no room for $((3 * size)) MiB"
    mktemp -d -t bt-compare-XXXXXX
}

# The end of unshare is that of all in its process namespace, which may take a moment.
clean_up() {
    kill -KILL "$inside" 2>/dev/null || true
    wait "$inside" 2>/dev/null || true
    for _ in {1..50}; do
        rm -rf "$work" 2>/dev/null && return
        sleep 0.1
    done
    printf 'compare.sh: could not remove %s\n' "$work" >&2
}

enter_namespaces() {
    local tool as_user=()
    for tool in unshare ip openssl python3 timeout; do
        command -v "$tool" >/dev/null || stop "this needs $tool"
    done
    [ "$(id -u)" -eq 0 ] || as_user=(--user --map-root-user)
    inside=
    work=$(work_folder)
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # A clean environment: no proxy, and nobody's settings.
    unshare "${as_user[@]}" --net --pid --fork --kill-child \
        env -i PATH="$PATH" HOME="$work" LANG=C.UTF-8 BT_COMPARE_WORK="$work" \
        bash "$here/compare.sh" --bt "$bt" --size "$size" --runs "$runs" &
    inside=$!
    local status=0
    wait "$inside" || status=$?
    exit "$status"
}

[ -n "${BT_COMPARE_WORK:-}" ] || enter_namespaces

# --- inside ---

work=$BT_COMPARE_WORK
out=$work/out
address=10.77.0.2  # of everybody; some refuse peers at 127.x
port=7001          # of every downloader
tracker=10.77.0.1:6969
limit=$((120 + size))  # seconds for one download

set_up_network() {
    ip link set lo up
    ip addr add $address/32 dev lo
    ip route add local 10.77.0.0/16 dev lo src $address
    # bbr, where it is the default, paces transfers on loopback down to a crawl.
    echo reno >/proc/sys/net/ipv4/tcp_congestion_control
}

# The same bytes on every machine, and incompressible: zeros under AES in counter mode.
make_torrent() {
    mkdir "$work/seed"
    head -c "${size}M" /dev/zero |
        openssl enc -aes-128-ctr -K "$(printf '%032x' 0)" -iv "$(printf '%032x' 0)" \
            >"$work/seed/payload.bin"
    "$bt" create --quiet --private --tracker "http://$tracker/announce" -o "$work/payload.torrent" \
        "$work/seed/payload.bin"
    info_hash=$("$bt" info --json "$work/payload.torrent" |
        sed -nE 's/.*"info_hash": ?"([0-9a-f]{40})".*/\1/p' | sed 's/../%&/g')
}

seed_is_announced() {
    exec 3<>"/dev/tcp/${tracker/://}" || return 1
    printf 'GET /scrape?info_hash=%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' \
        "$info_hash" "$tracker" >&3
    grep -aq '8:completei1e' <&3
} 2>/dev/null

# Each download has a seed and a tracker of its own, which know nothing of those before.
start_seed() {
    "$bt" seed -d "$work/seed" --run-tracker "$tracker" "$work/payload.torrent" \
        >"$work/seed.log" 2>&1 </dev/null &
    seed=$!
    for _ in {1..600}; do
        seed_is_announced && return
        kill -0 "$seed" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/seed.log" >&2
    stop "bt seed does not serve the payload"
}

end_seed() {
    kill "$seed"
    wait "$seed" || true
}

# The distribution's own python3 is the one that its packages extend; it may not be the first.
libtorrent_python() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import libtorrent' 2>/dev/null && echo "$python" && return
    done
    return 1
}

version_of() {  # CLIENT: nothing when it is not there
    local python
    case $1 in
        bt) "$bt" --version ;;
        aria2) command -v aria2c >/dev/null && aria2c --version ;;
        libtorrent)
            python=$(libtorrent_python) &&
                "$python" -c 'import libtorrent; print(libtorrent.__version__)'
            ;;
        transmission) command -v transmission-cli >/dev/null && transmission-cli --version 2>&1 ;;
    esac | grep -oEm 1 '[0-9]+\.[0-9.]+' | head -n 1 || true
}

# It goes on seeding when it is done: a script of ours, which it runs then, ends it. What it
# remembers of the run before goes.
prepare_transmission() {
    rm -rf "$work/transmission"
    mkdir -p "$work/transmission"
    printf '{"dht-enabled": false, "lpd-enabled": false, "utp-enabled": false, "encryption": 0,
 "bind-address-ipv4": "10.77.0.3", "preallocation": 0, "cache-size-mb": 64}' \
        >"$work/transmission/settings.json"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nkill -KILL "$(cat "%s")"\n' "$work/transmission/pid" \
        >"$work/transmission/done"
    chmod +x "$work/transmission/done"
}

# Sets `command`: a download into $out by a client without DHT, local discovery and encryption.
command_of() {  # CLIENT
    local torrent=$work/payload.torrent
    case $1 in
        bt) command=("$bt" --quiet --listen-port "$port" -d "$out" "$torrent") ;;
        aria2)
            command=(aria2c --quiet --no-conf --dir="$out" --listen-port="$port" --seed-time=0
                --enable-dht=false --enable-dht6=false --bt-enable-lpd=false
                --enable-peer-exchange=false --file-allocation=none --disk-cache=64M "$torrent")
            ;;
        libtorrent)
            command=("$(libtorrent_python)" "$here/libtorrent_download.py" "$torrent" "$out"
                "$address:$port")
            ;;
        transmission)
            prepare_transmission
            # shellcheck disable=SC2016
            command=(sh -c 'echo $$ >"$0/pid"; exec transmission-cli "$@"' "$work/transmission"
                -g "$work/transmission" -f "$work/transmission/done" -w "$out" -M -D -U -p "$port"
                "$torrent")
            ;;
    esac
}

# One download: a line of wall, CPU and memory goes to the client's results, or it has failed.
download() {  # CLIENT RUN
    local cost
    mkdir "$out"
    start_seed
    command_of "$1"
    cost=$(python3 -IS "$here/measure.py" timeout -s KILL "$limit" "${command[@]}" \
        2>"$work/client.log" </dev/null)
    end_seed
    if cmp -s "$work/seed/payload.bin" "$out/payload.bin"; then
        echo "$cost" >>"$work/$1.results"
        # shellcheck disable=SC2086
        printf 'run %s: %-12s %7.2f s, CPU %6.2f s, %5.0f MB\n' "$2" "$1" $cost >&2
    else
        printf 'run %s: %-12s failed\n' "$2" "$1" >&2
        tr '\r' '\n' <"$work/client.log" | tail -n 5 >&2
        touch "$work/$1.failed"
    fi
    rm -rf "$out"
}

median() {  # CLIENT COLUMN
    cut -d ' ' -f "$2" "$work/$1.results" | sort -n |
        awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'
}

print_table() {
    local client ours=
    printf '%s MiB from one bt seed over loopback, %s run(s) each, %s cores\n\n' \
        "$size" "$runs" "$(nproc)"
    printf '| client | version | wall s | CPU s | peak MB | ratio |\n|---|---|---|---|---|---|\n'
    [ -e "$work/bt.failed" ] || ours=$(median bt 1)
    for client in "${clients[@]}"; do
        if [ -e "$work/$client.failed" ]; then
            printf '| %s | %s | failed | | | |\n' "$client" "${version[$client]}"
            continue
        fi
        awk -v client="$client" -v version="${version[$client]}" -v ours="$ours" \
            -v wall="$(median "$client" 1)" -v cpu="$(median "$client" 2)" \
            -v peak="$(cut -d ' ' -f 3 "$work/$client.results" | sort -n | tail -n 1)" 'BEGIN {
                printf "| %s | %s | %.2f | %.2f | %.0f | %s |\n", client, version, wall, cpu, peak,
                       ours == "" ? "" : sprintf("%.2f", wall / ours)
            }'
    done
}

set_up_network
make_torrent
clients=()
declare -A version
for client in bt libtorrent aria2 transmission; do
    version[$client]=$(version_of "$client")
    if [ -n "${version[$client]}" ]; then
        clients+=("$client")
    else
        printf '%s is not here\n' "$client" >&2
    fi
done
for ((run = 1; run <= runs; ++run)); do
    for client in "${clients[@]}"; do
        download "$client" "$run"
    done
done
print_table
[ ! -e "$work/bt.failed" ]
