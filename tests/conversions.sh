#!/bin/sh
# Where a number of a peer, a file or the kernel comes into, a cut or a changed sign is an error of
# the compiler: with the very command that makes the objects of that room.
# shellcheck disable=SC2016 # $ is for make
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin
: "${builddir:?}"
unset MAKEFLAGS MAKELEVEL

cut='guint f (guint64 n); guint f (guint64 n) { return n; }'
sign='gsize f (gint n); gsize f (gint n) { return n; }'
good='guint f (guint64 n); guint f (guint64 n) { return (guint) MIN (n, 7); }'

# command_of OBJECT: how this build compiles it
command_of ()
{
  printf 'include Makefile\n%s:\n\t@:$(info $(COMPILE))\n' "$1" >sample.mk
  ${MAKE:-make} -s --no-print-directory -C "$builddir" -f "$PWD/sample.mk" "$1" 2>&1 | tail -n 1
}

# compiles OBJECT CODE
compiles ()
{
  printf '#include <glib.h>\n%s\n' "$2" >sample.c
  command=$(command_of "$1")
  (cd "$builddir" && eval "$command -Werror -fsyntax-only '$temp/sample.c'") >out 2>&1
}

# refuses OBJECT CODE WARNING
refuses ()
{
  if compiles "$1" "$2"; then
    echo "compiled: $2"
  fi
  grep -q "$3" out || { echo "not refused for -W$3:" && head -n 5 out; }
}

# room_is_strict OBJECT
room_is_strict ()
{
  compiles "$1" "$good" || head -n 5 out
  refuses "$1" "$cut" 'conversion\|shorten'
  [ "$signs" = no ] || refuses "$1" "$sign" 'sign-conversion'
}

# The signs are looked at where enumerations may be numbers: not by clang.
signs=no
case $(grep '^CONVERSION_CFLAGS = ' "$builddir/Makefile") in
  *-Wno-sign-conversion*) ;;
  *-Wsign-conversion*) signs=yes ;;
  *)
    skip 'conversions' 'this compiler does not look at them'
    finish
    ;;
esac
# Every room but those where no such number comes.
for dir in "$srcdir"/src/*/ "$srcdir"/src/watch/*/; do
  room=${dir#"$srcdir/src/"}
  room=${room%/}
  case $room in
    explore | models | pool | watch) ;;
    *) check "src/$room" room_is_strict "src/$room/strict.o" ;;
  esac
done
finish
