#!/bin/sh
# shmstress as its users meet it: words, exit statuses, files, signals, and what is left behind.
# KILLS says how often a run is killed at some moment.
# shellcheck disable=SC2086 # $ref and the like are lists of words
# shellcheck disable=SC2016 # $ is for an inner shell
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
KILLS=${KILLS:-5}
begin

one=eos-exit/copy/appsink
# Cases with our own peers alone.
ref='shmstress run --pair=ref:ref'

# good > FILE: a scenario whose lines the tests below change
good ()
{
  cat <<'END'
meta, summary="Three buffers", contracts={ order, stop-bounded }, deadline=30, count=3
producer, name=p
consumer, name=c
start, role=p
start, role=c
produce, role=p, count=${count}
wait, role=c, for=buffers, count=${count}, deadline=3
stop, role=c, deadline=2
stop, role=p, deadline=2
END
}

# --- the command line ---

# refused TEXT ARGUMENT...: a usage error that says TEXT
refused ()
{
  text=$1
  shift
  try 2 shmstress "$@"
  one_line "$text"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

# refuse TEXT ARGUMENT...: a point of it
refuse () { check "refused: $1" refused "$@"; }

usage_errors ()
{
  refuse 'no command named'
  refuse 'unknown command: frobnicate' frobnicate
  refuse 'unknown command: --frobnicate' --frobnicate
  for command in run list show explain tap clean; do
    refuse "$command: Unknown option --frobnicate" $command --frobnicate
  done
  refuse 'show: no case named' show
  refuse 'show: no such case: nonsense' show nonsense
  refuse 'list: no such case: nonsense' list nonsense
  refuse 'explain: no contract named' explain
  refuse 'explain: no such contract: nonsense' explain nonsense
  refuse 'clean: unexpected argument: nonsense' clean nonsense
  refuse 'tap: two sockets are needed' tap one
}

run_errors ()
{
  refuse '--seed: not a number: x' run --seed x $one
  refuse '--seed: out of range' run --seed -1 $one
  refuse '--shard: not K/N with 1 <= K <= N: 3/2' run --shard 3/2 $one
  refuse '--shard: not K/N with 1 <= K <= N: 0/2' run --shard 0/2 $one
  refuse '--jobs: out of range: 0' run --jobs 0 $one
  refuse '--repeat: out of range: 0' run --repeat 0 $one
  refuse '--timeout-factor: not within 0.1..1000: x' run --timeout-factor x $one
  refuse '--timeout-factor: not within 0.1..1000: nan' run --timeout-factor nan $one
  refuse '--pair: not one of ref:ref, gst:ref, ref:gst, gst:gst: foo:bar' run --pair=foo:bar $one
  refuse '--known: not one of fail, allow, strict: x' run --known=x $one
  refuse '--color: not one of auto, always, never: x' run --color=x $one
  refuse '--format: unknown (see shmstress list --formats): x' run --format=x $one
  refuse '--set: no scenario uses it: nonsense' run --set nonsense=1 $one
  refuse '--set: not NAME=VALUE: nonsense' run --set nonsense $one
  refuse 'run: no such case: nonsense' run nonsense
  refuse 'run: no case is selected' run --exclude='*'
  refuse "run: --contract: unknown" run --contract=nonsense
  refuse "run: --producer-pipeline: no selected case" run --pair=ref:ref --producer-pipeline=x no-fallback
  refuse 'missing.scenario: cannot be read' run missing.scenario
  refuse 'missing: cannot be read' run --known-issues=missing $one
  refuse 'missing: cannot be read' run --replay=missing
  refuse '/dev/null: no trace in it' run --replay=/dev/null
  for option in --repeat=2 --shard=1/2 --set=a=b --producer-pipeline=x --consumer-pipeline=x; do
    refuse "--replay: runs nothing, so it does not go with ${option%%=*}" run --replay=x "$option"
  done
  refuse '/nonexistent/x: cannot write it' run --pair=ref:ref --output=/nonexistent/x $one
  refuse '/nonexistent/x: cannot write it' run --pair=ref:ref --record=/nonexistent/x $one
  refuse '--record: judges nothing' run --record=x --format=json $one
}

help_of ()
{
  try 0 shmstress "$@" --help
  silent
  has Usage:
}

version ()
{
  try 0 shmstress --version
  silent
  same lines "$(wc -l <out)" 1
  grep -qE '^shmstress \(shmdiag\) [0-9]+\.[0-9]+' out || cat out
}

# --- what there is ---

listed_cases ()
{
  try 0 shmstress list
  silent
  [ "$(wc -l <out)" -gt 100 ] || echo "few cases: $(wc -l <out)"
  grep -vE '^(ref|gst):(ref|gst) [a-z-]+[^ ]*( \(only when named\))?$' out
  sort out | uniq -d
  has "ref:ref $one"
  try 0 shmstress list 'eos-exit/*' 'fill-resume/copy/*'
  grep -vE ' (eos-exit/|fill-resume/copy/)' out
}

# listing OPTION EXPRESSION COUNT: so many lines look like that
listing ()
{
  try 0 shmstress list "$1"
  silent
  [ "$(grep -cE "$2" out)" -ge "$3" ] || echo "$1: $(cat out)"
}

shown ()
{
  try 0 shmstress show --pair=ref:ref $one
  silent
  same cases "$(grep -c '^case ' out)" 1
  for text in "case      $one" 'pair      ref:ref' 'producer name=p' 'stop role=p kind=EOS'; do
    has "$text"
  done
  good >good.scenario
  try 0 shmstress show --pair=ref:ref --set count=17 good.scenario good
  has 'produce role=p count=17'
}

explained ()
{
  try 0 shmstress explain W3
  silent
  has 'W3 ack-area'
  cp out by-id
  try 0 shmstress explain ack-area
  cmp out by-id
  try 0 shmstress explain --all
  same contracts "$(grep -cE '^[A-Z][0-9]+ ' out)" "$(shmstress list --contracts | wc -l)"
}

# --- reports ---

# well_formed FORMAT FILE
well_formed ()
{
  case $1 in
    text)
      grep -qE '^1 case, [0-9]+ contracts judged: ' "$2" || echo "no last line"
      ;;
    tap)
      same 'first line' "$(head -n 1 "$2")" 'TAP version 13'
      same points "$(grep -cE '^(not )?ok [0-9]+ - ' "$2")" "$(sed -n 's/^1\.\.//p' "$2")"
      ;;
    junit)
      if command -v xmllint >/dev/null; then
        xmllint --noout "$2" 2>&1
      elif command -v python3 >/dev/null; then
        python3 -c 'import sys, xml.dom.minidom as d; d.parse (sys.argv[1])' "$2" 2>&1
      fi
      grep -q '<testcase ' "$2" || echo "no testcase"
      same end "$(tail -n 1 "$2")" '</testsuites>'
      ;;
    json)
      if command -v jq >/dev/null; then
        jq -e '.cases | length > 0' "$2" >/dev/null || echo "no cases for jq"
      elif command -v python3 >/dev/null; then
        python3 -c 'import json, sys; json.load (open (sys.argv[1]))["cases"][0]' "$2" 2>&1
      fi
      grep -q '"verdict" : "pass"' "$2" || echo "no case that passed"
      ;;
  esac
}

