#!/bin/sh
# shmcheck-align prove allocators: every check finds its defect, in every row of the table. The longest
# of all; on its own, so that a slow machine has the time.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
LIMIT=400
begin

defects ()
{
  try 0 shmcheck-align prove allocators
  silent
  for id in M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 M11 M12; do
    grep -qE "^$id .* pass" out || echo "no defect for $id"
  done
  grep -qE '^clean +(\. +)+nothing' out || echo "the clean one: $(grep '^clean' out)"
}

check 'every defect is caught' defects
finish
