#!/bin/sh
# N9, shmsink, contract restart-same-path: after a crash of the producer a new one on the same path
# silently listens at PATH.0, where no consumer looks for it. How: SIGKILL, start again, connect.
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

# produce NAME
produce ()
{
  start "$1" fakesrc sizetype=fixed sizemax=1000 \
    ! shmsink sync=false shm-size=100000 socket-path="$dir/s"
}

produce p1
within 50 test -S "$dir/s" || { echo "not run: the producer did not start"; exit 77; }
kill -KILL "$(cat "$dir/p1.pid")"
[ -S "$dir/s" ] || { echo "not run: no stale socket"; exit 77; }
produce p2
if ! within 50 test -S "$dir/s.0"; then
  echo "not shown"
  exit 1
fi
timeout -s KILL 5 gst-launch-1.0 --no-fault shmsrc socket-path="$dir/s" num-buffers=3 \
  ! fakesink sync=false >"$dir/log" 2>&1
if grep -q 'Could not open socket.*111' "$dir/log"; then
  echo "shown: the second producer listens at PATH.0, a consumer of PATH is refused"
  exit 0
fi
echo "not shown"
exit 1
