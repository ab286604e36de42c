#!/bin/sh
# A machine that stood still, or that is too small: never the element's fault.
# shellcheck disable=SC2086 # lists of pids
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

# --- traces ---

# late EVENT...: a trace of a stop that was late, with these events besides
late ()
{
  {
    echo 'shmdiag-trace 2
case stall/test
pair gst:ref
seed 1
tap false
contracts stop-bounded unlinked stop-quiet
role p producer shmsink 1.28.2 buffer-size=7500 events=all path=copy shm-size=22500
role c consumer shmsrc 1.28.2 hold=0'
    {
      echo 'event 0.000000000 p spawn pid=100
event 0.010000000 p started took-us=900 "/tmp/x/p.sock"
event 1.000000000 p step line=3 deadline-us=2000000 "stop deadline=2 kind=NULL role=p"
event 1.000100000 p stop deadline-us=2000000 "NULL"
event 3.100000000 p stop-late since-us=2100000 "NULL"
event 3.100500000 p ladder "SIGTERM"
event 3.102000000 p exit status=-9 forced=1 "Killed"
event 3.103000000 p step-late line=3 deadline-us=2000000 "stop deadline=2 kind=NULL role=p"
event 3.200000000 p leftover "segment shmpipe.  100.    0"
event 3.210000000 - audit looked=3 "end"'
      for event; do
        echo "event $event"
      done
    } | sort -k2,2
    echo end
  } >t.trace
}

judged ()
{
  try "$1" shmstress run --color=never --replay=t.trace
}

# What comes of a stop that was cut short by us is no finding either.
lost ()
{
  late "$1"
  judged 99
  has 'this machine stood still for 1.0 s'
  ! grep '^FAIL' out
}

# kept EVENT: the machine is no excuse
kept ()
{
  late "$1"
  judged 1
  has 'FAIL  '
  has 'still there 2.100 s after a stop by NULL'
  ! grep 'stood still' out
}

# What was seen before it stands.
seen_before ()
{
  late '2.500000000 - stall late-ns=1000000000' '0.100000000 c started took-us=900 "/tmp/x/p.sock"' \
    '0.200000000 c stop deadline-us=500000 "NULL"' '0.800000000 c stop-late since-us=600000 "NULL"' \
    '0.810000000 c exit status=-9 forced=1 "Killed"'
  judged 1
  has 'this machine stood still for 1.0 s'
  has 'FAIL  '
  has 'c: still there 0.600 s after a stop by NULL'
  ! grep 'p: still there' out
}

# A step of which no contract says why.
lost_step ()
{
  late '2.500000000 - stall late-ns=1000000000'
  sed -i -e '/stop-late/d;/ladder/d;/exit/d;/leftover/d' -e 's/"NULL"/"SIGKILL"/' t.trace
  judged 99
  has 'this machine stood still for 1.0 s'
  ! grep 'no contract of the case' out
}

check 'the runner stood still' lost '2.500000000 - stall late-ns=1000000000'
check 'the role stood still' lost '2.500000000 p stall late-ns=1000000000'
check 'a step was lost' lost_step
check 'not for long' kept '2.500000000 - stall late-ns=400000000'
check 'before' kept '1.000000000 - stall late-ns=900000000'
check 'its heart beat all the time' kept '2.000000000 - note "nothing"'
check 'what was seen before' seen_before

# --- processes ---

# scenario SECONDS: two roles that live so long
scenario ()
{
  cat >s.scenario <<END
meta, summary="Two roles", contracts={ stop-bounded, order }, deadline=60, pairs={ ref:ref }
producer, name=p
consumer, name=c
start, role=p
start, role=c
produce, role=p, count=3
wait, role=c, for=buffers, count=3, deadline=5
observe, role=p, seconds=$1
$2
stop, role=c, deadline=1
stop, role=p, deadline=1
END
}

