#!/usr/bin/env bash
# run.sh BUILD SECONDS [TARGET...]: fuzzes each target so long, from corpus/ and the seeds, and says
# what came of it. BUILD is configured with the preset "fuzz" and built. What is found goes to
# BUILD/fuzz; the exit status is 1 if a target crashed, hung or used too much memory.
#
# run.sh BUILD merge [TARGET...]: puts the least set of what was found that reaches the same code in
# corpus/, for ctest to replay.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
seconds=$2
shift 2
found=$build/fuzz
python3 "$here/make_corpus.py" "$found/seeds"
if [ $# -eq 0 ]; then
    for program in "$build"/tests/fuzz/fuzz_*; do
        [ -d "$program" ] || set -- "$@" "$(basename "$program" | sed 's/^fuzz_//')"
    done
fi

longest_input() {  # TARGET
    case $1 in
        swarm | extended_handshake | metadata_fetch) echo 600 ;;
        paths) echo 1500 ;;
        dht_packet) echo 2000 ;;
        *) echo 4096 ;;
    esac
}

# Seconds for one input, of the clock: where the system has a part in it, it may be busy.
patience() {  # TARGET
    case $1 in
        http_reply | tracker_server) echo 10 ;;
        *) echo 1 ;;
    esac
}

# Targets with a socket get a network of their own, where it may be had: nothing gets out, and the
# thousands of closed connections are not the machine's.
apart() {  # TARGET COMMAND...
    local target=$1
    shift
    case $target in
        http_reply | tracker_server)
            if unshare -rn true 2>/dev/null; then
                set -- unshare -rn sh -c 'ip link set lo up && exec "$@"' sh "$@"
            fi
            ;;
    esac
    "$@"
}

status=0
for target; do
    program=$build/tests/fuzz/fuzz_$target
    corpus=$here/corpus/$target
    seeds=$found/seeds/$target
    mkdir -p "$found/$target" "$found/crashes" "$seeds" "$corpus"
    log=$found/$target.log
    if [ "$seconds" = merge ]; then
        rm -rf "$found/merged"
        mkdir "$found/merged"
        # Edges alone: how often one is passed is worth no file.
        apart "$target" "$program" -set_cover_merge=1 -use_counters=0 -max_len="$(longest_input "$target")" \
            "$found/merged" "$found/$target" "$corpus" "$seeds" >"$log" 2>&1
        rm -rf "$corpus"
        mv "$found/merged" "$corpus"
        printf '%-20s %5d files %8d bytes\n' "$target" "$(find "$corpus" -type f | wc -l)" \
            "$(find "$corpus" -type f -exec cat {} + | wc -c)"
        continue
    fi
    outcome=clean
    apart "$target" nice -n 10 "$program" -max_total_time="$seconds" -rss_limit_mb=512 \
        -timeout="$(patience "$target")" -max_len="$(longest_input "$target")" \
        -artifact_prefix="$found/crashes/$target-" \
        "$found/$target" "$corpus" "$seeds" >"$log" 2>&1 || { outcome=FAILED status=1; }
    printf '%-20s %-7s %s\n' "$target" "$outcome" \
        "$(grep -aoE '^#[0-9]+.*exec/s: [0-9]+' "$log" | tail -n 1)"
done
exit "$status"
