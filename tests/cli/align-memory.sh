#!/bin/sh
# shmcheck-align allocators as its users meet it: words, tables, formats, plug-ins, exit statuses.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
LIMIT=150
begin
plugins=${builddir:-.}/tests/cli
case $plugins in
  /*) ;;
  *) plugins=$OLDPWD/$plugins ;;
esac

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
  refuse 'unknown command: frobnicate' frobnicate
  refuse 'allocators: Unknown option --frobnicate' --frobnicate
  refuse 'allocators: no such target: nonsense (see shmcheck-align list)' allocators nonsense
  refuse 'allocators: no target is selected' allocators --exclude='*'
  refuse '--rows: not SIZE[:ALIGN' --rows=x
  refuse '--rows: not SIZE[:ALIGN' --rows=100:62
  refuse '--assume-page: not a size: x' --assume-page=x
  refuse '--assume-page: not a power of two from 4k to 1G: 5000' --assume-page=5000
  refuse '--random: not a number: x' --random=x
  refuse '--random: out of range 1..100000000: 0' --random=0
  refuse 'it does not go with --contract' --replay=x --contract=map
  refuse '--random: does not go with --vs' --random=5 --vs=.
  refuse '--vs: no such file or directory: nowhere' --vs=nowhere
  refuse '--style: not one of table, seed: x' --style=x
  refuse '--fail-on: not one of' --fail-on=waste,x
  refuse '--plugin: no such file: nowhere.so' --plugin=nowhere.so
  refuse '--contract: unknown (see shmcheck-align list --contracts): x' --contract=x
  refuse '--format: unknown (see shmcheck-align list --formats): x' --format=x
  refuse 'explain: no such contract: nonsense' explain nonsense
  refuse 'list: unexpected argument: x' list x
  refuse 'prove: no such command with twins: x' prove x
}

# Lists name what can be asked for.
lists ()
{
  try 0 shmcheck-align list
  silent
  has 'allocators/system'
  has 'allocators/ref-memfd'
  ! grep -q twin: out || echo "twins are listed without being asked for"
  try 0 shmcheck-align list --twins
  has 'allocators/twin:unrounded-maxsize'
  try 0 shmcheck-align list --contracts
  for id in M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 M11 M12; do
    grep -q "^$id " out || echo "no $id"
  done
  try 0 shmcheck-align explain M1 one-page
  has 'M11 one-page'
  try 0 shmcheck-align explain enough
  has 'M12 enough'
}

# --- what is found ---

# The real allocators of this machine: what is known of them and nothing else.
default_run ()
{
  try 0 shmcheck-align --known=allow --format=json --output=report.json
  silent
  has '"FAIL" : 0' report.json
  has '"BROKEN" : 0' report.json
  grep -q '"name" : "allocators/system"' report.json || echo "system memory is missing"
}

# Each row of the sweep was touched, unless it was refused.
rows_are_measured ()
{
  try 0 shmcheck-align allocators shmsink fd-memfd ref-memfd --record=rows.trace
  awk '
    / probe / { if (asked && !refused && !touched) print "not touched: " asked; asked = ""; touched = refused = 0
      sweep = / "maxsize-true"$/ }
    / ask / && sweep { asked = $0; rows++ }
    / refused / { refused = 1 }
    / touch / { touched = 1 }
    END { if (rows < 1000) print "only " rows " rows" }' rows.trace
  try 0 shmcheck-align --replay=rows.trace --known=allow
}

seed_style ()
{
  try 0 shmcheck-align --style=seed
  silent
  cat >wanted <<'END'
BEFORE:
size=100 maxsize=107 page_ceil=4096 WASTED 3989 bytes
size=5000 maxsize=5007 page_ceil=8192 WASTED 3185 bytes
AFTER:
size=100 maxsize=4096 page_ceil=4096 OK
size=5000 maxsize=8192 page_ceil=8192 OK
END
  [ "$(getconf PAGESIZE)" != 4096 ] || diff out wanted
  try 1 shmcheck-align allocators twin:unrounded-maxsize --style=seed
  try 0 shmcheck-align allocators ref-memfd --style=seed --rows=100,4096
}

# The defect of MR 11118 is named, with its fix; without it nothing is found.
names_k5 ()
{
  try 1 shmcheck-align allocators twin:unrounded-maxsize
  has 'FAIL maxsize-true (M1)'
  has 'WASTED 3989 bytes'
  has 'known: K5 (MR 11118, issue 4406), fixed in 1.29.2'
  try 0 shmcheck-align allocators twin:unrounded-maxsize --rows=100 --known=allow
  try 0 shmcheck-align allocators ref-memfd --rows=100
}

fail_on ()
{
  try 0 shmcheck-align allocators twin:unrounded-maxsize --rows=100 --fail-on=overrun
  try 1 shmcheck-align allocators twin:unrounded-maxsize --rows=100 --fail-on=waste -c maxsize-true
  try 0 shmcheck-align allocators twin:over-reported-maxsize --rows=100 --fail-on=waste -c maxsize-true
  try 1 shmcheck-align allocators twin:over-reported-maxsize --rows=100 --fail-on=overrun -c maxsize-true
  # Beyond a page: to that much everything is aligned.
  aligned=--rows=100:65535,100:2097151
  try 0 shmcheck-align allocators twin:ignores-align "$aligned" --fail-on=leak -c params
  try 1 shmcheck-align allocators twin:ignores-align "$aligned" --fail-on=misaligned -c params
  try 1 shmcheck-align allocators twin:unzeroed --rows=64:0:64:0:z --fail-on=unzeroed -c params
  try 1 shmcheck-align allocators twin:leaked-fd --fail-on=leak -c fds
  try 0 shmcheck-align allocators twin:leaked-fd --fail-on=none
}

# How long the file behind a descriptor is, is seen: what is mapped beyond its end is no memory.
short_file ()
{
  try 1 shmcheck-align allocators twin:short-file --rows=4097
  grep -qE '^ *4097 - +8192 +4096 +8192 .* OVERRUN 4096 bytes$' out ||
    echo "no file of 4096 bytes: $(grep 4097 out)"
}

assume_page ()
{
  try 1 shmcheck-align allocators twin:fixed-page --assume-page=64k -c page-any
  has 'with pages of 65536'
  try 0 shmcheck-align allocators ref-memfd --assume-page=2M -c page-any
}

# --- by chance ---

random_rows ()
{
  try 0 shmcheck-align allocators twin:clean --random=500 --seed=7
  try 1 shmcheck-align allocators twin:unmapped-padding --random=500 --seed=7 -c maxsize-true
  has 'the least that breaks it'
  row=$(sed -n 's/.*--rows=\([0-9:a-z-]*\).*/\1/p' out | head -n 1)
  try 1 shmcheck-align allocators twin:unmapped-padding --rows="$row" -c maxsize-true
  # The same seed gives the same rows.
  for round in first second; do
    try 0 shmcheck-align allocators twin:clean --random=100 --seed=5 --record="$round"
    sed -n 's/.* ask //p' "$round" >"$round.asked"
  done
  cmp first.asked second.asked
}