reported ()
{
  try 0 $ref --format="$1" $one
  silent
  well_formed "$1" out
  try 0 $ref --format="$1" --output=file $one
  silent
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
  well_formed "$1" file
}

# The plan of TAP counts cases.
tap_plan ()
{
  try 0 $ref --format=tap --jobs=2 'eos-exit/*'
  well_formed tap out
  same plan "$(sed -n 's/^1\.\.//p' out)" "$(shmstress list 'eos-exit/*' | grep -c '^ref:ref ')"
}

# unwritable FORMAT: the output can be opened, but not written
unwritable ()
{
  try 99 $ref --format="$1" --output=/dev/full $one
  one_line '/dev/full: '
  try 99 sh -c '"$@" >/dev/full' sh $ref --format="$1" $one
  one_line 'standard output: '
}

unwritable_record ()
{
  try 99 $ref --record=/dev/full $one
  one_line '/dev/full: '
}

closed_output ()
{
  try 99 sh -c '"$@" >&-' sh $ref $one
  one_line 'standard output: '
  for command in list 'list --contracts' 'explain --all' --version --help; do
    try 99 sh -c '"$@" >&-' sh shmstress $command
    one_line 'standard output: '
    try 99 sh -c '"$@" >/dev/full' sh shmstress $command
    one_line 'standard output: '
  done
  try 99 sh -c '"$@" <&- >&- 2>&-' sh $ref $one
  try 0 sh -c '"$@" <&- 2>&-' sh $ref $one
  well_formed text out
}

# Nobody reads to the end: nobody is told, or in one line, and it ends.
broken_pipe ()
{
  for command in "$ref $one" "$ref --format=json eos-exit/*" 'shmstress list'; do
    try 0 sh -c '{ "$@"; echo $? >status; } | head -n 1' sh $command
    same lines "$(wc -l <out)" 1
    case $(cat status) in
      0 | 141) silent ;;
      99) one_line 'standard output: ' ;;
      *) echo "$command: status $(cat status)" ;;
    esac
  done
}

# --- broken files ---

# A line number and what is said of it, then how good.scenario becomes bad: sed(1).
typo ()
{
  good | sed "$2" >bad.scenario
  refused "bad.scenario:$1" run --pair=ref:ref bad.scenario
}
mistype () { check "scenario: $1" typo "$@"; }

