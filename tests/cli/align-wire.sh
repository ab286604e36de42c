#!/bin/sh
# shmcheck-align wire as its users meet it.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

refused ()
{
  text=$1
  shift
  try 2 shmcheck-align wire "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

tables ()
{
  try 0 shmcheck-align wire
  silent
  same fields "$(grep -cE '^(every|new-area|new-buffer|ack-buffer) ' out)" 8
  # What the protocol says of 64-bit and 32-bit words.
  tr -s ' ' <out >squeezed
  has 'new-area path-size 16 4 12 4 ' squeezed
  has 'new-buffer size 16 8 12 4 ' squeezed
  has 'every whole command 0 24 0 16 ' squeezed
  has 'x86-64 8 24 little x86' squeezed
  has 'i386 4 16 little x86' squeezed
  has 's390x 8 24 big s390' squeezed
  has 'aarch64 and armhf: commands of 24 and 16 bytes' squeezed
  grep -qE '^this program \(.*\) keeps to the table: (16|24)-byte commands' out || tail -n 1 out
  awk 'length > 80 { print "wide: " $0 }' out
}

help_of ()
{
  try 0 shmcheck-align wire --help
  silent
  has --peer
}

# here: what this program is built for
here ()
{
  shmcheck-align wire | sed -n 's/^this program (\(.*\)) keeps.*/\1/p'
}

# It can talk with itself, and one of two whose words differ is a stranger.
peers ()
{
  self=$(here)
  case $self in
    *' '*) ;;
    *)
      try 0 shmcheck-align wire --peer="$self"
      silent
      has "can talk with $self"
      ;;
  esac
  strangers=0
  for peer in i386 x86-64; do
    shmcheck-align wire --peer="$peer" >out 2>err
    case $? in
      0) has "can talk with $peer" ;;
      1)
        has "cannot talk with $peer: "
        strangers=$((strangers + 1))
        ;;
      *) cat err ;;
    esac
  done
  case $self in
    x86-64 | i386 | aarch64 | armhf) same strangers "$strangers" 1 ;;
  esac
}

formats ()
{
  try 0 shmcheck-align wire --format=tap
  silent
  same points "$(grep -cE '^ok [0-9]+ - ' out)" "$(sed -n 's/^1\.\.//p' out)"
  has '- wire/x86-64/i386 wire # SKIP cannot talk: commands of 24 and 16 bytes'
  try 0 shmcheck-align wire --format=junit
  has 'classname="wire/aarch64/armhf"'
  if command -v xmllint >/dev/null; then
    xmllint --noout out 2>&1
  fi
  try 0 shmcheck-align wire --format=json
  has '"offset32" : 12'
  if command -v jq >/dev/null; then
    same 'verdicts' "$(jq -r '[.cases[] | select (.name == "wire/x86-64/aarch64" or
      .name == "wire/x86-64/x32") | .verdict] | sort | join (" ")' out)" 'pass skip'
    same 'this program' "$(jq -r '.cases[0].verdict' out)" pass
  fi
  stranger=x86-64
  shmcheck-align wire --peer="$stranger" >/dev/null && stranger=i386
  try 1 shmcheck-align wire --peer="$stranger" --format=tap
  grep -qE '^not ok 2 - wire/[^ ]*/'"$stranger" out || cat out
}

# full COMMAND...: what cannot be written is trouble of our own
full ()
{
  "$@" >/dev/full 2>err
  same status $? 99
  one_line 'standard output: cannot be written'
}

check 'unknown ABI' refused \
  'wire: --peer: not one of x86-64, x32, i386, aarch64, armhf, ' --peer=nonsense
check 'unknown format' refused 'wire: --format: unknown' --format=nonsense
check 'no arguments' refused 'wire: unexpected argument: i386' i386
check 'unknown option' refused 'wire: Unknown option --frobnicate' --frobnicate
check 'help' help_of
check 'tables' tables
check 'peers' peers
check 'formats' formats
if [ -c /dev/full ]; then
  check 'full output' full shmcheck-align wire
  check 'full output, json' full shmcheck-align wire --format=json
else
  skip 'full output' 'no /dev/full'
fi
finish
