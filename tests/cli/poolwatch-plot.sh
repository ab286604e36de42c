#!/bin/sh
# poolwatch plot as people call it: pictures of a history that was imported.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

if ! command -v poolwatch >/dev/null; then
  skip 'all' 'no poolwatch in PATH'
  finish
fi

# An hour of a table that restarted in its middle, with names that gnuplot could take for commands.
now=$(date +%s)
# shellcheck disable=SC2016 # the backquotes are what is tested
history ()
{
  i=0
  while [ $i -lt 60 ]; do
    pins=$((i % 30 / 3 + 1))
    printf '{"time_us":%d000000,"boot_id":"b","boot_us":%d000000,"pools":[' \
      $((now - 3600 + i * 60)) $((1000000 + i * 60))
    printf '{"source":"s","pool":"it'\''s `touch ran` $(touch ran) \\"@x","pins":%d,"limit":16,' $pins
    printf '"memory_bytes":%d,"uptime_seconds":%d},' $((pins * 16777216)) $((i % 30 * 60))
    printf '{"source":"s","pool":"shared","shards":[{"references":%d,"size":16777208,"used":%d},' \
      $((i * 7 % 100)) $((i * 99999))
    printf '{"references":0,"size":16777208,"used":16777300}]}]}\n'
    i=$((i + 1))
  done
}
history >history.jsonl
state=$temp/state
check 'a history to draw' try 0 poolwatch import --state="$state" history.jsonl
plot="poolwatch plot --config=none --state=$state"

refused ()
{
  expected=$1
  text=$2
  shift 2
  # shellcheck disable=SC2086 # a list of words
  try "$expected" $plot "$@"
  one_line "$text"
}
check 'refused: no place' refused 3 'plot: where to?'
check 'refused: two places' refused 3 'plot: --terminal goes' --terminal --output=x.png
check 'refused: another format' refused 3 'neither .png nor .svg: x.gif' --output=x.gif
check 'refused: no duration' refused 3 'plot: --since: not a duration: x' --output=x.png --since=x

if ! command -v gnuplot >/dev/null; then
  check 'without gnuplot' refused 3 'Debian: gnuplot-nox' --output=x.png
  skip 'pictures' 'no gnuplot here'
  finish
fi
check 'refused: no such pool' refused 99 'nothing to draw: no history of none' --output=x.png none
check 'refused: no directory' refused 99 'nowhere/x.png' --output=nowhere/x.png

# drawn FILE BEGIN ARGUMENT...
drawn ()
{
  file=$1
  begin=$2
  shift 2
  # shellcheck disable=SC2086 # a list of words
  try 0 $plot --output="$file" "$@"
  silent
  same 'begin of the picture' "$(head -c ${#begin} "$file" | tr '\211' P)" "$begin"
  [ ! -e ran ] || echo 'a name of a pool was run'
}
check 'PNG' drawn x.png PPNG
check 'SVG' drawn x.svg '<?xml'
check 'a name that is a command' drawn "|touch ran;.svg" '<?xml'

svg ()
{
  for text in 'Pins' 's/shared: references of each shard' 'limit' "it's" 'shard 1'; do
    has "$text" x.svg
  done
  command -v xmllint >/dev/null || return 0
  xmllint --noout x.svg
}
check 'SVG tells all' svg

letters ()
{
  # shellcheck disable=SC2086 # a list of words
  COLUMNS=80 try 0 $plot --terminal
  silent
  has 'Pins'
  has 's/shared: used of each shard'
  [ -z "$(tr -d '\f' <out | awk 'length > 80')" ] || echo 'more than 80 columns'
}
check 'letters' letters

finish