scenario_errors ()
{
  good >good.scenario
  check 'scenario: a good one' try 0 $ref good.scenario
  mistype '6: action: unknown: produze' '6s/produce/produze/'
  mistype '6: produce: unknown field: cnt' '6s/count=/cnt=/'
  mistype '8: deadline: missing: stop' '8s/, deadline=2//'
  mistype '1: deadline: missing: meta' 's/ deadline=30,//'
  mistype '1: contracts: unknown contract: ordre' 's/order,/ordre,/'
  mistype '7: role: not declared: x' '7s/role=c/role=x/'
  mistype '7: for: not one of' 's/for=buffers/for=bufers/'
  mistype '7: wait: unknown variable: many' '7s/count=[^,]*/count=${many}/'
  mistype '1: meta: not the first line' 1d
  mistype '1: meta: missing' d
}

# broken_table TEXT LINE
broken_table ()
{
  printf '# comment\n%s\n' "$2" >issues
  refused "issues:2: $1" run --pair=ref:ref --known-issues=issues $one
}

table_errors ()
{
  check 'known issues: no issue' broken_table 'line: not an issue: isue' 'isue, id=X'
  check 'known issues: missing field' broken_table 'contract: missing' 'issue, id=X'
  check 'known issues: unknown field' broken_table 'issue: unknown field: lst' \
    'issue, id=X, contract=order, element=shmsink, first="0", lst="1", fixed=none, reference=x,
summary=x, proof=x, evidence=exit'
  check 'known issues: SIGBUS' broken_table 'signal: is never excused: SIGBUS' \
    'issue, id=X, contract=order, element=shmsink, fixed=none, reference=x, summary=x, proof=x, \
evidence=exit, signal=SIGBUS'
}

# --- which cases, which seeds ---

# seeds_of FILE: of its cases
seeds_of () { sed -n '/"cases" : \[/,$s/^ *"seed" : "\([0-9]*\)".*/\1/p' "$1"; }

seeds ()
{
  for round in 1 2; do
    try 0 $ref --seed=7 --repeat=2 --jobs=2 --format=json 'eos-exit/copy/*'
    cp out round$round
  done
  same 'seeds of cases' "$(seeds_of round1 | tr '\n' ' ')" '7 7 8 8 '
  same 'seeds of the second run' "$(seeds_of round2)" "$(seeds_of round1)"
  has '--seed=8' round1
}

# cases_of ARGUMENT...: names of the cases that a run reports
cases_of ()
{
  try 0 $ref --format=tap "$@"
  sed -n 's/^ok [0-9]* - \([^ ]*\).*/\1/p' out
}

shards ()
{
  cases_of 'eos-exit/*' | sort >all
  cases_of --shard 1/2 'eos-exit/*' | sort >first
  cases_of --shard 2/2 'eos-exit/*' | sort >second
  [ "$(wc -l <all)" -gt 1 ] || echo "few cases: $(cat all)"
  [ -s first ] && [ -s second ] || echo "an empty shard"
  sort first second | diff - all
}

excluded ()
{
  same cases "$(cases_of --exclude='*/fakesink' --exclude=eos-exit/pool eos-exit | tr '\n' ' ')" \
    'eos-exit/copy/appsink eos-exit/alloc/appsink '
}

repeated ()
{
  same cases "$(cases_of --repeat=2 $one | tr '\n' ' ')" "$one $one "
}

# points FILE: how many cases it reports
points () { grep -cE '^(not )?ok ' "$1"; }

# L9 has nothing to look at where nobody waits.
vacuous_scenario () { good | sed 's/order,/wait-ends,/'; }

until_fail ()
{
  vacuous_scenario >vacuous.scenario
  try 99 $ref --jobs=1 --repeat=4 --format=tap vacuous.scenario
  same points "$(points out)" 4
  try 99 $ref --jobs=1 --repeat=4 --format=tap --until-fail vacuous.scenario
  same 'points until it fails' "$(points out)" 1
}

# --- record and replay ---

recorded ()
{
  try 0 $ref --record=trace 'eos-exit/*'
  silent
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
  try 0 $ref --format=tap 'eos-exit/*'
  sed -n '/^ok/p' out >live
  try 0 shmstress run --replay=trace --format=tap
  silent
  sed -n '/^ok/p' out | diff live - || cat out
  [ -s live ] || echo "no points"
}

cut_off ()
{
  try 0 $ref --record=trace $one
  sed '$d' trace | sed '$s/ - audit.*/ - aud/' >part
  refused "part:$(wc -l <part): not a trace event: " run --replay=part
  sed '$d' trace >part
  refused "part: trace is cut off: $one" run --replay=part
  sed 's/ spawn / spwan /' trace >part
  refused "part:$(grep -n -m 1 ' spwan ' part | cut -d: -f1): not a trace event" run --replay=part
}

