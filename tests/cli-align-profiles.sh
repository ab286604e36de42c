#!/bin/sh
# shmcheck-align profiles as its users meet it.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

refused ()
{
  text=$1
  shift
  try 2 shmcheck-align profiles "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

listing ()
{
  try 0 shmcheck-align profiles
  silent
  same sources "$(grep -c '^  source  as reported in ' out)" "$(grep -c '^  rule ' out)"
  has 'size at least the picture + 64, rounded up to 4096'
  has 'stride a multiple of 256'
}

verdicts ()
{
  try 1 shmcheck-align profiles --size=7372800 --stride=5120 --height=1440
  silent
  tr -s ' ' <out >squeezed
  has 'v3dv REFUSED 7372800 bytes are offered, 7376896 needed' squeezed
  has 'wl-shm accepted' squeezed
  awk 'length > 80 { print "wide: " $0 }' out
  try 0 shmcheck-align profiles --size=7376896 --stride=5120 --height=1440 --profile='v3d*'
  has '0 of 1 profiles would refuse it'
  try 1 shmcheck-align profiles --size=2M --plane=0:1366:768 --plane=1049088:1366:384
  has 'stride 1366 is no multiple of 256'
}

formats ()
{
  try 1 shmcheck-align profiles --size=4096 --format=tap
  silent
  same points "$(grep -cE '^(not )?ok [0-9]+ - ' out)" "$(sed -n 's/^1\.\.//p' out)"
  grep -qE '^not ok [0-9]+ - profiles/v3dv' out || cat out
  try 0 shmcheck-align profiles --format=json
  has '"profiles/v3dv"'
  try 1 shmcheck-align profiles --size=4096 --format=json
  has '4096 bytes are offered, 8192 needed'
  try 1 shmcheck-align profiles --size=4096 --format=junit
  if command -v xmllint >/dev/null; then
    xmllint --noout out 2>&1
  fi
}

own_file ()
{
  echo 'profile, name=mine, driver=d, source=s, size-multiple=100' >mine
  try 0 shmcheck-align profiles --profiles-file=mine --size=300
  try 1 shmcheck-align profiles --profiles-file=mine --size=301
  has 'size 301 is no multiple of 100'
  echo 'profile, name=mine, driver=d' >mine
  refused 'mine:1: source: missing: profile' --profiles-file=mine
}

check 'no plane without a size' refused 'profiles: --size: missing' --stride=4 --height=4
check 'stride alone' refused 'profiles: --stride and --height' --size=4 --stride=4
check 'not a size' refused 'profiles: --size: ' --size=x
check 'not a plane' refused 'profiles: --plane: not OFFSET:STRIDE:HEIGHT: 1:2' --size=4 --plane=1:2
check 'too many planes' refused 'profiles: --plane: more than 4' --size=4 \
  --plane=0:1:1 --plane=0:1:1 --plane=0:1:1 --plane=0:1:1 --plane=0:1:1
check 'no such profile' refused 'profiles: --profile: matches nothing: x' --profile=x
check 'unknown format' refused 'profiles: --format: unknown' --format=nonsense
check 'no such file' refused './none' --profiles-file=./none
check 'no arguments' refused 'profiles: unexpected argument: x' x
check 'listing' listing
check 'verdicts' verdicts
check 'formats' formats
check 'own file' own_file
finish