# The program that is printed builds and shows it alone.
snippet ()
{
  try 1 shmcheck-align allocators system --rows=18446744073709551515:0:200 --snippet
  awk '/a program that shows it:/ { f = 1; next } /^(skip|ID )/ { f = 0 } f' out >show.c
  command -v pkg-config >/dev/null || return
  # shellcheck disable=SC2046 # words
  cc -Wall -Werror show.c -o show $(pkg-config --cflags --libs gstreamer-1.0 \
    gstreamer-allocators-1.0) 2>&1 | head -n 5
  ./show >shown
  same 'status of the program' $? 1
  has 'this should have been refused' shown
}

# --- plug-ins and other builds ---

plug_in ()
{
  try 1 shmcheck-align allocators --plugin="$plugins/align-plugin.so" mine
  has 'GstShmAllocator 1.26.2'
  has 'known: K5'
  try 0 shmcheck-align allocators --plugin="$plugins/align-plugin.so" mine-dmabuf --known=allow
  has 'allocators/mine-dmabuf (GstDmaBufAllocator'
  try 77 shmcheck-align allocators --plugin="$plugins/align-plugin.so" mine-none
  has 'skip: this one is never here'
  # What is looked for while running is found in it.
  try 0 shmcheck-align list --plugin="$plugins/align-plugin.so"
  grep -qx 'allocators/shm' out || echo "GstShmAllocator was not found by its functions"
  cp "$srcdir/tests/lib.sh" not.so
  try 99 shmcheck-align allocators --plugin=./not.so
  one_line 'cannot be loaded'
}