# Every golden trace is judged here as in the tests of the checks.
golden ()
{
  for file in "$top"/tests/golden/*.trace; do
    contract=${file##*/}
    verdict=${contract#*.}
    contract=${contract%%.*}
    if [ "$verdict" = pass.trace ]; then
      try 0 shmstress run --replay="$file"
      has " $contract"
    else
      try 1 shmstress run --replay="$file"
      has "FAIL $contract "
    fi
  done
  [ "${contract:-*}" != '*' ] || echo "no traces"
}

# --- what it looks like ---

escape=$(printf '\033')

uncoloured ()
{
  ! grep -q "$escape" out || echo "$*: coloured"
}
coloured ()
{
  grep -q "$escape" out || echo "$*: not coloured"
}

colours ()
{
  try 0 $ref $one
  uncoloured 'no terminal'
  try 0 $ref --color=always $one
  coloured --color=always
  try 0 env NO_COLOR=1 $ref --color=always $one
  coloured 'NO_COLOR and --color=always'
}

# terminal STATUS COMMAND: as try, on a terminal
terminal ()
{
  expected=$1
  shift
  try "$expected" env TERM=xterm script -qec "$*" /dev/null
}

terminal_colours ()
{
  terminal 0 "$ref -q $one"
  coloured 'a terminal'
  terminal 0 "$ref -q --color=never $one"
  uncoloured --color=never
  terminal 0 "NO_COLOR=1 $ref -q $one"
  uncoloured NO_COLOR
  terminal 0 "NO_COLOR= $ref -q $one"
  coloured 'empty NO_COLOR'
  terminal 0 "TERM=dumb $ref -q $one"
  uncoloured TERM=dumb
}

progress_bar ()
{
  terminal 0 "$ref $one >/dev/null"
  has '[####'
  terminal 0 "$ref --quiet $one >/dev/null"
  ! grep -qF '[#' out || echo "--quiet: $(cat out)"
  terminal 0 "$ref $one 2>/dev/null"
  ! grep -qF '[#' out || echo "on stdout: $(cat out)"
}

widths ()
{
  cat "$top"/tests/golden/*.fail.trace >all.trace
  for columns in 80 60; do
    try 1 env COLUMNS=$columns shmstress run --verbose --replay=all.trace
    grep -vE '^ *reproduce: |^RESULT: ' out | awk -v n=$columns 'length > n { print n ": " $0 }'
  done
}

# --- what cannot be measured ---

vacuous ()
{
  vacuous_scenario >vacuous.scenario
  try 99 $ref vacuous.scenario
  silent
  has 'BROKEN wait-ends '
  has 'nothing to look at'
}

# A consumer without a producer waits for nobody longer than its steps say.
lonely ()
{
  good | sed '1s/order, //; 4d; 6d; 7s/=3$/=0.5/' >lonely.scenario
  LIMIT=10
  try 99 $ref lonely.scenario
  silent
  has 'step failed or late'
}

no_plugin ()
{
  mkdir -p plugins
  try 77 env GST_PLUGIN_SYSTEM_PATH="$temp/plugins" GST_PLUGIN_PATH="$temp/plugins" \
    GST_PLUGIN_SYSTEM_PATH_1_0="$temp/plugins" GST_PLUGIN_PATH_1_0="$temp/plugins" \
    GST_REGISTRY="$temp/registry" shmstress run --pair=gst:gst $one
  silent
  same reasons "$(grep '^skip: ' out)" 'skip: shmsink: element not installed: 1 case'
}

no_directory ()
{
  try 99 env TMPDIR=/nonexistent $ref $one
  one_line '/nonexistent/shmdiag-'
  echo >file
  try 99 env TMPDIR="$temp/file" $ref $one
  one_line "$temp/file/shmdiag-"
  [ "$(id -u)" != 0 ] || return
  mkdir -p readonly
  chmod 555 readonly
  try 99 env TMPDIR="$temp/readonly" $ref $one
  one_line 'Permission denied'
}

# Too few descriptors, at each place where they can run out.
few_descriptors ()
{
  for limit in 6 9 12 14 16; do
    try 99 sh -c 'ulimit -n "$1" && shift && exec "$@"' sh $limit $ref $one
    silent
    has 'Too many open files'
    left_in_tmp
  done
}

# --- what is left ---

left_in_tmp ()
{
  ls -A "$TMPDIR"
}

# left_by PID...: those roles, and their segments
left_by ()
{
  for pid in "$@"; do
    within 5 gone "$pid" || echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
    ls "/dev/shm/shmpipe.$(printf %5d "$pid")".* 2>/dev/null
  done
}

# roles_of TRACE: pids of the roles of a recorded run
roles_of () { sed -n 's/.* spawn pid=\([0-9]*\).*/\1/p' "$1"; }

nothing_left ()
{
  try 0 $ref --record=trace --jobs=2 'shutdown-order/*/SIGKILL/full'
  [ "$(roles_of trace | wc -l)" -gt 10 ] || echo "few roles"
  # shellcheck disable=SC2046 # one word a role
  left_by $(roles_of trace)
  left_in_tmp
}

# Processes that were started with our TMPDIR.
left_processes ()
{
  for dir in /proc/[0-9]*; do
    tr '\0' '\n' 2>/dev/null <"$dir/environ" | grep -qxF "TMPDIR=$TMPDIR" || continue
    words=$(tr '\0' ' ' 2>/dev/null <"$dir/cmdline")
    case $words in
      *shmdiag* | *shmstress* | *gst-launch*) echo "${dir#/proc/}: $words" ;;
    esac
  done
}

