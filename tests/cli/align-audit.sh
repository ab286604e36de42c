#!/bin/sh
# shmcheck-align audit as its users meet it: processes of our own that hold shared memory rightly
# and wrongly, those of other users, and a real pipe.
# shellcheck disable=SC2086 # $nobody is a list of words
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
holder=${builddir:-.}/tests/cli/shm-holder
page=$(getconf PAGESIZE)
begin

# --- processes to look at ---

# hold FILE KIND NAME BYTES MAPPED [LEFT]: starts a holder; its pid in $held, what it says in FILE
hold ()
{
  said=$1
  shift
  : >"$said"
  "$holder" "$@" >"$said" 2>&1 </dev/null &
  held=$!
  within 20 grep -q ready "$said" || cat "$said"
}

# drop PID...: ends those
drop ()
{
  kill "$@"
  { wait "$@"; } 2>/dev/null
}

# audited STATUS TEXT ARGUMENT...: audits $held, and says TEXT
audited ()
{
  expected=$1
  text=$2
  shift 2
  try "$expected" shmcheck-align audit "$@" "$held"
  silent
  [ -z "$text" ] || has "$text"
}

# holding STATUS TEXT KIND NAME BYTES MAPPED [LEFT]
holding ()
{
  expected=$1
  text=$2
  shift 2
  hold said "$@"
  audited "$expected" "$text"
  drop "$held"
}

# --- the command line ---

