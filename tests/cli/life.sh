#!/bin/sh
# Small scenarios about coming and going, and what is to be said of each.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
LIMIT=100
begin

# The machine may be loaded: no verdict here hangs on its speed.
run='shmstress run -q --timeout-factor=5'

# passes FILE [OPTION...]: every contract of it holds
passes ()
{
  # shellcheck disable=SC2086 # a list of words
  try 0 $run --pair=ref:ref "$@"
  grep -q '0 FAIL, 0 xfail, 0 XPASS' out || cat out
}

cat >leave.scenario <<'END'
meta, summary="who was told to leave is not asked for more", \
    contracts={ survivor-lives, stop-bounded }, deadline=20
producer, name=p, shm-size=100k
consumer, name=a
consumer, name=b
start, role=p
start, role=a
start, role=b
wait, role=p, for=clients, count=2, deadline=3
produce, role=p, count=3
wait, role=a, for=buffers, count=3, deadline=3
wait, role=b, for=buffers, count=3, deadline=3
disconnect, role=a
wait, role=p, for=released, count=3, deadline=3
flow, deadline=3
produce, role=p, count=2
wait, role=p, for=released, count=7, deadline=3
connect, role=a
wait, role=p, for=clients, count=2, deadline=3
flow, deadline=3
stop, role=a, deadline=3
stop, role=b, deadline=3
stop, role=p, deadline=3
END

cat >come-and-go.scenario <<'END'
meta, summary="a client that leaves before it was told of anything, again and again", \
    contracts={ survivor-lives, stop-quiet, stop-bounded, reconnect, no-growth }, \
    deadline=40, tap=false
producer, name=p, shm-size=100k, wait-for-connection=false, pace=0.01
consumer, name=c
start, role=p
sample, role=c, label=before
start, role=c
wait, role=p, for=clients, count=1, deadline=3
produce, role=p, count=-1
cycle, role=c, times=100, buffers=0, deadline=30
sample, role=c, label=after
stop, role=c, deadline=3
stop, role=p, deadline=3
END

check 'who was told to leave owes nothing to a flow' passes leave.scenario
check 'from no area to one is no growth' passes come-and-go.scenario

# own PIPELINE OPTION...: a run of it as producer
own ()
{
  pipeline=$1
  shift
  # shellcheck disable=SC2086 # a list of words
  timeout -k 5 100 $run --pair=gst:ref --producer-pipeline="$pipeline" "$@" >out 2>err
}

# says FILE TEXT
says () { tr -s ' \n' ' ' <"$1" | grep -qF -- "$2" || { echo "$1: no \"$2\":"; head -n 30 "$1"; }; }

not_understood ()
{
  own 'fakesrc ! nonsense name=sink' eos-exit/copy/appsink
  [ $? = 2 ] || echo 'not a usage error'
  one_line '--producer-pipeline: nonsense: element not found'
  own 'fakesrc ! fakesink' eos-exit/copy/appsink
  one_line '--producer-pipeline: no element called sink: fakesrc ! fakesink'
}

# What is blamed is what is in the pipeline.
really_tested ()
{
  own 'fakesrc ! fakesink name=sink' eos-exit/copy/appsink
  says out 'GStreamer'
  says out ', fakesink '
  says out 'libgstcoreelements.so), shmsrc'
  grep -q 'shmsink' out && grep 'shmsink' out
  own 'fakesrc ! fakesink name=sink' --record=trace eos-exit/copy/appsink
  grep -q '^role p producer fakesink .*plugin=.*/libgstcoreelements.so' trace ||
    grep '^role' trace
}

check 'a pipeline that is not understood is refused once' not_understood
check 'header and trace name the element and its plugin' really_tested

# An area that its frames do not fit into is said to be that; the one that a pipeline asks for wins.
small_area ()
{
  frames='videotestsrc is-live=true ! video/x-raw,format=GRAY8,width=400,height=300,framerate=30/1'
  own "$frames ! shmsink name=sink" eos-exit/copy/appsink
  # It ended at once with an error of its own, or else that is what is wrong.
  grep -q '^A5 .*pass' out || grep -q 'its error, code' out ||
    says out 'for buffers of 120000 bytes, larger than its area of 100000 bytes (a shm-size in the'
  own "$frames ! shmsink name=sink shm-size=300000" eos-exit/copy/appsink
  grep '^A5' out || true
}

# It is there again, or not, which is said with both paths
started_again ()
{
  # shellcheck disable=SC2086 # a list of words
  timeout -k 5 100 $run --pair=gst:ref restart/SIGKILL >out 2>err
  grep -q '^L6 .*pass' out || { says out '/p.sock.0 and not at /'; says out '(producer p, /'; }
}

# What the producer says of a client that has gone is quoted.
vanished ()
{
  # shellcheck disable=SC2086 # a list of words
  timeout -k 5 100 $run --pair=gst:ref vanishing-client >out 2>err
  grep -q '^L4 .*pass' out || says out 'posted an error after a client that closed at once had gone: gst-'
}

check 'a client that closes at once, and a producer that is started again' \
  passes vanishing-client 'restart/*'
if gst-inspect-1.0 --exists shmsink && gst-inspect-1.0 --exists videotestsrc; then
  check 'frames larger than the area' small_area
  check 'a real producer that is started again' started_again
  check 'a real producer and a client that closes at once' vanished
fi

finish