# --- a small /dev/shm ---

# private COMMAND ARGUMENT...: with a /dev/shm of its own, of one page
private ()
{
  unshare $private_options sh -c \
    'mount -t tmpfs -o size=4k,mode=1777 tmpfs /dev/shm && "$@"; s=$?; ls -A /dev/shm; exit $s' \
    sh "$@"
}

private_options=
for options in -m -rm; do
  [ -z "$private_options" ] &&
    unshare $options mount -t tmpfs tmpfs /dev/shm 2>/dev/null && private_options=$options
done

full_shm ()
{
  private timeout 30 $ref $one >out 2>err
  same status $? 99
  silent
  grep '^shmpipe' out
  left_in_tmp
}

# That the machine is short of memory is said, and said once.
full_shm_told ()
{
  private timeout 30 $ref $one >out 2>err
  has 'BROKEN: /dev/shm has 4.0 KiB free, this case needs'
  same 'BROKEN contracts' "$(grep -c '^BROKEN  ' out)" 1
}

# A real element that breaks is a failure, and what is not measured is not held against anybody.
full_shm_real ()
{
  private timeout 30 shmstress run --pair=gst:ref --known=fail $one >out 2>err
  case $? in
    1) has FAIL ;;
    99) has BROKEN ;;
    *) cat out ;;
  esac
  ! grep '^XPASS' out
  silent
  grep '^shmpipe' out
  left_in_tmp
}

# --- signals ---

# long SECONDS > FILE: in the middle of this one nothing happens for long
long () { good | sed "s/order, //; /^stop, role=c/i observe, role=c, seconds=$1, label=long"; }

at_work () { ls "$TMPDIR/shmdiag-$1-"*/*/p.sock >/dev/null 2>&1; }

# start COMMAND ARGUMENT...: a runner in the background, until it is at work; its output goes to
# the files run.out and run.err
start ()
{
  "$@" >run.out 2>run.err </dev/null &
  runner=$!
  within 10 at_work $runner || echo "$*: does not begin: $(cat run.err)"
  dir=$(echo "$TMPDIR/shmdiag-$runner-"*)
}

# roles_in DIR: pids of the roles of that runner
roles_in () { cut -d ' ' -f 1 "$1/journal"; }

# interrupted SIGNAL FORMAT TEXT: the report, with TEXT in it, says that it is not complete
interrupted ()
{
  long 20 >long.scenario
  start $ref --format="$2" long.scenario
  roles=$(roles_in "$dir")
  kill -"$1" $runner
  ends 10 $runner 130
  has "$3" run.out
  [ ! -s run.err ] || cat run.err
  left_by $roles
  left_in_tmp
}

# moment N: some part of a second
moment () { awk -v seed="$$$1" 'BEGIN { srand (seed); printf "%.2f\n", rand () * 0.8 }'; }

# Whatever others have left is gone too, by now; unless they have left it just now.
nothing_to_clean ()
{
  for round in 1 2 3; do
    try 0 shmstress clean
    [ "$(cat out)" != 'nothing to clean' ] || return
  done
  echo "round $round: $(cat out)"
}

# killed N: at some moment
killed ()
{
  start $ref --jobs=2
  sleep "$(moment "$1")"
  kill -KILL $runner
  ends 5 $runner 137
  roles=$(roles_in "$dir")
  for pid in $roles; do
    within 5 gone "$pid" || echo "role $pid outlives its runner"
  done
  try 0 shmstress clean --dry-run
  has "would remove directory $dir"
  [ -e "$dir/journal" ] || echo "--dry-run: $dir is gone"
  try 0 shmstress clean
  silent
  has "removed directory $dir"
  left_by $roles
  left_in_tmp
  nothing_to_clean
}

# spared COMMAND ARGUMENT...: who cleans does not touch a run that goes on
spared ()
{
  long 60 >long.scenario
  start $ref long.scenario
  roles=$(roles_in "$dir")
  for round in 1 2 3; do
    try 0 "$@"
    silent
    ! grep -F "${dir##*/}" out || echo "round $round"
    [ -e "$dir/0/p.sock" ] || echo "round $round: $dir: its socket is gone"
  done
  for pid in $roles; do
    ! gone "$pid" || echo "role $pid is gone"
  done
  kill -INT $runner
  ends 20 $runner 130
  ! grep -E '^(FAIL|BROKEN)' run.out
}