versus ()
{
  try 0 shmcheck-align allocators --plugin="$plugins/align-plugin.so" mine --rows=100 \
    --vs="$plugins/align-plugin-rounded.so"
  has '107 WASTED 3989 bytes'
  has '4096 OK'
  try 0 shmcheck-align allocators --plugin="$plugins/align-plugin.so" mine --style=seed --rows=100 \
    --vs="$plugins/align-plugin-rounded.so"
  grep -A 1 -x BEFORE: out | grep -q 'maxsize=107' || echo "no BEFORE: $(cat out)"
  grep -A 1 -x AFTER: out | grep -q 'maxsize=4096' || echo "no AFTER: $(cat out)"
  # Another set of plugins, which has to be one.
  mkdir -p empty set
  try 2 shmcheck-align allocators ref-memfd --rows=100 --vs=empty
  one_line '--vs: no plugin (*.so) in this directory: empty'
  cp "$plugins/align-plugin.so" set
  try 0 shmcheck-align allocators ref-memfd --rows=100 --vs=set --known=allow
  # Neither build has it.
  lacking=$(shmcheck-align list | sed -n 's|^allocators/\([^ ]*\) .*not here:.*|\1|p' | head -n 1)
  [ -n "$lacking" ] || return
  try 77 shmcheck-align allocators "$lacking" --vs=set
  ! grep BEFORE out
}

# --- reports ---

formats ()
{
  for format in tap junit json; do
    try 0 shmcheck-align allocators ref-memfd --rows=100 --format="$format"
    silent
    well_formed "$format"
    try 1 shmcheck-align allocators twin:unrounded-maxsize --rows=100 --format="$format"
    [ "$format" = tap ] || well_formed "$format"
  done
  has '"page_ceil" : 4096'
  try 1 shmcheck-align allocators twin:unrounded-maxsize ref-memfd --rows=100
  longest=$(awk '{ if (length > n) n = length } END { print n + 0 }' out)
  [ "$(grep -v reproduce: out | awk 'length > 80' | wc -l)" = 0 ] || echo "a line of $longest columns"
}

full_disk ()
{
  [ -e /dev/full ] || return
  try 99 shmcheck-align allocators ref-memfd --rows=100 --output=/dev/full
  one_line '/dev/full: output: No space left on device'
}

# Nothing stays behind, however it ends.
interrupted ()
{
  timeout -s INT 1 shmcheck-align allocators ref-memfd --random=5000000 >out 2>err
  same 'status after Ctrl-C' $? 124
  [ -z "$(ls "$TMPDIR")" ] || echo "left: $(ls "$TMPDIR")"
}

# As somebody who may read the program and its table, and nothing of ours.
no_root ()
{
  public=$(mktemp -d /tmp/align-XXXXXX)
  chmod 755 "$public"
  cp "$(command -v shmcheck-align)" "$SHMDIAG_DATADIR/known-issues" "$public"
  su -s /bin/sh nobody -c "cd / && TMPDIR=/tmp SHMDIAG_DATADIR=$public \
    $public/shmcheck-align allocators ref-memfd --rows=100" >out 2>err </dev/null
  same 'status without root' $? 0
  head -n 3 err
  rm -r "$public"
}

usage_errors
check lists lists
check 'default run' default_run
check 'every row is measured' rows_are_measured
check 'seed style' seed_style
check 'K5 is named' names_k5
check 'fail-on' fail_on
check 'a file that is too short' short_file
check 'assumed pages' assume_page
check 'rows by chance' random_rows
check 'a program in C' snippet
check 'plug-in' plug_in
check 'two builds' versus
check formats formats
check 'full disk' full_disk
check interrupted interrupted
if [ "$(id -u)" = 0 ]; then
  check 'without root' no_root
else
  skip 'without root' 'not root, so everything was'
fi
finish
