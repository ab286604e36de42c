#!/bin/sh
# K4, shmsink, contract pool-on-area: a pool upstream on the sink's allocator stalls for ever when
# the area is full, although every buffer was acknowledged: the idle buffers of the pool fill the
# area, the next one is system memory (k4-fallback.c), and its copy waits for room that nobody ever
# gives. Since 1.29.2 the allocator refuses and the stream ends in "Internal data stream error".
# How: an area for two frames and a consumer that keeps none; the producer does not end. With
# drop-allocation=true, which takes the pool away, the same stream ends.
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

producer_gone () { ! kill -0 "$producer" 2>/dev/null; }

# ends RUN FILTER: whether 20 frames, a third of a second, are through within 5 s
ends ()
{
  run=$1
  start "p$run" videotestsrc num-buffers=20 \
    ! video/x-raw,format=GRAY8,width=100,height=75,framerate=60/1 ! identity "$2" \
    ! shmsink shm-size=22500 socket-path="$dir/s$run"
  within 50 test -S "$dir/s$run" || { echo "not run: the producer did not start"; exit 77; }
  producer=$(cat "$dir/p$run.pid")
  start "c$run" -v shmsrc socket-path="$dir/s$run" \
    ! fakesink silent=false sync=false enable-last-sample=false
  within 50 producer_gone
}

if ! ends 1 drop-allocation=true; then
  echo "not run: the producer does not end without the pool either"
  exit 77
fi
if ! ends 2 drop-allocation=false; then
  got=$(grep -c 'last-message = chain' "$dir/c2.log")
  echo "shown: with a pool on the sink's allocator the stream stalls after $got of 20 frames"
  exit 0
fi
if grep -q 'Internal data stream error' "$dir/p2.log"; then
  echo "shown: with a pool on the sink's allocator the stream ends in an internal error"
  exit 0
fi
echo "not shown"
exit 1
