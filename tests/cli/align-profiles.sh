#!/bin/sh
# shmcheck-align profiles as its users meet it: rules, buffers that are described or made, a gate.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

picture='video/x-raw,format=BGRx,width=1600,height=1068'

# refused TEXT ARGUMENT...: a usage error that says TEXT
refused ()
{
  text=$1
  shift
  try 2 shmcheck-align profiles "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

refuse () { check "refused: $1" refused "$@"; }

usage_errors ()
{
  refuse 'profiles: no such target: nonsense' nonsense
  refuse 'profiles: --caps: not raw video: video/x-h264' --caps video/x-h264
  refuse 'profiles: --caps: not raw video: ...' --caps ...
  refuse 'profiles: --caps: not raw video: video/x-raw,width=-3' --caps video/x-raw,width=-3
  refuse 'profiles: --size: not a size: big' --caps "$picture" --size big
  refuse 'profiles: --page: not a power of two: 5000' --caps "$picture" --page 5000
  refuse 'profiles: --require: no such importer: nobody' --caps "$picture" --require nobody
  refuse 'nowhere: ' --profiles nowhere
  printf '# rules\nimporter, name=x, source=s, stride-align=wide\n' >bad
  refuse 'bad:2: stride-align: not a number: wide' --profiles bad
  printf 'importer, name=x\n' >bad
  refuse 'bad:1: source: missing' --profiles bad
}

# Each rule says what it asks for and where that is from.
rules ()
{
  try 0 shmcheck-align profiles
  silent
  has v3dv
  has '64 bytes more; that rounded up to 4096'
  same sources "$(grep -c '^    source: ' out)" "$(grep -c '^[^ ]' out)"
}

# predicts IMPORTER yes|no [TEXT]: so it stands in out
predicts ()
{
  grep -qE "^$1 +$2 .*${3:-}" out || echo "no \"$1 $2 ${3:-}\": $(grep "^$1 " out)"
}

described ()
{
  try 0 shmcheck-align profiles --caps "$picture" --size 6836224
  silent
  has 'BGRx 1600x1068, strides 6400, a memory of 6836224 bytes'
  predicts radeonsi no '6836224 bytes, 6860800 are needed'
  predicts v3dv yes
  predicts videobuf2-dma-contig no 'contiguous'
  try 0 shmcheck-align profiles --caps "$picture" --size 6860800 --contiguous
  predicts radeonsi yes
  predicts videobuf2-dma-contig yes
  try 0 shmcheck-align profiles --caps "$picture" --size 6836224 --page 16k
  predicts udmabuf no 'not a multiple of 16384'
  try 0 shmcheck-align profiles --caps 'video/x-raw,format=YUY2,width=640,height=480' --size 614400
  predicts iHD-packed no '614400 bytes, 618496 are needed'
}

# A memory that does not hold its frame is a broken layout.
too_small ()
{
  try 1 shmcheck-align profiles --caps "$picture" --size 6835199
  has 'FAIL layout (P10)'
  predicts pixman no '6835199 bytes, 6835200 are needed'
}

made ()
{
  try 0 shmcheck-align profiles shmsink fd-memfd system videoconvert
  silent
  has 'profiles/shmsink: NV12 1920x1080'
  has 'profiles/fd-memfd: NV12 1920x1080, strides 1920 1920, a file of 3112960 bytes'
  has 'profiles/videoconvert: NV12 1920x1080'
  try 77 shmcheck-align profiles fakesink
  has 'neither a pool nor an allocator'
}

gate ()
{
  try 0 shmcheck-align profiles --caps "$picture" --size 6836224 --require=v3dv,wl_shm
  try 1 shmcheck-align profiles --caps "$picture" --size 6836224 --require=v3dv,radeonsi
  one_line 'profiles: radeonsi: refused: the memory has 6836224 bytes, 6860800 are needed'
}

own_rules ()
{
  printf 'importer, name=mine, source="my board", stride-align=4k\n' >mine
  try 2 shmcheck-align profiles --profiles mine
  printf 'importer, name=mine, source="my board", stride-align=4096\n' >mine
  try 1 shmcheck-align profiles --profiles mine --require=mine --caps "$picture"
  predicts mine no 'stride 6400, not a multiple of 4096'
}

formats ()
{
  for format in tap junit json; do
    try 0 shmcheck-align profiles --caps "$picture" --format="$format"
    well_formed "$format"
  done
  has '"importer" : "v3dv"'
  has 'ivi-homescreen#219'
  try 0 shmcheck-align profiles --caps "$picture" --record=given.trace
  try 0 shmcheck-align profiles --replay=given.trace
  has 'profiles/given: BGRx 1600x1068'
}

usage_errors
check rules rules
check 'a buffer that is described' described
check 'a memory that is too small' too_small
check 'buffers that are made' made
check 'a gate' gate
check 'rules of one'"'"'s own' own_rules
check formats formats
finish
