#!/bin/sh
# N6, shmsink, contract states (a valid stream ends as documented): a buffer without any memory
# crashes the producer. How: fakesrc's default buffers are empty; an empty buffer is legal.
# The same line with fakesink in the place of shmsink exits 0.
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

run fakesrc num-buffers=1 ! shmsink wait-for-connection=false socket-path="$dir/s"
status=$?
if [ "$status" = 139 ]; then
  echo "shown: one empty buffer kills the producer by SIGSEGV"
  exit 0
fi
echo "not shown"
exit 1
