#!/bin/sh
# K1, shmsink, contract stop-quiet: a clean stop posts the error "Failed waiting on fd activity",
# and gst-launch exits 1. How: three buffers, no consumer, the end.
# shellcheck disable=SC2317 # the functions that a trap or within calls
set -u
gst-inspect-1.0 shmsink >/dev/null 2>&1 || { echo "not run: no shmsink"; exit 77; }
dir=$(mktemp -d) || exit 77
finish ()
{
  [ -s "$dir/pid" ] && rm -f "/dev/shm/shmpipe.$(printf %5d "$(cat "$dir/pid")")."*
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 77' HUP INT TERM

# run ARG...: gst-launch, for 10 s at most
run ()
{
  # shellcheck disable=SC2016 # $0 and $@ are those of the inner shell
  timeout -s KILL 10 sh -c 'echo $$ >"$0"; exec gst-launch-1.0 --no-fault "$@"' \
    "$dir/pid" "$@" >"$dir/log" 2>&1
}

run fakesrc num-buffers=3 sizetype=fixed sizemax=100 \
  ! shmsink wait-for-connection=false socket-path="$dir/s"
status=$?
if [ "$status" = 1 ] && grep -q 'Failed waiting on fd activity' "$dir/log"; then
  echo "shown: a clean stop posts \"Failed waiting on fd activity\", gst-launch exits 1"
  exit 0
fi
echo "not shown"
exit 1
