#!/bin/sh
# Runs that are killed while they write, and a power cut as far as one can be had: no sample that
# was told to be there is lost, and no later run fails.
#   KILLS=1000 CUTS=200 tests/cli/store-kill.sh   as many as that
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
writer=$(cd "${builddir:-.}" && pwd)/tests/cli/store-writer
KILLS=${KILLS:-60}
CUTS=${CUTS:-20}
begin

# random N: a number below N
random ()
{
  seed=$(od -An -N4 -tu4 /dev/urandom)
  awk -v n="$1" -v seed="$seed" 'BEGIN { srand(seed); print int(rand() * n) }'
}

# rest: for up to 60 ms
rest () { sleep "0.0$(printf %02d "$(random 60)")"; }

# next: the number to go on with, one after all that were said
next ()
{
  number_said=$(tail -n 1 said)
  echo $((${number_said:--1} + 1))
}

killed ()
{
  : >said
  kills=0
  while [ "$kills" -lt "$KILLS" ]; do
    kills=$((kills + 1))
    # A number that was written but not said is written again: it is kept, too.
    : >now
    "$writer" store write "$(next)" >now 2>&1 &
    held=$!
    rest
    kill -KILL "$held" || cat now
    { wait "$held"; } 2>/dev/null
    if grep -vn '^[0-9]*$' now; then
      echo "run $kills failed"
      return
    fi
    # A line that was cut was not said.
    sed -n '$!p' now >>said
    tail -c 1 now | od -An -c | grep -q '\\n' && tail -n 1 now >>said
  done
  try 0 "$writer" store check said
  grep -q '^0 missing' out || cat out
  [ "$(wc -l <said)" -ge "$KILLS" ] || echo "only $(wc -l <said) samples in $KILLS runs"
  echo "# $KILLS runs killed, $(wc -l <said) samples said: $(cat out)" >&3
  ls store/*.damaged* 2>/dev/null
}

# The files as they are at a moment, log after database as the disk would have them at best, each
# time while somebody writes. The database changes only when the log goes into it: then the copy may
# be neither old nor new, and is taken again.
cut ()
{
  rm -rf store copy
  mkdir -m 700 store
  "$writer" store write 0 >said 2>&1 &
  held=$!
  within 20 test -s said || echo "does not write"
  cuts=0
  lost=0
  while [ "$cuts" -lt "$CUTS" ]; do
    rest
    sed '$d' said >said.before
    rm -rf copy
    mkdir -m 700 copy
    before=$(stat -c %y store/poolwatch.db)
    cp store/poolwatch.db store/poolwatch.db-wal copy/
    chmod 600 copy/*
    [ "$before" = "$(stat -c %y store/poolwatch.db)" ] || continue
    printf 1 >copy/poolwatch.lock
    cuts=$((cuts + 1))
    "$writer" copy check said.before >out 2>&1 || { lost=$((lost + 1)); cat out; }
    "$writer" copy write 900000 3 >out 2>&1 || { lost=$((lost + 1)); cat out; }
  done
  drop_writer
  [ "$lost" = 0 ] || echo "$lost of $CUTS copies"
  echo "# $CUTS copies taken while writing, the last: $(tr '\n' ' ' <out)" >&3
}

drop_writer ()
{
  kill -KILL "$held"
  { wait "$held"; } 2>/dev/null
}

exec 3>&1
check "$KILLS runs killed while they write" killed
check "$CUTS copies taken while a run writes" cut
finish
