#!/bin/sh
# Runs one proof, NAME.sh or NAME.c, or lists them: run.sh [NAME [ARG...]].
# A C file is compiled with the line after "Build:" in its head. Exits as the proof does: 0 the
# defect shows, 1 it does not, 77 it cannot run. 2: usage.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 2

if [ $# = 0 ]; then
  for proof in "$here"/*.sh "$here"/*.c; do
    name=${proof##*/}
    [ "$name" = run.sh ] || [ ! -f "$proof" ] || echo "${name%.*}"
  done | sort
  exit 0
fi

name=${1%.sh}
name=${name%.c}
shift
if [ -f "$here/$name.sh" ] && [ "$name" != run ]; then
  timeout -k 2 30 sh "$here/$name.sh" "$@"
elif [ -f "$here/$name.c" ]; then
  dir=$(mktemp -d) || exit 77
  trap 'rm -rf "$dir"' EXIT
  trap 'exit 77' HUP INT TERM
  build=$(sed -n 's/^.*Build: //p' "$here/$name.c" | head -n 1)
  if ! (cp "$here/$name.c" "$dir" && cd "$dir" && eval "$build") >"$dir/log" 2>&1; then
    head -n 5 "$dir/log" >&2
    echo "not run: cannot compile: $build"
    exit 77
  fi
  timeout -k 2 30 "$dir/$name" "$@"
else
  echo "run.sh: no such proof: $name" >&2
  exit 2
fi
status=$?
[ "$status" = 124 ] || [ "$status" = 137 ] || exit "$status"
echo "not run: not done within 30 s"
exit 77
