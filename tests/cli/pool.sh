#!/bin/sh
# shmstress pool as its users meet it.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

# refused TEXT ARGUMENT...: a usage error that says TEXT
refused ()
{
  text=$1
  shift
  try 2 shmstress pool "$@"
  one_line "$text"
}

all ()
{
  try 0 shmstress pool
  silent
  same lines "$(sed 's/:.*//' out)" 'pass pool-exhaustion
pass pool-fragmentation
pass pool-leak
pass pool-churn
pass pool-herd'
}

listed ()
{
  try 0 shmstress pool --list
  [ "$(wc -l <out)" = 5 ] || echo "not 5 scenarios: $(cat out)"
}

# Each line is an object that says what poolwatch reads, with as many shards as it says.
series ()
{
  try 0 shmstress pool --record-series=series "pool-$1"
  silent
  [ "$(wc -l <series)" -ge "$2" ] || echo "only $(wc -l <series) lines"
  while read -r line; do
    told=$(echo "$line" | sed -E 's/.*"shared":[{]"num_shards":([0-9]+),.*/\1/')
    there=$(echo "$line" | grep -o '"references":' | wc -l)
    [ "$told" = "$there" ] || echo "$told shards are told, $there are there: $line"
    shape "$line"
  done <series
  head -n 1 series >first
  well_formed json first
}

# shape LINE: but for its numbers it is this
shape ()
{
  shard='[{]"references":N,"size":N,"used":N[}]'
  none='[{]"num_shards":N,"shards":\[\][}]'
  echo "$1" | sed 's/[0-9][0-9]*/N/g' | grep -qxE "[{]\"currentstatistics\":[{]\"sessionsown\":N,\
\"sessionsforeign\":N,\"sessionstotal\":N[}],\"totalstatistics\":[{]\"uptime\":N[}],\
\"bufferpools\":[{]\"main\":${none},\"shared\":[{]\"num_shards\":N,\"shards\":\
\[(${shard}(,${shard})*)?\][}],\"static\":${none}[}][}]" || echo "another shape: $1"
}

# exhausted KIB SHARDS REFUSAL COMMAND...: of 64 KiB each, under a hard limit of so much
exhausted ()
{
  bytes=$(($1 * 1024))
  shards=$2
  refusal=$3
  shift 3
  try 0 ${1:+"$@"} prlimit "--memlock=$bytes:$bytes" "$(command -v shmstress)" pool pool-exhaustion
  silent
  has "by RLIMIT_MEMLOCK: $shards shards, then $refusal, "
  has "by the pool's limit: 4 shards, then E2BIG, "
}

# exhaustion WHO [COMMAND...]: under limits from nothing to enough
exhaustion ()
{
  who=$1
  shift
  check "$who: without any pin" exhausted 0 0 EPERM "$@"
  check "$who: less than a shard" exhausted 63 0 ENOMEM "$@"
  check "$who: two pins" exhausted 130 2 ENOMEM "$@"
  check "$who: more than is needed" exhausted 4096 4 ENOMEM "$@"
}

# Whether nobody can reach the program. setpriv itself still has its rights when it starts one.
nobody_can ()
{
  [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null \
    && $nobody env "$(command -v shmstress)" --version >/dev/null 2>&1
}

# A limit that the load does not keep within is a failure, and told.
too_small ()
{
  try 1 shmstress pool --limit=5 pool-leak pool-exhaustion
  has 'FAIL pool-leak: at most 5 shards'
  has 'S6 refused-pin: '
  has 'pass pool-exhaustion: '
}

check 'no such scenario' refused 'pool: no such scenario: x' x
check 'a limit of none' refused '--limit: out of range 1..65536: 0' --limit=0
check 'a series is of one scenario' refused '--record-series: one scenario, please' \
  --record-series=series pool-leak pool-herd
check 'all scenarios hold' all
check 'the scenarios are listed' listed
check 'a series of fragmentation' series fragmentation 60
check 'a series of exhaustion' series exhaustion 4
exhaustion 'as we are'
nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all'
if nobody_can; then
  # shellcheck disable=SC2086 # a command
  exhaustion unprivileged $nobody
else
  skip unprivileged 'this is not root, or nobody may not reach the program'
fi
check 'a limit that is too small' too_small
finish
