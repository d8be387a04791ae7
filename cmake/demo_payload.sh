#!/usr/bin/env bash
# demo_payload.sh FOLDER: the data of torrents/demo.torrent below FOLDER, the same bytes on every
# machine: zeros under AES in counter mode with fixed keys.
set -euo pipefail

make_file() {  # NUMBER PATH BYTES
    mkdir -p "$(dirname "$2")"
    head -c "$3" /dev/zero |
        openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv "$(printf '%032x' 0)" >"$2"
}

demo=$1/demo
make_file 1 "$demo/film.bin" 50331648
make_file 2 "$demo/music/first.bin" 9437184
make_file 3 "$demo/music/second.bin" 7340033
make_file 4 "$demo/pictures/large.bin" 3145729
make_file 5 "$demo/pictures/small.bin" 12345
printf 'This file and its neighbours are the data of the demo.\n' >"$demo/readme.txt"
