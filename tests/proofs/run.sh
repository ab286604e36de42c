#!/bin/sh
# Runs one proof, NAME.sh or NAME.c, or lists them: run.sh [NAME [ARG...]]; "shmstress proof" is that.
# A C file is compiled with the line after "Build:" in its head. Exits as the proof does: 0 the
# defect shows, 1 it does not, 77 it cannot run. 2: usage.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 2

# told PROOF: the first sentence of its head, on one line: "K1, shmsink, contract stop-quiet: ..."
told ()
{
  sed -nE '/^(# |\/\* )/,$ { s/^(# |\/\* | \* )//; /^(How:|Build:|#| *\*\/|shellcheck)/q; p; }' "$1" |
    tr '\n' ' ' | sed -E 's/\.( .*)?$/./; s/\. [A-Z(].*/./; s/ How: .*//; s/ *$//'
}

if [ $# = 0 ]; then
  for proof in "$here"/*.sh "$here"/*.c; do
    name=${proof##*/}
    [ "$name" = run.sh ] || [ ! -f "$proof" ] || printf '%-24s %s\n' "${name%.*}" "$(told "$proof")"
  done | sort
  exit 0
fi

name=${1%.sh}
name=${name%.c}
shift
if [ "$name" = run ] || { [ ! -f "$here/$name.sh" ] && [ ! -f "$here/$name.c" ]; }; then
  echo "shmstress: proof: no such proof: $name (see shmstress proof)" >&2
  exit 2
fi

dir=$(mktemp -d) || exit 77
child=
# shellcheck disable=SC2317 # the trap calls it
end ()
{
  [ -z "$child" ] || { kill "$child" && wait "$child"; } 2>/dev/null
  rm -rf "$dir"
}
trap end EXIT
trap 'exit 77' HUP INT TERM
# What a proof makes for itself goes with all this.
TMPDIR=$dir
export TMPDIR

# bounded COMMAND...: for 30 s at most; a signal that comes meanwhile ends it
bounded ()
{
  timeout -k 2 30 "$@" &
  child=$!
  wait "$child"
  status=$?
  child=
}

if [ -f "$here/$name.sh" ]; then
  bounded sh "$here/$name.sh" "$@"
else
  build=$(sed -n 's/^.*Build: //p' "$here/$name.c" | head -n 1)
  cp "$here/$name.c" "$dir" && cd "$dir" || exit 77
  if ! command -v cc >/dev/null; then
    echo "not run: a C compiler is needed: $build"
    exit 77
  fi
  bounded sh -c "$build" >log 2>&1
  if [ "$status" != 0 ]; then
    # The first line that says what is wrong; a proof that cannot be run says so in one.
    echo "not run: cannot compile: $build: $(grep -iE 'error|not found|no such' log | head -n 1)"
    exit 77
  fi
  bounded "./$name" "$@"
fi
[ "$status" = 124 ] || [ "$status" = 137 ] || exit "$status"
echo "not run: not done within 30 s"
exit 77
