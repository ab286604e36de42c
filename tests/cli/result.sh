#!/bin/sh
# What a run ends with: the line of its verdict, wherever the report goes, and whoever stops reading;
# and what is refused before it begins.
# shellcheck disable=SC1003,SC2016 # $ is for an inner shell
# shellcheck disable=SC2086 # $ref is a list of words
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
begin

one=eos-exit/copy/appsink
ref='shmstress run --pair=ref:ref'

# last LINE [FILE]: it is the last one of FILE (out)
last () { same 'last line' "$(tail -n 1 "${2:-out}")" "$1"; }

# one_usage TEXT: nothing was run, and one line says why
one_usage ()
{
  one_line "$1"
  [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
}

result_line ()
{
  try 0 $ref $one
  silent
  last 'RESULT: OK, nothing is broken'
  same results "$(grep -c '^RESULT: ' out)" 1
  try 0 shmcheck-align allocators system --contract=maxsize-true
  same results "$(tail -n 1 out | grep -c '^RESULT: OK, nothing')" 1
  shmstress run --pair=ref:ref --record=record $one
  try 0 shmstress run --replay=record
  last 'RESULT: OK, nothing is broken'
}

to_file ()
{
  for format in text json junit tap; do
    try 0 $ref --format=$format --output=file $one
    same 'on stderr' "$(cat err)" 'RESULT: OK, nothing is broken'
    [ ! -s out ] || echo "on stdout: $(head -n 3 out)"
    [ -s file ] || echo "$format: no report"
  done
  try 0 $ref --format=json --output=- $one
  [ ! -s err ] || echo "on stderr: $(cat err)"
}

# head_of LINES COMMAND...: ends as the writers of head(1) do, quietly
head_of ()
{
  lines=$1
  shift
  cat >reader <<END
{ timeout -k 5 $LIMIT "\$@" 2>err; echo \$? >status; } | head -n $lines >out
END
  sh reader "$@"
  same status "$(cat status)" 141
  silent
}

seen_enough ()
{
  # The case goes on long after the reader has left.
  head_of 1 $ref --repeat=40 --jobs=1 'eos-exit/*'
  head_of 1 $ref --repeat=40 --jobs=1 --format=tap 'eos-exit/*'
  head_of 1 $ref --repeat=40 --jobs=1 --record=- 'eos-exit/*'
  [ -z "$(ls "$TMPDIR")" ] || echo "left: $(ls "$TMPDIR")"
}

replay_selects ()
{
  shmstress run --pair=ref:ref --record=record 'eos-exit/*' || echo "not recorded"
  try 0 shmstress run --replay=record
  has 'ref:ref'
  all=$(sed -n 's/^\([0-9]*\) cases*, .*/\1/p' out)
  try 0 shmstress run --replay=record --pair=ref:ref
  same cases "$(sed -n 's/^\([0-9]*\) cases*, .*/\1/p' out)" "$all"
  try 0 shmstress run --replay=record $one
  same cases "$(sed -n 's/^\([0-9]*\) cases*, .*/\1/p' out)" 1
  has "$((all - 1)) cases not"
  try 0 shmstress run --replay=record --contract=order $one
  has '1 contracts judged'
  try 0 shmstress run --replay=record --exclude=$one
  same cases "$(sed -n 's/^\([0-9]*\) cases*, .*/\1/p' out)" $((all - 1))
}

replay_refuses ()
{
  try 2 shmstress run --replay=record --pair=gst:gst
  one_usage 'record: no case with --pair gst:gst is recorded'
  try 2 shmstress run --replay=record --pair=ref:ref,gst:ref
  one_usage 'record: no case with --pair gst:ref is recorded'
  try 2 shmstress run --replay=record --contract=one-page
  one_usage 'record: no case with --contract one-page is recorded'
  try 2 shmstress run --replay=record nonsense
  one_usage 'record: no case with the name nonsense is recorded'
  try 2 shmstress run --replay=record --exclude='*'
  one_usage 'record: no recorded case is selected'
  try 2 shmstress run --replay=record x.scenario
  one_usage '--replay reads no scenarios: x.scenario'
}

lists ()
{
  try 0 shmstress list --contracts
  wc -l <out >contracts
  try 0 shmstress list --actions
  wc -l <out >>contracts
  try 0 shmstress list --contracts --actions
  same lines "$(wc -l <out)" $(($(head -n 1 contracts) + $(tail -n 1 contracts)))
  try 2 shmstress list --contracts order
  one_usage 'list: unexpected argument: order'
}

pipelines ()
{
  if ! gst-inspect-1.0 shmsink >/dev/null 2>&1; then
    return
  fi
  try 2 shmstress run --pair=gst:ref --producer-pipeline='appsrc name=src ! ! shmsink name=sink' $one
  one_usage 'run: --producer-pipeline: '
  try 2 shmstress run --pair=ref:gst --consumer-pipeline='shmsrc name=src nonsense=1 ! appsink name=sink' $one
  one_usage 'no property "nonsense"'
  try 2 shmstress run --pair=gst:ref --producer-pipeline='nonsense ! shmsink name=sink' $one
  one_usage 'run: --producer-pipeline: nonsense: element not found'
}

# --- the two commands, with programs that say and exit what they are told ---

# fake FILE STATUS LINE...
fake ()
{
  file=$1
  status=$2
  shift 2
  { echo '#!/bin/sh'; printf "echo '%s'\n" "$@"; echo "exit $status"; } >"$file"
  chmod +x "$file"
}

# quick STATUS LINE: with the fakes of build/, quickstart exits so and ends so
quick ()
{
  try "$1" tree/scripts/quickstart
  last "$2"
  same results "$(grep -c '^RESULT: ' out)" 1
}

quickstart ()
{
  mkdir -p tree/scripts tree/build
  cp "$top/scripts/quickstart" tree/scripts
  fake tree/scripts/setup 0 'setup: nothing'
  fake tree/build/shmstress 0 'the table' 'xfail K1 stop-quiet shmsink: 3 cases' 'xfail K2 order' \
    'RESULT: OK, nothing new is broken; 2 known GStreamer problems (xfail)'
  fake tree/build/shmcheck-align 0 'xfail K2 order' 'RESULT: OK, nothing new is broken; 1 known'
  quick 0 'RESULT: OK, nothing new is broken; 2 known GStreamer problems (xfail)'
  has 'the table'
  fake tree/build/shmcheck-align 1 'RESULT: FAIL, 1 contract is broken: one-page (shm)'
  quick 1 'RESULT: FAIL, shmcheck-align: FAIL, 1 contract is broken: one-page (shm)'
  fake tree/build/shmstress 99 'RESULT: BROKEN, 1 measurement failed'
  quick 1 'RESULT: FAIL, shmstress: BROKEN, 1 measurement failed; shmcheck-align: FAIL, 1 contract is broken: one-page (shm)'
  fake tree/build/shmcheck-align 77 'RESULT: SKIP, nothing could be judged'
  quick 99 'RESULT: BROKEN, shmstress: BROKEN, 1 measurement failed; shmcheck-align: SKIP, nothing could be judged'
  fake tree/build/shmstress 0 'xfail K1 it' 'RESULT: OK, nothing new is broken'
  quick 0 'RESULT: OK, nothing new is broken; 1 known GStreamer problem (xfail); shmcheck-align: SKIP, nothing could be judged'
  fake tree/build/shmstress 77 'RESULT: SKIP, nothing could be judged'
  quick 77 'RESULT: SKIP, shmstress: SKIP, nothing could be judged; shmcheck-align: SKIP, nothing could be judged'
  fake tree/build/shmcheck-align 0 'RESULT: OK, nothing is broken'
  fake tree/build/shmstress 2 'no report'
  quick 2 'RESULT: BROKEN, shmstress: ended with status 2'
  fake tree/scripts/setup 77 'setup: packages are missing'
  quick 77 'RESULT: NOT RUN, see above: this package could not be built here'
}

suite_of ()
{
  mkdir -p checked/scripts checked/build
  cp "$top/scripts/check" checked/scripts
  fake checked/scripts/setup 77 'setup: packages are missing'
  try 77 checked/scripts/check
  last '0 passed, 0 failed, 0 skipped'
  has 'check: not run: packages are missing'
  fake checked/scripts/setup 1 'setup: error'
  try 1 checked/scripts/check
  last '0 passed, 1 failed, 0 skipped'
  has 'failed: the build'
  fake checked/scripts/setup 0 'setup: nothing'
  printf '%s\n' 'check:' '	@if [ -z "$(TESTS)" ] && [ "$(origin TESTS)" != undefined ]; then :; else \' \
    '	printf "# PASS:  7\n# SKIP:  1\n# FAIL:  1\nFAIL: tests/a.sh 3 - it does\n" >test-suite.log; exit 2; fi' \
    >checked/build/Makefile
  try 2 checked/scripts/check
  last '7 passed, 1 failed, 1 skipped'
  has 'failed: tests/a.sh 3 - it does'
}

check 'the last line is the verdict' result_line
check 'quickstart: one line for both of its runs' quickstart
check 'check: names, and the totals at the very end' suite_of
check 'with --output it goes to stderr' to_file
check 'who reads has seen enough: the run ends of SIGPIPE' seen_enough
check 'replay judges what is asked for' replay_selects
check 'replay of what is not recorded is refused' replay_refuses
check 'lists together' lists
check 'a pipeline that does not parse is refused once' pipelines
finish