# In there our directory is /tmp, and our processes cannot be seen.
spared_elsewhere ()
{
  cp "$(command -v shmstress)" "$TMPDIR/shmstress"
  spared sh -c 'unshare $1 -p --fork --mount-proc sh -c "$2" sh "$3"' sh "$private_options" \
    'mount --bind "$1" /tmp && TMPDIR=/tmp exec /tmp/shmstress clean' "$TMPDIR"
  rm "$TMPDIR/shmstress"
}

# What only looks like ours stays. No process can have these numbers.
spared_strangers ()
{
  mkdir keep "$TMPDIR/shmdiag-nonsense" "$TMPDIR/shmdiag-7654321-5"
  touch keep/file "$TMPDIR/shmdiag-7654321-6"
  ln -s "$temp/keep" "$TMPDIR/shmdiag-7654321-7"
  try 0 shmstress clean
  silent
  has "removed directory $TMPDIR/shmdiag-7654321-5"
  same left "$(left_in_tmp | tr '\n' ' ')" 'shmdiag-7654321-6 shmdiag-7654321-7 shmdiag-nonsense '
  [ -e keep/file ] || echo "a link was followed"
  rm -r "${TMPDIR:?}"/shmdiag-*
}

# --- tap ---

# start_tap ARGUMENT...: between t.sock and p.sock
start_tap ()
{
  shmstress tap "$@" t.sock p.sock >tap.out 2>tap.err </dev/null &
  tap=$!
  within 10 test -S t.sock || echo "no t.sock: $(cat tap.err)"
}

# end_tap STATUS
end_tap ()
{
  kill -INT $tap
  ends 5 $tap "$1"
  [ ! -s tap.err ] || cat tap.err
  [ ! -e t.sock ] || echo "t.sock is left"
}

start_producer ()
{
  gst-launch-1.0 -q videotestsrc is-live=true ! \
    video/x-raw,format=GRAY8,width=100,height=75,framerate=100/1 ! \
    shmsink socket-path=p.sock shm-size=100000 wait-for-connection=false \
    >producer.log 2>&1 </dev/null &
  producer=$!
  within 10 test -S p.sock || echo "no producer: $(cat producer.log)"
}

# Its own exit status is the matter of the scenarios.
end_producer ()
{
  kill -INT $producer
  within 10 gone $producer || kill -KILL $producer
  { wait $producer; } 2>/dev/null
  left_by $producer
}

tapped ()
{
  start_producer
  start_tap --record=trace
  try 0 gst-launch-1.0 -q shmsrc socket-path=t.sock num-buffers=10 ! fakesink
  end_tap 0
  end_producer
  for text in client-open ' new-area client=0 area=1 ' ' new-buffer client=0 ' \
    ' ack-buffer client=0 ' 'pass W3 ack-area: looked at '; do
    has "$text" tap.out
  done
  ! grep FAIL tap.out
  # A producer that throws clients out cannot be told here from one that stops.
  for text in 'W5 ack-late' 'W16 kept' 'W17 unharmed'; do
    has "skip $text: not judged, this wire alone shows nothing of it" tap.out
  done
  same 'contracts told of' "$(grep -cE '^(pass|skip) W[0-9]+ ' tap.out)" \
    "$(shmstress list --contracts | grep -c ^W)"
  try 0 shmstress run --replay=trace
  same 'contracts replayed' "$(sed -n 's/.* \([0-9]*\) contracts judged.*/\1/p' out)" \
    "$(grep -c '^pass ' tap.out)"
}

# The same in parts: nothing that is held from one to the next is taken for a breach.
tapped_in_parts ()
{
  start_producer
  start_tap --record=trace --window=7
  try 0 gst-launch-1.0 -q shmsrc socket-path=t.sock num-buffers=30 ! fakesink
  end_tap 0
  end_producer
  has 'pass W3 ack-area: looked at ' tap.out
  ! grep FAIL tap.out
  same 'ACKs looked at' "$(sed -n 's/^pass W3 ack-area: looked at //p' tap.out)" \
    "$(grep -c ' ack-buffer client=0 ' tap.out)"
  [ "$(grep -c '^case tap' trace)" -gt 5 ] || echo "no parts: $(grep -c '^case' trace)"
  try 0 shmstress run --replay=trace
}

