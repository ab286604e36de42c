#!/bin/sh
# N10, shmsink, contract perms: the modes asked for hold for the socket, but umask is taken from
# those of the area, so that who may connect may not map. How: perms=0666 with umask 022.
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

umask 022
start p fakesrc sizetype=fixed sizemax=1000 \
  ! shmsink perms=438 shm-size=100000 socket-path="$dir/s"
within 50 test -s "$dir/p.pid" || { echo "not run: the producer did not start"; exit 77; }
area="/dev/shm/shmpipe.$(printf %5d "$(cat "$dir/p.pid")").    0"
within 50 test -e "$area" || { echo "not run: no area"; exit 77; }
socket_mode=$(stat -c %a "$dir/s")
area_mode=$(stat -c %a "$area")
if [ "$socket_mode" != "$area_mode" ]; then
  echo "shown: perms 666 make a socket of mode $socket_mode and an area of mode $area_mode"
  exit 0
fi
echo "not shown"
exit 1
