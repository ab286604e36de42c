#!/bin/sh
# N12, shmsink, contract exact-fit: a frame that fits into the area, but not with 7 bytes to spare,
# is neither sent nor refused: the producer waits for ever for room in an empty area.
# How: frames of 1000 bytes, nobody connected, all to be dropped: 1007 bytes end, 1000 do not.
# shellcheck disable=SC2317 # the functions that a trap or within calls
set -u
gst-inspect-1.0 shmsink >/dev/null 2>&1 || { echo "not run: no shmsink"; exit 77; }
dir=$(mktemp -d) || exit 77
finish ()
{
  for file in "$dir"/*.pid; do
    [ -s "$file" ] || continue
    pid=$(cat "$file")
    kill -KILL "$pid" 2>/dev/null
    rm -f "/dev/shm/shmpipe.$(printf %5d "$pid")."*
  done
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 77' HUP INT TERM

# start NAME ARG...: gst-launch in the background, for 20 s at most
start ()
{
  name=$1
  shift
  # shellcheck disable=SC2016 # $0 and $@ are those of the inner shell
  timeout -s KILL 20 sh -c 'echo $$ >"$0"; exec gst-launch-1.0 --no-fault "$@"' \
    "$dir/$name.pid" "$@" >"$dir/$name.log" 2>&1 &
}

# within TENTHS COMMAND...: waits until COMMAND succeeds
within ()
{
  tenths=$1
  shift
  until "$@"; do
    [ "$tenths" -gt 0 ] || return 1
    tenths=$((tenths - 1))
    sleep 0.1
  done
}

# ends SIZE: whether three frames are through an area of SIZE bytes within 3 s
ends ()
{
  start "p$1" fakesrc num-buffers=3 sizetype=fixed sizemax=1000 \
    ! shmsink wait-for-connection=false sync=false shm-size="$1" socket-path="$dir/s$1"
  within 50 started "$1" || { echo "not run: the producer did not start"; exit 77; }
  within 30 gone "$1"
}

# One that is through at once may never be seen with its socket.
started () { test -S "$dir/s$1" || grep -q -e ERROR -e 'Got EOS' "$dir/p$1.log"; }

gone () { ! kill -0 "$(cat "$dir/p$1.pid")" 2>/dev/null; }

if ! ends 1007; then
  echo "not run: the producer does not end with an area of 1007 bytes either"
  exit 77
fi
if ! ends 1000; then
  echo "shown: a frame of 1000 bytes waits for ever for an empty area of 1000"
  exit 0
fi
echo "not shown"
exit 1
