#!/bin/sh
# N1, shmsink and shmsrc, contract full-rate: with more small buffers fitting into the area than
# messages into the socket (about 278 a direction), both sides block in send for ever.
# How: both unpaced; no thread of the consumer moves for a second, and each side has one in send.
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

# switches NAME: the context switches of all its threads
switches () { cat /proc/"$(cat "$dir/$1.pid")"/task/*/status | grep ctxt_switches; }

# in_send NAME: one of its threads waits in the kernel for room in a socket
in_send ()
{
  grep -qs sock_alloc_send "/proc/$(cat "$dir/$1.pid")/task/"*/wchan
}

still ()
{
  in_send p && in_send c || return 1
  before=$(switches p; switches c)
  sleep 1
  [ "$before" = "$(switches p; switches c)" ]
}

start p fakesrc sizetype=fixed sizemax=1000 \
  ! shmsink sync=false wait-for-connection=true shm-size=2014000 socket-path="$dir/s"
within 50 test -S "$dir/s" || { echo "not run: the producer did not start"; exit 77; }
start c shmsrc socket-path="$dir/s" ! fakesink sync=false
within 50 test -s "$dir/c.pid"

if within 40 still; then
  kill -INT "$(cat "$dir/p.pid")"
  sleep 1
  kill -0 "$(cat "$dir/p.pid")" 2>/dev/null && ignored=", the producer ignores SIGINT"
  echo "shown: both sides stand in send for ever${ignored-}"
  exit 0
fi
echo "not shown"
exit 1
