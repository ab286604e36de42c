#!/bin/sh
# shmstress explore and replay as their users meet them.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

target=${builddir:?}/tests/cli/explore-target.so

# refused TEXT ARGUMENT...: a usage error that says TEXT
refused ()
{
  text=$1
  shift
  try 2 shmstress "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

refuse () { check "refused: $1" refused "$@"; }

usage_errors ()
{
  refuse 'explore: Unknown option --frobnicate' explore --frobnicate
  refuse 'explore: no such model: nonsense' explore nonsense
  refuse '--budget: ' explore --budget=x
  refuse '--schedules: not a number: x' explore --schedules=x
  refuse '--schedules: out of range' explore --schedules=0
  refuse '--threads: out of range' explore --threads=99
  refuse '--threads: not for stop-flag: 5' explore --threads=5 stop-flag
  refuse '--threads: not for pool-as-shipped: 7' explore --threads=7 pool-as-shipped
  refuse 'explore: no such model: pool-' explore pool-
  refuse '--preemptions: out of range' explore --preemptions=-1
  refuse '--seed: not a number: x' explore --seed=x
  refuse '--strategy: not one of rotate, random, pct, bounded: x' explore --strategy=x
  refuse '--memory: not one of sc, tso: x' explore --memory=x
  refuse '--format: not one of text, json: x' explore --format=x
  refuse '/nonsense.so: not a target: ' explore --target=/nonsense.so
  refuse 'replay: one token is needed' replay
  refuse 'replay: not a token: nonsense' replay nonsense
}

# What holds says how much was looked at.
holds ()
{
  try 0 shmstress explore stop-flag ack-found stop-order
  silent
  has 'stop-flag, 3 threads: no violation'
  has 'schedules/s'
  has 'complete: these are all schedules there are'
}

bounded ()
{
  try 0 shmstress explore --strategy=bounded --preemptions=1 --seed=5 ack-found
  has 'complete for up to 1 preemptions, 9 schedules, 1 skipped as equivalent; seed 5'
  try 0 shmstress explore --strategy=bounded --preemptions=1 --no-reduction --seed=5 ack-found
  has 'complete for up to 1 preemptions, 10 schedules, 0 skipped as equivalent; seed 5'
}

# Every model is searched as far as ever, and no further.
pinned ()
{
  shmstress explore --list | while read -r model rest; do
    timeout 170 shmstress explore --strategy=bounded --preemptions=1 --budget=150s --seed=1 \
      "$model" >out 2>err
    sed -nE "s/^[^ ]*, ([0-9]+ threads): VIOLATION of ([^ ]+) in schedule ([0-9]+),.*/\
$model: \\1, breaks \\2 in schedule \\3/p
s/.*: complete for up to 1 preemptions, ([0-9]+ schedules), ([0-9]+) skipped.*/\
$model: complete after \\1, \\2 skipped/p" out
  done | sed '/^$/d' >runs
  grep -v '^#' "$top/tests/cli/explore-runs.txt" | diff - runs
}

budget ()
{
  try 0 shmstress explore --strategy=random --schedules=100 ack-found
  has '100 schedules,'
  try 0 shmstress explore --strategy=pct --budget=200ms ack-found
  has 'random 0,'
}

# breaks MODEL PROPERTY
breaks ()
{
  try 1 shmstress explore "$1"
  silent
  has "$1, 3 threads: VIOLATION of $2 in schedule"
  has "broken: $2: "
  [ "$(grep -cE '^ +[0-9]+ ' out)" -le 26 ] || echo "more than 25 steps"
}

# The table of a counter-example, without what was counted.
table () { sed -n '/^ step/,/^broken/p' out; }

replays ()
{
  try 1 shmstress explore "$@"
  found=$(table)
  token=$(sed -n 's/^replay: shmstress replay //p' out)
  [ ${#token} -le 200 ] || [ $# -gt 1 ] || echo "a long token: $token"
  # shellcheck disable=SC2086 # --target and the token
  try 1 shmstress replay $token
  silent
  same table "$(table)" "$found"
}

other_build ()
{
  try 1 shmstress explore "--target=$target"
  token=$(sed -n 's/^replay: shmstress replay --target=[^ ]* //p' out)
  refused 'replay: token of another build' replay "$token"
}

bad_tokens ()
{
  try 1 shmstress explore ack-head
  token=$(sed -n 's/^replay: shmstress replay //p' out)
  refused 'replay: not a token: ' replay "${token%?}"
  refused 'replay: not a token: ' replay "A$token"
  refused 'replay: not a token: ' replay "B${token#?}"
}

# The page shows the code that is tested, but for the name under which the header is installed.
page ()
{
  sed -n '/^.\\" tests\/cli\/explore.sh/,/^\.Ed/ { /^\./d; s/\\e/\\/g; p; }' \
    "$top/man/shm-explore.7" >page.c
  sed '1,/^ *. .*\*\/$/d; s|"explore/explore.h"|<shmdiag/explore.h>|' \
    "$top/tests/cli/explore-target.c" >target.c
  diff target.c page.c
}

example ()
{
  [ "$(wc -l <"$top/tests/cli/explore-target.c")" -le 60 ] || echo "the example is long"
  try 1 shmstress explore "--target=$target" account
  has 'broken: overdrawn: 140 paid, 100 there were'
  has 'explore-target.c:'
  try 1 shmstress explore "--target=$target" --threads=4
  has 'account, 4 threads: VIOLATION'
}

# A store that is seen late breaks what holds when all see it at once.
memory ()
{
  try 0 shmstress explore store-buffer store-buffer-seq-cst
  try 1 shmstress explore --memory=tso --svg=late.svg store-buffer store-buffer-seq-cst
  silent
  has 'store-buffer, 2 threads, tso: VIOLATION of one-inside in schedule'
  has 'store state->wants[index]: 1, buffered'
  has 'flush state->wants[index]: 0 -> 1'
  has 'store-buffer-seq-cst, 2 threads, tso: no violation'
  has 'flush state-&gt;wants[index]: 0 -&gt; 1' late.svg
  has 'class="flush"' late.svg
}

json ()
{
  try 1 shmstress explore --format=json ack-head ack-found
  silent
  has '"property" : "ack-area"'
  has '"violation" : false'
  if command -v python3 >/dev/null; then
    python3 -m json.tool <out >/dev/null 2>err || cat err
  fi
}

chart ()
{
  try 1 shmstress explore --svg=chart.svg ack-head
  has '<svg xmlns=' chart.svg
  has 'broken: ack-area' chart.svg
  if command -v xmllint >/dev/null; then
    xmllint --noout chart.svg 2>&1
  fi
  try 2 shmstress explore --svg=none/chart.svg ack-head
  has '--svg: ' err
}

# A family is run to its end, and each of its defects is found in a few steps.
family ()
{
  try 1 shmstress explore --svg=first.svg pool-as-shipped
  silent
  same summary "$(sed -n '/^model /,$ { s/ .*//; p; }' out)" 'model
pool-as-shipped-lost
pool-as-shipped-overlap
pool-as-shipped-herd
pool-as-shipped-stats
pool-as-shipped-reserve'
  same properties "$(sed -n '/^model /,$ p' out | tail -n +2 | awk '{ print $2 }')" 'no-lost-shard
no-overlap
one-winner
rows-in-bounds
lock-left'
  sed -n '/^model /,$ p' out | awk '
    $1 == "pool-as-shipped-lost" && $3 > 100 { print "found late: " $0 }
    NR > 1 && $5 > 25 { print "many steps: " $0 }'
  has 'broken: no-lost-shard' first.svg
  try 1 shmstress explore --threads=5 pool-as-shipped
  has 'pool-as-shipped-lost, 5 threads: VIOLATION of no-lost-shard'
}

# writer_twin NAME PROPERTY
writer_twin ()
{
  try 1 shmstress explore "writer-$1"
  silent
  has "writer-$1, 4 threads: VIOLATION of $2 in schedule"
  # With a sanitizer the search for the smallest is cut off by its time.
  grep -q _asan_ "$(command -v shmstress)" ||
    [ "$(grep -cE '^ +[0-9]+  ' out)" -le 25 ] || echo "more than 25 steps"
}

writer ()
{
  try 0 shmstress explore --strategy=bounded --preemptions=0 writer
  has 'complete for up to 0 preemptions'
  try 0 shmstress explore --schedules=20000 writer
}

listing ()
{
  try 0 shmstress explore --list
  for model in stop-flag ack-head ack-found stop-order; do
    grep -q "^$model " out || echo "no $model"
  done
}

usage_errors
check 'what holds' holds
check 'up to a bound' bounded
check 'every model as far as ever' pinned
check 'as much as was asked for' budget
check stop-flag breaks stop-flag-as-shipped stop-quiet
check 'stop-flag, woken first' breaks stop-flag-wake-first stop-quiet
check ack-head breaks ack-head ack-area
check ack-late breaks ack-late ack-area
check stop-order breaks stop-order-producer-first deadlock
check 'replay' replays stop-flag-as-shipped
check 'replay with buffers' replays --memory=tso store-buffer
check 'memory' memory
check 'replay of a target' replays "--target=$target"
check 'token of another build' other_build
check 'bad tokens' bad_tokens
check 'the code of shm-explore(7)' page
check 'the example of shm-explore(7)' example
check json json
check svg chart
check 'a family of models' family
check writer writer
check 'writer: newest area' writer_twin ack-newest ack-exact
check 'writer: first ACK' writer_twin ack-frees held-bytes
check 'writer: freed twice' writer_twin ack-twice freed-once
check 'writer: detached' writer_twin detach-keeps nothing-left
check 'writer: unmapped' writer_twin resize-unmaps area-mapped
check 'writer: closed area' writer_twin send-stays area-open
check list listing
finish
