#!/bin/sh
# N14, shmsrc, contract states: a connect that fails is followed by a critical warning, which is the
# end of a program that runs with G_DEBUG=fatal-criticals. How: no producer.
# shellcheck disable=SC2317 # the functions that the trap calls
set -u
gst-inspect-1.0 shmsrc >/dev/null 2>&1 || { echo "not run: no shmsrc"; exit 77; }
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

run shmsrc socket-path="$dir/none" ! fakesink
if warning=$(grep -o 'gst_poll_remove_fd: assertion.*' "$dir/log"); then
  echo "shown: a failed connect is followed by a critical warning, $warning"
  exit 0
fi
echo "not shown"
exit 1