# A client that acknowledges what it never got.
tapped_breach ()
{
  start_producer
  start_tap --quiet --record=trace
  timeout 10 python3 -c '
import socket, struct
client = socket.socket (socket.AF_UNIX)
client.settimeout (5)
client.connect ("t.sock")
client.send (struct.pack ("@IiLL", 4, 99, 0, 0))
while client.recv (4096):
  pass'
  end_tap 1
  end_producer
  has 'FAIL W3 ack-area: ' tap.out
  try 1 shmstress run --replay=trace
  has 'FAIL ack-area '
}

# A producer that announces a pipe in the place of an area.
tapped_pipe ()
{
  pipe=shmpipe.cli-shmstress.$$
  mkfifo "/dev/shm/$pipe"
  timeout 60 python3 -c '
import socket, struct, sys
server = socket.socket (socket.AF_UNIX)
server.settimeout (50)
server.bind ("p.sock")
server.listen (1)
open ("listens", "w").close ()
peer, _ = server.accept ()
peer.settimeout (50)
name = ("/%s\0" % sys.argv[1]).encode ()
peer.sendall (struct.pack ("@IiQII", 1, 1, 100, len (name), 0) + name)
peer.recv (1)' "$pipe" &
  peer=$!
  within 10 test -e listens || echo "no producer"
  start_tap --quiet
  python3 -c '
import socket
client = socket.socket (socket.AF_UNIX)
client.settimeout (20)
client.connect ("t.sock")
client.recv (100)'
  end_tap 1
  wait $peer
  rm "/dev/shm/$pipe" p.sock listens
  has 'FAIL W8 in-bounds: ' tap.out
  has "producer: area 1 announced with /$pipe, which is a FIFO and no memory object" tap.out
}

# header_late WHO STATUS TEXT: the first area comes after 2.3 s, since the producer waits, or the tap
# stands still; with "both" it does so for a second, and the producer waits then
header_late ()
{
  timeout 60 python3 -c '
import os, socket, struct, time
server = socket.socket (socket.AF_UNIX)
server.settimeout (50)
server.bind ("p.sock")
server.listen (1)
peer, _ = server.accept ()
while not os.path.exists ("go"):
  time.sleep (0.01)
peer.sendall (struct.pack ("@IiQII", 1, 1, 100, 3, 0) + b"/x\0")
peer.settimeout (50)
peer.recv (1)' &
  peer=$!
  within 20 test -S p.sock || echo "no producer"
  start_tap --record=trace
  timeout 60 python3 -c '
import socket
client = socket.socket (socket.AF_UNIX)
client.settimeout (50)
client.connect ("t.sock")
client.recv (100)' &
  client=$!
  within 20 grep -q client-open tap.out || echo "no client"
  [ "$1" = producer ] || kill -STOP $tap
  [ "$1" != both ] || sleep 1
  [ "$1" != both ] || kill -CONT $tap
  [ "$1" != tap ] || : >go
  sleep 2.3
  : >go
  kill -CONT $tap
  { wait $client; } 2>/dev/null
  end_tap "$2"
  wait $peer
  rm p.sock go
  has "$3" tap.out
  try "$2" shmstress run --replay=trace
}

untapped ()
{
  start_tap
  end_tap 99
  has 'nothing was seen' tap.out
}

tap_errors ()
{
  echo mine >taken
  refuse 'tap: --window: not from 1 on: 0' tap --window=0 t.sock p.sock
  refuse 'tap: taken: cannot listen: Address already in use' tap taken p.sock
  check 'tap: leaves alone what is not its own' same content "$(cat taken)" mine
  refuse 'tap: /nonexistent/t: cannot listen' tap /nonexistent/t p.sock
  refuse '/nonexistent/x: cannot write it' tap --record=/nonexistent/x t.sock p.sock
}

# --- real elements ---

# before A B: version A is older
before () { [ "$1" != "$2" ] && printf '%s\n%s\n' "$1" "$2" | sort -V -C; }

# K1 is seen by the synchronous handler after the stop was asked for; popping the bus afterwards
# finds nothing. It shows nearly every time.
late_error ()
{
  try 0 shmstress run --pair=gst:ref --repeat=8 --jobs=1 --record=trace $one
  awk '
    /^case / { stopped = error = popped = 0 }
    / p stop / { stopped = 1 }
    stopped && / p bus-error .*Failed waiting on fd activity/ { error = 1 }
    error && / p bus-popped/ { popped = / messages=0/ }
    popped && / p exit forced=0 status=1 / { found++ }
    END { if (!found) print "no error after the stop that a pop of the bus has missed" }' trace
}

# known FAIL|ALLOW STATUS TEXT
known ()
{
  try "$2" shmstress run --pair=gst:gst --repeat=8 --jobs=1 --known="$1" $one
  silent
  has "$3"
}

