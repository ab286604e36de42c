#!/bin/sh
# N18, shmsink, contract reserved: the memory of an area is not reserved when the area is made. Where
# the file system of /dev/shm is full (or smaller than the area) the producer ends by SIGBUS.
# How: in a mount namespace of its own /dev/shm has 64 KiB, and the area is to have 1,000,000 bytes.
# An area of 32 KiB in the same place is no problem: the line then ends by itself.
# shellcheck disable=SC2317 # the functions that a trap calls
# shellcheck disable=SC2016 # $0 and the like are those of the inner shell
set -u
gst-inspect-1.0 shmsink >/dev/null 2>&1 || { echo "not run: no shmsink"; exit 77; }
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
trap 'exit 77' HUP INT TERM

private='mount -t tmpfs -o size=64k none /dev/shm'
if unshare -m sh -c "$private" 2>/dev/null; then
  unshare='unshare -m'
elif unshare -rm sh -c "$private" 2>/dev/null; then
  unshare='unshare -rm'
else
  echo "not run: no private /dev/shm is to be had here"
  exit 77
fi

# run AREA: twenty buffers of 8000 bytes to nobody, so that each is placed and taken back
run ()
{
  # shellcheck disable=SC2086 # $unshare is a list of words
  timeout -s KILL 10 $unshare sh -c "$private"' && exec gst-launch-1.0 --no-fault fakesrc \
    num-buffers=20 sizetype=fixed sizemax=$1 ! shmsink wait-for-connection=false \
    shm-size=$2 socket-path="$0/s"' "$dir" "$2" "$1" >"$dir/log" 2>&1
}

run 32768 8000
small=$?
rm -f "$dir/s"
run 1000000 400000
status=$?
if [ "$small" -lt 124 ] && [ "$status" = 135 ]; then
  echo "shown: an area larger than its file system kills the producer by SIGBUS"
  exit 0
fi
echo "not shown: status $status, with a small area $small"
exit 1
