#!/bin/sh
# N2, shmsink, contracts too-big and stop-bounded: a buffer larger than the area posts no error but
# blocks for ever, and the stop blocks, too. (The error is made with the object lock held; its path
# needs the same lock: gst_object_get_parent below gst_element_message_full in the stack.)
# How: frames of 614,400 bytes for an area of 22,500, in memory of the source and in that of the sink;
# no ERROR in 3 s, no end 5 s after SIGINT.
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

# hangs NAME ELEMENT...: no error within 3 s, and no end within 5 s of SIGINT, with ELEMENTs between
# source and sink
hangs ()
{
  name=$1
  shift
  start "$name" videotestsrc ! "$@" shmsink shm-size=22500 wait-for-connection=false \
    socket-path="$dir/$name.s"
  within 50 test -S "$dir/$name.s" || { echo "not run: the producer did not start"; exit 77; }
  producer=$(cat "$dir/$name.pid")
  ! within 30 grep -q ERROR "$dir/$name.log" || return 1
  ! producer_gone || return 1
  kill -INT "$producer"
  ! within 50 producer_gone || return 1
  if command -v eu-stack >/dev/null; then
    eu-stack -p "$producer" 2>/dev/null | grep -B 2 -A 3 'gst_object_get_parent' | sed 's/^/  /' >&2
  fi
}

# Since 1.29.2 the sink's allocator refuses what is too large, and the source ends by that: what the
# sink itself makes of such a buffer is seen only with memory of the source's own.
if hangs copy identity drop-allocation=true !; then
  how='of the source'
elif hangs own; then
  how='of the sink'
else
  echo "not shown"
  exit 1
fi
echo "shown: with memory $how no error within 3 s, no end within 5 s of SIGINT"
exit 0
