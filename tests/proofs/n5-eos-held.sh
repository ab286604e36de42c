#!/bin/sh
# N5, shmsink, contract eos-held: with wait-for-connection=true (the default) EOS never ends while a
# healthy consumer keeps its last buffer, as every basesink does by default (enable-last-sample).
# How: five buffers. The producer ends within 5 s before a consumer with enable-last-sample=false,
# but not before one that only differs in having the default.
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

# ends RUN SINK...: whether a producer of five buffers ends within 5 s before this consumer
ends ()
{
  run=$1
  shift
  start "p$run" fakesrc num-buffers=5 sizetype=fixed sizemax=1000 \
    ! shmsink sync=false shm-size=100000 socket-path="$dir/s$run"
  within 50 test -S "$dir/s$run" || { echo "not run: the producer did not start"; exit 77; }
  producer=$(cat "$dir/p$run.pid")
  start "c$run" shmsrc socket-path="$dir/s$run" ! "$@"
  within 50 producer_gone
}

if ! ends 1 fakesink sync=false enable-last-sample=false; then
  echo "not run: the producer does not end before any consumer"
  exit 77
fi
if ! ends 2 fakesink sync=false && kill -0 "$(cat "$dir/c2.pid")" 2>/dev/null; then
  echo "shown: EOS does not end within 5 s while a healthy consumer keeps its last buffer"
  exit 0
fi
echo "not shown"
exit 1
