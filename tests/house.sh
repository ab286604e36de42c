#!/bin/sh
# The house keeps itself: HACKING's map is the table of includes, what it names is there; a
# violation planted in any room is told; nothing that was added is forgotten in the place that makes it count.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin
# top is where the sources are (tests/lib.sh)
: "${top:?}"

map ()
{
  sed -n '/^BEGIN MAP$/,/^END MAP$/p' "$top/HACKING" | sed '1d;$d' >said
  sh "$top/scripts/check-includes" --map | diff said -
}

# Paths in HACKING, but for those of the reader's own.
paths ()
{
  grep -oE '(src|tests|scripts|scenarios|man)/[A-Za-z0-9_./-]*[A-Za-z0-9]' "$top/HACKING" |
    grep -vE '(my-|NAME)|LETTER' | sort -u | while read -r path; do
      [ -e "$top/$path" ] || echo "HACKING: not there: $path"
    done
}

# rooms: every folder with C in it, below src
rooms () { (cd "$top/src" && find . -name '*.[ch]' | sed 's|^\./||; s|/[^/]*$||' | sort -u); }

# Whatever a room is, it must not include a program, and a program must not include another.
planted ()
{
  mkdir -p copy/scripts && cp -R "$top/src" copy && cp "$top/scripts/check-includes" copy/scripts
  chmod -R u+w copy
  rooms | while read -r room; do
    other=shmstress
    [ "$room" != shmstress ] || other=poolwatch
    file=$(find "copy/src/$room" -maxdepth 1 -name '*.[ch]' | head -n 1)
    echo "#include \"$other/commands.h\"" >>"$file"
  done
  echo '#include <gst/gst.h>' >copy/src/loose.h
  srcdir=copy sh copy/scripts/check-includes >told && echo "the violations are taken"
  rooms | while read -r room; do
    grep -qE "^not ok [0-9]+ - $room\$" told || echo "not told: $room"
  done
  grep -qE '^not ok [0-9]+ - loose files$' told || echo "not told: a loose file"
}

# A circle can only be made by an arrow that runs up, which is told of the table.
circle ()
{
  sed 's/^base:$/base:            check/' "$top/scripts/check-includes" >copy/scripts/check-includes
  srcdir=copy sh copy/scripts/check-includes | grep -q '^not ok [0-9]* - the table$' ||
    echo "not told: base includes check"
}

# --- what is forgotten ---

# Every file of C is in a local.mk, of its room or of tests.
in_local_mk ()
{
  cat "$top"/src/*/local.mk "$top"/src/*/*/local.mk "$top/tests/local.mk" >all.mk
  (cd "$top" && find src tests -name '*.c' ! -path 'tests/proofs/*') | while read -r file; do
    grep -qE "(^|[[:space:]])${file%.c}(\.c)?([[:space:]]|\$)" all.mk ||
      echo "$file: in no local.mk: nothing ever compiles it"
  done
}

scenarios ()
{
  for file in "$top"/scenarios/*; do
    name=scenarios/${file##*/}
    [ "$name" = scenarios/local.mk ] || grep -q "$name" "$top/scenarios/local.mk" ||
      echo "$name: not in scenarios/local.mk: it is not installed"
  done
}

checks ()
{
  sed -n '/^CHECKS/,/^$/p' "$top/src/check/local.mk" | sed -nE 's|.*/([a-z0-9-]+)( .*)?$|\1|p'
}

# A contract counts once a scenario or a command is judged by it.
reached ()
{
  checks | while read -r name; do
    grep -q "[: ]$name\( \|\$\)" "$top/tests/cli/judged-runs.txt" ||
      grep -q "\"$name\"" "$top"/src/shmcheck-align/*.c "$top"/src/shmstress/*.c \
        "$top/src/verdict/judge.c" ||
      echo "$name: no scenario and no command is judged by it: it never runs"
  done
}

golden ()
{
  checks >known
  for file in "$top"/tests/golden/*; do
    name=${file##*/}
    grep -qx -- "${name%%.*}" known || echo "tests/golden/$name: there is no such check"
  done
  while read -r name; do
    for end in pass fail; do
      [ -e "$top/tests/golden/$name.$end.trace" ] || echo "$name: no tests/golden/$name.$end.trace"
    done
  done <known
}

# registered DIR VARIABLE: what the registry VARIABLE of DIR names
registered ()
{
  sed -n "/^$2 =/,/^\$/p" "$top/$1/local.mk" | sed -nE "s|.*$1/([a-z0-9-]+)( .*)?\$|\1|p"
}

# described DIR VARIABLE PAGE: each stands in that page
described ()
{
  registered "$1" "$2" >listed
  [ -s listed ] || echo "$1/local.mk: nothing in $2"
  while read -r name; do
    grep -qE "(^|[ =:])$name( |\$|,|:)" "$top/man/$3" || echo "$name: not in man/$3"
  done <listed
}

models ()
{
  registered src/models MODELS | while read -r name; do
    grep -q "^$name: " "$top/tests/cli/explore-runs.txt" ||
      echo "$name: tests/cli/explore-runs.txt does not say what a search of it comes to"
  done
}

check "HACKING: the map is the table" map
check "HACKING: what it names is there" paths
check "a violation in every room is told" planted
check "an arrow that runs up is told" circle
check "every file is compiled" in_local_mk
check "every scenario is installed" scenarios
check "every check is reached" reached
check "every check has golden traces" golden
check "every source is in the manual" described src/watch/source SOURCES poolwatch.conf.5
check "every view is in the manual" described src/watch/view VIEWS poolwatch.1
check "every report format is in the manual" described src/report REPORTERS shmstress.1
check "every model is pinned" models
finish