# --- all ---

usage_errors
run_errors
for command in '' run list show explain tap clean; do
  check "${command:-shmstress} --help" help_of $command
done
check --version version
check list listed_cases
check 'list --contracts' listing --contracts '^[A-Z][0-9]+ +[a-z-]+ +[A-Z]' 30
check 'list --actions' listing --actions '^(producer|consumer|start|wait|stop) ' 5
check 'list --formats' listing --formats '^(text|tap|junit|json) ' 4
check show shown
check explain explained

for format in text tap junit json; do
  check "format $format" reported $format
  check "format $format: output full" unwritable $format
done
check 'plan of TAP' tap_plan
check 'record: output full' unwritable_record
check 'output closed' closed_output
check 'output read by nobody' broken_pipe

scenario_errors
table_errors
check --seed seeds
check --shard shards
check --exclude excluded
check --repeat repeated
check --until-fail until_fail
check 'record and replay' recorded
check 'trace cut off' cut_off
check 'golden traces' golden

check colours colours
check 'no line is too long' widths
if command -v script >/dev/null; then
  check 'colours of a terminal' terminal_colours
  check 'progress bar' progress_bar
else
  skip 'colours of a terminal' 'no script(1)'
  skip 'progress bar' 'no script(1)'
fi

check 'nothing to look at' vacuous
check 'consumer without a producer' lonely
check 'no plugin' no_plugin
check 'no directory' no_directory
check 'few descriptors' few_descriptors
if [ -n "$private_options" ]; then
  check 'full /dev/shm' full_shm
  check 'full /dev/shm: the report says why' full_shm_told
else
  skip 'full /dev/shm' 'no private mounts here'
  skip 'full /dev/shm: the report says why' 'no private mounts here'
fi

check 'SIGINT' interrupted INT text 'interrupted: 0 of 1 case'
check 'SIGINT, json' interrupted INT json '"interrupted" : true'
check 'SIGTERM, tap' interrupted TERM tap 'Bail out! interrupted'
check 'nothing is left' nothing_left
round=0
while [ $round -lt "$KILLS" ]; do
  round=$((round + 1))
  check "killed, then cleaned: $round" killed $round
done
check 'clean beside a run' spared shmstress clean
check 'clean beside strangers' spared_strangers
if [ -n "$private_options" ] && unshare $private_options -p --fork --mount-proc true 2>/dev/null
then
  check 'clean in another pid namespace' spared_elsewhere
else
  skip 'clean in another pid namespace' 'no namespaces here'
fi

tap_errors
check 'tap: nothing seen' untapped
if command -v python3 >/dev/null; then
  check 'tap: a pipe in the place of an area' tapped_pipe
  check 'tap: the header is late' header_late producer 1 'FAIL W14 header-first: '
  check 'tap: it stood still itself' header_late tap 0 'pass W14 header-first: looked at 1'
  check 'tap: both' header_late both 99 \
    'BROKEN W14 header-first: not judged, this machine stood still for '
else
  skip 'tap: a pipe in the place of an area' 'no python3'
  skip 'tap: late, by whom' 'no python3'
fi
$ref --format=json $one >target 2>&1
sink=$(sed -n 's/.*"target" : ".*shmsink \([0-9.]*\),.*/\1/p' target)
if [ -n "$sink" ] && command -v gst-launch-1.0 >/dev/null &&
  gst-inspect-1.0 --exists videotestsrc 2>/dev/null; then
  check tap tapped
  check 'tap, in parts' tapped_in_parts
  if command -v python3 >/dev/null; then
    check 'tap: a breach' tapped_breach
  else
    skip 'tap: a breach' 'no python3'
  fi
else
  skip tap 'no gst-launch-1.0, shmsink or videotestsrc'
  skip 'tap: a breach' 'no gst-launch-1.0, shmsink or videotestsrc'
fi
if [ -z "$sink" ]; then
  reason='no shmsink'
elif ! before "$sink" 1.28.2; then
  reason="shmsink $sink has no K1"
else
  reason=
fi
if [ -z "$reason" ]; then
  check 'K1: an error after the stop' late_error
  check 'K1: --known=fail' known fail 1 'known: K1 (MR 11109, issue 4487)'
  check 'K1: --known=allow' known allow 0 ' xfail, '
else
  for name in 'an error after the stop' --known=fail --known=allow; do
    skip "K1: $name" "$reason"
  done
fi
if [ -n "$sink" ] && [ -n "$private_options" ]; then
  check 'full /dev/shm, a real element' full_shm_real
else
  skip 'full /dev/shm, a real element' 'no shmsink, or no private mounts here'
fi

check 'no process is left' left_processes
check 'no directory is left' left_in_tmp
finish
