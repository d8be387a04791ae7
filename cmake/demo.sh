#!/usr/bin/env bash
# The main job, shown with nothing but this repository: builds ./bt, makes 67 MiB of data, serves it from
# two seeds and a tracker on this machine's loopback, downloads it into downloads/ and verifies it.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake/setup.sh

torrent=torrents/demo.torrent
port=6969
seeders=()

stop() {
    printf 'demo.sh: %s\n' "$*" >&2
    exit 1
}

end_seeders() {
    local pid
    for pid in "${seeders[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in "${seeders[@]}"; do
        wait "$pid" 2>/dev/null || true
    done
}
trap end_seeders EXIT
trap 'exit 130' INT TERM

in_use() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

start_seeder() {  # OPTION...
    local log="build/demo/seeder-$((${#seeders[@]} + 1)).log"
    ./bt seed -d build/demo "${trackers[@]}" "$@" "$torrent" >"$log" 2>&1 </dev/null &
    seeders+=($!)
}

# How many seeds the tracker knows.
seeds() {
    in_use "$port" || { echo 0; return; }
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /scrape?info_hash=%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' \
        "$query" >&3
    { grep -aoE '8:completei[0-9]+e' <&3 || echo 0; } | tr -dc '0-9\n' | sed 's/^8//' | head -n 1
    exec 3>&-
}

wait_for_seeds() {  # COUNT
    local try pid
    for try in {1..100}; do
        for pid in "${seeders[@]}"; do
            kill -0 "$pid" 2>/dev/null ||
                { cat build/demo/seeder-*.log >&2; stop "a seeder has ended"; }
        done
        [ "$(seeds)" -lt "$1" ] || return 0
        sleep 0.1
    done
    cat build/demo/seeder-*.log >&2
    stop "the seeders did not announce themselves"
}

printf '\nMaking the data of the demo in build/demo\n'
cmake/demo_payload.sh build/demo
rm -rf downloads/demo  # of an earlier run of this script
query=$(./bt info --json "$torrent" | sed -nE 's/.*"info_hash": ?"([0-9a-f]{40})".*/\1/p' |
    sed 's/../%&/g')

# The torrent names a tracker at port 6969; where that is taken, the next free one takes its place.
trackers=()
while in_use "$port"; do
    port=$((port + 1))
    [ "$port" -lt 7000 ] || stop "the ports 6969 to 6999 are all in use"
    trackers=(--exclude-tracker '*' --tracker "http://127.0.0.1:$port/announce")
done

printf 'Starting two seeds and a tracker on 127.0.0.1:%s\n' "$port"
start_seeder --run-tracker "127.0.0.1:$port"
wait_for_seeds 1
start_seeder
wait_for_seeds 2

printf '\n$ ./bt %s\n' "${trackers[*]:+${trackers[*]} }$torrent"
./bt "${trackers[@]}" "$torrent"

printf '\n$ ./bt verify %s\n' "$torrent"
./bt verify "$torrent"