# children_of PID
children_of () { cat "/proc/$1"/task/*/children 2>/dev/null; }
has_children () { [ "$(children_of "$1" | wc -w)" -ge "$2" ]; }
consumer_of ()
{
  for child in $(children_of "$1"); do
    ! tr '\0' '\n' 2>/dev/null <"/proc/$child/cmdline" | grep -qx ref-consumer || echo "$child"
  done
}
has_consumer () { [ -n "$(consumer_of "$1")" ]; }
was_ready () { [ "$(children_of "$1" | wc -w)" -ge 3 ] && sleep 1; }

# Everybody is stopped for longer than any deadline of the case has left: it is only later.
all_stopped ()
{
  scenario 2 ''
  timeout -k 5 "$LIMIT" shmstress run -q --record=r.trace s.scenario >out 2>err </dev/null &
  watch=$!
  within 10 has_children $watch 1 || echo 'did not start'
  runner=$(children_of $watch)
  runner=${runner%% *}
  within 10 was_ready "$runner" || echo 'no roles'
  # shellcheck disable=SC2046 # a list of pids
  set -- $runner $(children_of "$runner")
  kill -STOP "$@"
  sleep 3
  kill -CONT "$@"
  wait $watch
  same 'status' $? 0
  # The runner tells of it, and each role.
  [ "$(grep -c ' stall .*late-ns=[23][0-9]\{9\}' r.trace)" -ge 3 ] || grep ' stall ' r.trace
  try 0 shmstress run -q --replay=r.trace
}

# Somebody else has stopped one role, and nobody lets it go on.
one_stopped ()
{
  scenario 3 ''
  timeout -k 5 "$LIMIT" shmstress run -q --color=never s.scenario >out 2>err </dev/null &
  watch=$!
  within 10 has_children $watch 1 || echo 'did not start'
  runner=$(children_of $watch)
  runner=${runner%% *}
  within 10 has_consumer "$runner" || echo 'no consumer'
  # shellcheck disable=SC2046 # a list of pids
  kill -STOP $(consumer_of "$runner")
  wait $watch
  same 'status' $? 99
  has 'this machine stood still for'
  ! grep '^FAIL' out
}

# The same by the scenario's own will: who is late is late.
frozen ()
{
  scenario 0.1 'freeze, role=c'
  # A machine that is busy elsewhere may stand still here, too, and then nothing can be said.
  for round in 1 2 3 4 5; do
    timeout -k 5 "$LIMIT" shmstress run -q --color=never s.scenario >out 2>err </dev/null
    status=$?
    grep -q 'stood still' out || break
    echo "# round $round: $(grep -m 1 'stood still' out)" >&3
  done
  same 'status' "$status" 1
  has 'FAIL  '
  has 'stop-bounded'
  ! grep 'stood still' out
  scenario 0.1 'freeze, role=c
observe, role=p, seconds=0.5
thaw, role=c'
  try 0 shmstress run -q --color=never s.scenario
}

check 'all were stopped for 3 s' all_stopped
check 'one was stopped' one_stopped
check 'frozen by the scenario' frozen

# --- room ---

cat >room.sh <<'END'
size=$1
shift
mount -t tmpfs -o "size=$size" none /dev/shm && exec "$@"
END
unshare=
for option in -m -rm; do
  [ -n "$unshare" ] || ! unshare $option sh room.sh 64k true 2>/dev/null \
    || unshare="unshare $option sh room.sh"
done

# Room that is lacking before the start.
too_small ()
{
  try 99 $unshare 8k shmstress run -q --color=never --known=allow --pair=$1 fill-resume/copy/fifo
  has '/dev/shm has 8.0 KiB free, this case needs 24.0 KiB'
  ! grep '^FAIL' out
}

# Cases beside each other wait for one another.
together ()
{
  try 0 $unshare 24k shmstress run -q --jobs=4 --pair=ref:ref 'fill-resume/copy/*'
  ! grep '^BROKEN' out
}

limited ()
{
  (ulimit -f 16 && try 99 shmstress run -q --color=never --pair=ref:ref fill-resume/copy/fifo
  has 'KiB here (ulimit -f), this case needs an')
}

# taken_away PAIR STATUS: room that a scenario takes away
taken_away ()
{
  try $2 $unshare 4m shmstress run -q --color=never --known=allow --pair=$1 reserved
  [ $2 = 0 ] || has 'ended by SIGBUS: the file system of its area was full'
  ! grep 'BROKEN  ' out
}

# The machine's own is never filled, nor is that run by default.
not_private ()
{
  try 77 shmstress run -q --color=never --pair=ref:ref reserved
  has "it fills /dev/shm, which is not private here"
}
by_name ()
{
  try 2 shmstress run -q --contract=reserved
  try 0 shmstress list
  has 'ref:ref reserved (only when named)'
}

if [ -n "$unshare" ]; then
  check 'too small: ref' too_small ref:ref
  check 'room for one of four' together
  check 'taken away: ref' taken_away ref:ref 0
  if gst-inspect-1.0 shmsink >/dev/null 2>&1; then
    check 'too small: shmsink' too_small gst:ref
    check 'taken away: shmsink' taken_away gst:ref 1
  else
    skip 'room: shmsink' 'not installed'
  fi
else
  skip 'room' 'no private /dev/shm is to be had here'
fi
check 'file size' limited
check 'only when named' by_name
if [ "$(df -k --output=size /dev/shm 2>/dev/null | tail -n 1)" -gt 8192 ]; then
  check 'not private' not_private
else
  skip 'not private' '/dev/shm is small here'
fi

finish
