#!/bin/sh
# shmcheck-align pools as its users meet it: real pools, and each planted defect.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
LIMIT=60
begin

# A defect is mostly a wait that does not end: those are best spent together.
JOBS=8

# --- the command line ---

# refused TEXT ARGUMENT...: a usage error that says TEXT
refused ()
{
  text=$1
  shift
  try 2 shmcheck-align "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

refuse () { check "refused: $1" refused "$@"; }

usage_errors ()
{
  refuse 'pools: Unknown option --frobnicate' pools --frobnicate
  refuse 'pools: no such target: nonsense' pools nonsense
  refuse 'pools: no such target: element:nonsense' pools element:nonsense
}

lists ()
{
  try 0 shmcheck-align list --twins
  has pools/base
  has pools/video
  has pools/element:
  has pools/twin:missing-wakeup
  try 0 shmcheck-align list --contracts
  for id in P1 P2 P3 P4 P5 P6 P7 P8 P12 P13; do
    grep -q "^$id " out || echo "no $id"
  done
}

# --- real pools ---

# What is known of them and nothing else.
default_run ()
{
  try 0 shmcheck-align pools --known=allow --format=json --output=report.json
  silent
  has '"FAIL" : 0' report.json
  has '"BROKEN" : 0' report.json
  has '"name" : "pools/base"' report.json
  has '"name" : "pools/video"' report.json
}

# is_before VERSION VERSION
is_before ()
{
  [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# has_k8: as far as the release of GStreamer goes
has_k8 ()
{
  release=$(sed -n 's/^target: GStreamer \([0-9.]*\).*/\1/p' out)
  is_before "$release" 1.28.4 ||
    { ! is_before "$release" 1.29.0 && is_before "$release" 1.29.2; }
}

# names_k8 POOL TYPE
names_k8 ()
{
  timeout "$LIMIT" shmcheck-align pools "$1" >out 2>err
  same status $? "$(has_k8 && echo 1 || echo 0)"
  if has_k8; then
    has K8
    has prealloc
    has "$2"
    has 'fixed in 1.28.4'
  fi
  try 0 shmcheck-align pools "$1" --known=allow
  grep -q XPASS out && ! has '0 XPASS'
  try 0 shmcheck-align pools "$1" --contract=flushing --contract=release
}

# Calls and what they should have given.
table ()
{
  try 0 shmcheck-align pools base --known=allow --verbose
  has EXPECTED
  grep -qE '^exhausted +acquire, not to wait +active, 2 of 2 out +eos +eos' out ||
    echo "no row of an acquire at the maximum"
  grep -qE '^flushing +acquire by waiter 3 +inactive, 1 of 1 out +flushing +flush' out ||
    echo "no row of a wait that a deactivation ends"
}

# A pool that an element proposes is blamed by its class.
of_element ()
{
  try 0 shmcheck-align pools element:jpegenc --known=allow
  has GstVideoBufferPool
}

no_pool ()
{
  try 77 shmcheck-align pools element:fakevideosink
  has 'proposes no pool'
}

# Recorded and judged later it comes to the same.
replay ()
{
  try 0 shmcheck-align pools twin:lost-buffer --record=lost
  try 1 shmcheck-align pools --replay=lost
  has 'FAIL release'
}

# --- planted defects ---

run_twins ()
{
  shmcheck-align list --twins | sed -nE 's/^pools\/twin:([^ ]+) +breaks ([^ ]+).*/\1 \2/p' >twins
  [ "$(wc -l <twins)" -ge 25 ] || echo "only $(wc -l <twins) twins"
  try 1 shmcheck-align pools 'twin:*' --jobs="$JOBS" --format=junit
  mv out junit
}

# caught TWIN CONTRACT: among those that are said to break it
caught ()
{
  awk -v "case=classname=\"pools/twin:$1\" name=\"$2\"" '
    /<testcase / { found = index ($0, case) > 0 }
    /<failure / && found { broken = 1 }
    END { exit !broken }' junit || echo "$2 is not found broken"
}

every_twin ()
{
  while read -r twin contract; do
    check "defect $twin breaks $contract" caught "$twin" "$contract"
  done <twins
}

clean_twin ()
{
  try 0 shmcheck-align pools twin:clean
  silent
  has '10 pass, 0 FAIL'
}

usage_errors
check lists lists
check 'default run' default_run
check 'K8 in the base pool' names_k8 base GstBufferPool
check 'K8 in the video pool' names_k8 video GstVideoBufferPool
check 'table of calls' table
if gst-inspect-1.0 --exists jpegenc 2>/dev/null; then
  check 'pool of an element' of_element
else
  skip 'pool of an element' 'no jpegenc'
fi
if gst-inspect-1.0 --exists fakevideosink 2>/dev/null; then
  check 'element without a pool' no_pool
else
  skip 'element without a pool' 'no fakevideosink'
fi
check replay replay
check 'twins run' run_twins
every_twin
check 'no defect, nothing found' clean_twin
finish