refused ()
{
  text=$1
  shift
  try 2 shmcheck-align audit "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

refuse () { check "refused: $1" refused "$@"; }

usage_errors ()
{
  refuse 'audit: no process named (a PID, or --all)'
  refuse 'audit: not a PID: nonsense' nonsense
  refuse 'audit: not a PID: 0' 0
  refuse 'audit: not a PID: 12x' 12x
  refuse 'audit: 999999999: no such process' 999999999
  refuse 'audit: 999999999: no such process' pid:999999999
  refuse 'audit: --all leaves no process to name: 1' --all 1
  refuse 'audit: --holders: neither yes nor no: x' --holders=x $$
  refuse 'audit: no such target: twin:nonsense' twin:nonsense
  refuse 'audit: Unknown option --frobnicate' --frobnicate
}

helps ()
{
  try 0 shmcheck-align audit --help
  silent
  has 'PID...|--all'
  has --holders
}

# --- what is right and what is not ---

# row FILE: the first row of the table of sizes there
row () { sed -n '/^N .*OBJECT/ { n; p; q; }' "$1" | tr -s ' '; }

sizes ()
{
  hold said memfd 'a (deleted) b' 107 "$page"
  audited 0 'M5 peer-map pass'
  same row "$(row out)" "1 107 $page $((page - 107)) 0 0 0 0 /memfd:a (deleted) b"
  drop "$held"
}

truncated ()
{
  hold said memfd cut $((16 * page)) $((16 * page)) "$page"
  audited 1 "$((16 * page)) bytes mapped from offset 0 on, the file has $page:"
  has 'FAIL peer-map (M5)'
  has "SIGBUS in the last $((15 * page)) of them"
  same row "$(row out)" "1 $page $((16 * page)) 0 $((15 * page)) 0 0 0 /memfd:cut"
  # The command that shows it again does.
  reproduce=$(sed -n 's/^ *reproduce: //p' out)
  try 1 sh -c "$reproduce"
  has 'FAIL peer-map (M5)'
  # And so does its record, when the process is gone.
  try 0 shmcheck-align audit --record=trace "$held"
  drop "$held"
  try 1 shmcheck-align audit --replay=trace
  has 'FAIL peer-map (M5)'
  has /memfd:cut
}

wasted ()
{
  hold said memfd odd 107 "$page"
  audited 0 ''
  audited 1 "cannot know of the $((page - 107)) bytes behind it" --fail-on=waste --format=tap
  audited 0 '' --fail-on=none
  drop "$held"
  hold said memfd even "$page" "$page"
  audited 0 '' --fail-on=waste
  drop "$held"
}

# Another process of the same object, and one whose number says that it has made it.
holders ()
{
  name=/shmpipe.999999999.$$
  hold said1 shm "$name" 5000 $((2 * page))
  first=$held
  hold said2 shm "$name" 5000 "$page"
  audited 0 "shmpipe.999999999.$$"
  rm -f "/dev/shm$name"
  grep -qE "^1 +$first +$((2 * page)) +1 - +shm-holder" out || echo "no other holder: $(cat out)"
  grep -qE "^1 +$held +$page +1 - +shm-holder" out || echo "not itself: $(cat out)"
  grep -qE '^1 +999999999 +0 +0 yes +\(gone\)' out || echo "no creator: $(cat out)"
  audited 0 '' --holders=no
  grep -qE "^1 +$first" out && echo "holders looked for all the same"
  drop "$first" "$held"
}

states ()
{
  hold said sealed s "$page" 0
  audited 77 'maps no shared memory that it could touch'
  has 'shrink,grow'
  drop "$held"
  hold said inherited i "$page" "$page"
  audited 0 '(inherited)'
  drop "$held"
}

# A segment of System V is not whole pages; its creator is known.
segment ()
{
  hold said sysv - 10000 0
  audited 0 /SYSV00000000
  row out | grep -q '^1 10000 ' || echo "not its size: $(row out)"
  grep -qE "^1 +$held +[0-9]+ +0 yes +shm-holder" out || echo "no creator: $(cat out)"
  drop "$held"
}

# --- who cannot be looked at ---

nothing ()
{
  held=$$
  audited 77 "$$: has no shared memory"
}

# It has ended, and nobody has asked how yet.
ended ()
{
  : >said
  sh -c 'sleep 0 & exec "$0" memfd z 1 0' "$holder" >said &
  parent=$!
  within 20 grep -q ready said || echo "not started"
  held=$(sed -n 's/ .*//p' "/proc/$parent/task/$parent/children")
  if [ -n "$held" ]; then
    within 20 grep -q '^State:.Z' "/proc/$held/status" || echo "$held is no zombie"
    audited 77 "$held: has no memory: it has ended"
  fi
  drop "$parent"
}

nobody='setpriv --reuid=65534 --regid=65534 --clear-groups env TMPDIR=/tmp'

can_be_nobody ()
{
  [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null \
    && $nobody test -r "$SHMDIAG_DATADIR/known-issues" \
    && $nobody "$builddir/shmcheck-align" --version >/dev/null 2>&1
}

unreadable ()
{
  hold said memfd ours "$page" "$page"
  try 77 $nobody "$builddir/shmcheck-align" audit "$held"
  silent
  has "skip: /proc/$held/maps: Permission denied (takes the same user or"
  has CAP_SYS_PTRACE
  # Those that nobody can read are one case.
  $nobody "$builddir/shmcheck-align" audit --all --format=tap >out 2>err
  silent
  has 'processes cannot be read (takes the same user or CAP_SYS_PTRACE)'
  drop "$held"
}

# A creator whom /proc does not show is not gone, and there may be other holders.
hidden_creator ()
{
  name=$(printf 'shmpipe.%5d.    7' $$)
  : >said
  $nobody "$holder" shm "/$name" "$page" "$page" >said 2>&1 </dev/null &
  held=$!
  within 20 grep -q ready said || cat said
  unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && shift && exec "$@"' sh '' \
    timeout 30 $nobody "$builddir/shmcheck-align" audit "$held" >out 2>err </dev/null
  rm "/dev/shm/$name"
  grep -qE "^1 +$$ +0 +0 yes +[?]" out || echo "the creator: $(cat out err)"
  ! grep -F '(gone)' out
  has '/proc hides processes, which may have them, too (hidepid'
  drop "$held"
}

# --- and who can, with what it takes ---

others ()
{
  : >said
  $nobody "$holder" memfd theirs 107 "$page" >said 2>&1 </dev/null &
  held=$!
  within 20 grep -q ready said || cat said
  audited 0 /memfd:theirs
  row out | grep -q "^1 107 $page " || echo "not its size: $(row out)"
  drop "$held"
}

# caps_of PID: those in effect, those that it could gain, those that it hands down
caps_of ()
{
  sed -nE 's/^Cap(Eff|Amb|Bnd):.//p' "/proc/$1/status" 2>/dev/null | tr '\n' ' '
}

none=0000000000000000
three=0000010000080004

# While it reads: the program itself uses none, its prober three, and nobody can gain any. The
# prober rests for a moment, which one of many tries will see.
capabilities ()
{
  hold said memfd ours "$page" "$page"
  seen=
  tries=50
  while [ -z "$seen" ] && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    shmcheck-align audit "$held" >out 2>&1 </dev/null &
    runner=$!
    while alive "$runner"; do
      probers=$(cat "/proc/$runner"/task/*/children 2>/dev/null)
      for prober in $probers; do
        both="$(caps_of "$runner")$(caps_of "$prober")"
        [ "$both" != "$none $none $three $three $none $none " ] || seen=$both
      done
    done
    wait "$runner"
  done
  drop "$held"
  [ -n "$seen" ] || echo "never seen, at last: $both"
}

# --- all ---

everything ()
{
  hold said1 memfd one "$page" "$page"
  one=$held
  hold said2 memfd two $((2 * page)) $((2 * page)) "$page"
  # Others on this machine may do what they like.
  timeout 120 shmcheck-align audit --all --format=json >out 2>err </dev/null
  silent
  has "\"audit/pid:$one\""
  has "\"audit/pid:$held\""
  drop "$one" "$held"
}

formatted ()
{
  hold said memfd cut $((2 * page)) $((2 * page)) "$page"
  audited 1 '"beyond" : '"$page" --format=json
  if command -v jq >/dev/null; then
    same 'beyond in JSON' "$(jq '.cases[0].exhibits[0].rows[0].beyond' out)" "$page"
  fi
  audited 1 "not ok 1 - audit/pid:$held audit" --format=tap
  audited 1 '<failure' --format=junit
  if command -v xmllint >/dev/null; then
    xmllint --noout out 2>&1
  fi
  drop "$held"
}

narrow ()
{
  hold said memfd cut $((2 * page)) $((2 * page)) "$page"
  audited 1 '' "$@"
  grep -v reproduce: out | awk 'length > 80 { print "wide: " $0 }'
  drop "$held"
}

# --- our own processes with one defect each ---

twin ()
{
  try "$1" shmcheck-align audit "twin:$2"
  silent
}

# --- a real pipe ---

has_elements ()
{
  command -v gst-launch-1.0 >/dev/null && command -v gst-inspect-1.0 >/dev/null \
    && gst-inspect-1.0 shmsink >/dev/null 2>&1 && gst-inspect-1.0 videotestsrc >/dev/null 2>&1
}

frames=video/x-raw,format=I420,width=64,height=48,framerate=30/1

# maps_area PID: it does
maps_area () { grep -q /dev/shm/shmpipe "/proc/$1/maps" 2>/dev/null; }

real_pipe ()
{
  gst-launch-1.0 -q videotestsrc is-live=true ! $frames \
    ! shmsink socket-path="$temp/s" shm-size=100000 wait-for-connection=false >said1 2>&1 &
  sink=$!
  within 30 test -S "$temp/s" || cat said1
  held=$sink
  audited 0 shmpipe
  row out | grep -q "^1 100000 $(((100000 + page - 1) / page * page)) " || echo "size: $(row out)"
  gst-launch-1.0 -q shmsrc socket-path="$temp/s" ! $frames ! fakesink >said2 2>&1 &
  source=$!
  within 30 maps_area "$source" || cat said2
  audited 0 shmpipe
  grep -qE "^1 +$sink +[1-9][0-9]* +[0-9]+ yes +gst-launch" out || echo "no sink: $(cat out)"
  grep -qE "^1 +$source +[1-9][0-9]* +[0-9]+ - +gst-launch" out || echo "no source: $(cat out)"
  audited 1 'cannot know of the' --fail-on=waste
  held=$source
  audited 0 "$sink"
  drop "$source"
  drop "$sink"
  rm -f "/dev/shm/shmpipe.$(printf %5d "$sink")."*
}

usage_errors
check 'help' helps
check 'sizes of a sound mapping' sizes
check 'a file cut after it was mapped' truncated
check 'a mapping longer than its file' holding 1 SIGBUS memfd x "$page" $((2 * page))
check 'a file that was never sized' holding 1 'the file has 0' memfd x 0 "$page"
check 'bytes behind the end of the file' wasted
check 'holders and creator' holders
check 'seals, and who inherits' states
check 'a segment of System V' segment
check 'formats' formatted
check 'in 80 columns' narrow
check 'nothing to look at' nothing
check 'a process that has ended' ended
check 'all processes' everything
for name in truncated longer behind-end unsized; do
  check "twin: $name" twin 1 $name
done
check 'twin: clean' twin 0 clean
if can_be_nobody; then
  check 'another user, not permitted' unreadable
  if unshare --mount mount -t proc -o hidepid=2 proc /proc 2>/dev/null; then
    check 'a creator that /proc hides' hidden_creator
  else
    skip 'a creator that /proc hides' 'no such /proc can be mounted'
  fi
  check 'another user, permitted' others
  check 'capabilities' capabilities
else
  skip 'another user' 'takes root'
fi
if has_elements; then
  check 'shmsink and shmsrc' real_pipe
else
  skip 'shmsink and shmsrc' 'no gst-launch-1.0, or no shmsink'
fi
finish
