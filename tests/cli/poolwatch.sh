#!/bin/sh
# poolwatch check: statuses, news, store, hook, metrics, on trees and captures made here.
# shellcheck disable=SC2317 # the tests are called by check
set -u
. "${srcdir:-.}/tests/lib.sh"
begin
XDG_STATE_HOME=$temp/state
export XDG_STATE_HOME
unset STATE_DIRECTORY

# table PINS [PID]: a tree with one table of rtpengine 26.0 that has so many
table ()
{
  mkdir -p "$temp/root/proc/rtpengine/0"
  echo 0 >"$temp/root/proc/rtpengine/list"
  cat >"$temp/root/proc/rtpengine/0/status" <<END
Refcount:    1
Control PID: ${2-216}
Targets:     8
Players:     0
PStreams:    0
Memory pins: $1
Memory:      $(($1 * 16777216))
END
}

# watch STATUS OPTION...: poolwatch on that tree
watch ()
{
  wanted=$1
  shift
  try "$wanted" poolwatch --config=none --sysroot="$temp/root" --threads=4 \
    --source=rtpengine-proc "$@"
}

forget () { rm -rf "$temp/state"; }

levels ()
{
  while read -r pins status word; do
    table "$pins"
    watch "$status" --no-store
    has "POOLWATCH $word - "
    [ "$(head -n 1 out | cut -d '|' -f 1 | wc -c)" -le 81 ] || echo "long line: $(head -n 1 out)"
    has "pins_table-0=$pins;11;12;0;16"
  done <<END
1 0 OK
11 0 OK
12 1 WARNING
13 2 CRITICAL
16 2 CRITICAL
END
}

thresholds ()
{
  table 5
  watch 0 --no-store -w 5 -c 6
  watch 1 --no-store -w 4 -c 6
  watch 2 --no-store -w 3 -c 4
  watch 1 --no-store -w 'memory=0:64M'
  watch 0 --no-store -w 'table-1/pins=1'
  watch 1 --no-store -w 'table-*/pins=1'
  watch 2 --no-store -c @5:5
}

bad_usage ()
{
  for bad in --limit=x --threads=0 --timeout=never '--warning=5:3' '--source=nothing' \
    '--source=rtpengine-proc,colour=red' '--format=xml' --unknown --maintenance=often --color=red stray; do
    watch 3 --no-store "$bad"
    grep -q '^poolwatch: ' err || echo "$bad: $(cat err)"
    [ "$(wc -l <err)" = 1 ] || echo "$bad: $(cat err)"
    has 'POOLWATCH UNKNOWN - '
  done
  watch 3 --no-store --limit=x
  same error "$(cat err)" 'poolwatch: --limit: neither a number of pins nor auto nor none: x'
}

# Of whatever command: 2 would be CRITICAL.
no_usage_is_critical ()
{
  for bad in chekc 'clean-orphans --unknown' 'watch --unknown' 'plot --unknown' 'dump --unknown' \
    'dump stray' 'import --unknown' 'import a b' 'plot --config=none' 'watch --interval=never'; do
    # shellcheck disable=SC2086 # words
    try 3 poolwatch $bad
    [ "$(wc -l <err)" = 1 ] || echo "$bad: $(cat err)"
  done
}

dead_daemon ()
{
  table 16 0
  watch 2 --no-store
  has 'stale table'
}

nothing_there ()
{
  rm -rf "$temp/root"
  mkdir "$temp/root"
  watch 3 --no-store
  has 'no table'
}

# A directory that is not there is no system without tables.
no_sysroot ()
{
  for option in '' --source=rtpengine-proc,absent=ok --source=gst-shm; do
    # shellcheck disable=SC2086 # none is no word
    try 3 poolwatch --config=none --no-store --sysroot="$temp/nowhere" $option
    one_line "--sysroot: no such directory: $temp/nowhere"
  done
}

# Without a configuration: all that can be seen is, and what was looked at is said.
no_configuration ()
{
  rm -rf "$temp/root"
  mkdir -p "$temp/root/dev/shm" "$temp/root/proc"
  set -- poolwatch --config=none --sysroot="$temp/root" --threads=4 --no-store
  try 3 "$@" -f json
  has 'nothing found without a configuration: looked at tables of rtpengine (/proc/rtpengine) and shm pipes'
  has 'all else needs a configuration (poolwatch --list-sources)'
  try 3 "$@"
  has 'POOLWATCH UNKNOWN - '
  table 3
  try 0 "$@" -f json
  has '"table-0"'
  has 'looked at tables of rtpengine (/proc/rtpengine) and shm pipes'
  table 16
  try 2 "$@"
  rm -rf "$temp/root/proc/rtpengine"
  printf 'cpu 1\nbtime 1700000000\n' >"$temp/root/proc/stat"
  mkdir "$temp/root/proc/1"
  echo init >"$temp/root/proc/1/comm"
  : >"$temp/root/proc/1/maps"
  mkdir "$temp/root/proc/1/fd"
  echo 1234567 >"$temp/root/dev/shm/shmpipe.  100.    0"
  try 1 "$@" -f json
  has '"shmpipe.100.0"'
  has '"owner_state" : "gone"'
}

cut_status ()
{
  table 3
  printf 'Refcount:    1\nControl PID: 216\nTargets:     8\nPlayers:     0\nMemory pi' \
    >"$temp/root/proc/rtpengine/0/status"
  watch 3 --no-store
}

formats ()
{
  table 3
  for format in table nagios json jsonl csv openmetrics; do
    watch 0 --no-store --format="$format"
    [ -s out ] || echo "$format: nothing printed"
    silent
  done
  watch 0 --no-store -f json
  well_formed json
  has '"pins"'
  watch 0 --no-store -f table
  [ "$(wc -L <out)" -le 80 ] || echo "wider than 80 columns: $(wc -L <out)"
}

cron_news ()
{
  forget
  table 3
  watch 0 --cron
  [ ! -s out ] || echo "all is well, but: $(cat out)"
  table 14
  watch 2 --cron
  has 'CRITICAL rtpengine-proc/table-0: 14 of 16 pins'
  [ "$(wc -l <out)" = 1 ] || echo "not one line: $(cat out)"
  watch 2 --cron
  [ ! -s out ] || echo "said again: $(cat out)"
  # Who looks in between takes nothing away.
  watch 2
  # Better is believed when it lasts.
  table 3
  watch 2 --cron
  [ ! -s out ] || echo "believed at once: $(cat out)"
  watch 2
  has 'CRITICAL rtpengine-proc/table-0: 3 of 16 pins (better, not yet confirmed)'
  watch 0 --cron
  has '(was CRITICAL)'
  watch 0 --cron
  [ ! -s out ] || echo "said again: $(cat out)"
}

reminder ()
{
  forget
  table 14
  watch 2 --cron --remind=100ms
  within 10 remind_comes || echo "no reminder: $(cat out)"
}
remind_comes ()
{
  watch 2 --cron --remind=100ms >/dev/null
  grep -q 'still, since' out
}

# hook SCRIPT: makes an executable file of it
hook ()
{
  printf '#!/bin/sh\n%s\n' "$1" >"$temp/hook"
  chmod 755 "$temp/hook"
}

hook_runs ()
{
  forget
  hook "echo \"\$POOLWATCH_KIND \$POOLWATCH_LEVEL \$POOLWATCH_POOL \$POOLWATCH_RULE\" >>$temp/told"
  rm -f "$temp/told"
  table 14
  watch 2 --cron --exec="$temp/hook"
  watch 2 --cron --exec="$temp/hook"
  table 3
  watch 0 --cron --clear-runs=1 --exec="$temp/hook"
  same told "$(cat "$temp/told")" "worse CRITICAL table-0 pins
recovered OK table-0 pins"
}

hook_hangs ()
{
  forget
  hook 'sleep 1000'
  table 14
  watch 2 --cron --exec="$temp/hook" --hook-timeout=200ms
  has 'no answer in time' err
  forget
  watch 2 --cron --exec="$temp/nowhere"
  has 'cannot be started' err
}

hook_rate ()
{
  forget
  hook "echo x >>$temp/told"
  rm -f "$temp/told"
  for pins in 14 3 14 3 14 3 14 3; do
    table "$pins"
    timeout "$LIMIT" poolwatch --config=none --sysroot="$temp/root" --threads=4 \
      --source=rtpengine-proc --cron --exec="$temp/hook" --hook-per-hour=3 --clear-runs=1 --flap-changes=100 \
      >>out 2>>err
  done
  same runs "$(wc -l <"$temp/told")" 3
  has 'hook: not run for 1' err
}

metrics ()
{
  mkdir -p "$temp/metrics"
  table 3
  forget
  watch 0 --cron --textfile="$temp/metrics"
  same names "$(ls "$temp/metrics")" poolwatch.prom
  same mode "$(stat -c %a "$temp/metrics/poolwatch.prom")" 644
  has 'poolwatch_memory_pins{' "$temp/metrics/poolwatch.prom"
  if command -v promtool >/dev/null; then
    promtool check metrics <"$temp/metrics/poolwatch.prom" 2>&1
  fi
  watch 0 --cron --textfile="$temp/nowhere"
  has "$temp/nowhere" err
}

# One pool that is CRITICAL does not make a success of a run that could not read another.
metrics_of_trouble ()
{
  forget
  table 14
  watch 2 -f openmetrics --source=generic,file=/nowhere,value='/([0-9])/'
  has 'poolwatch_overall_status{level="critical"} 1'
  has 'poolwatch_troubles 1'
  ! grep '^poolwatch_last_success' out
  grep -qE '^poolwatch_run_duration_seconds 0*[.]?0*[1-9]' out || has 'a duration'
  watch 2 -f openmetrics
  has 'poolwatch_last_success_timestamp_seconds '
}

# What a killed run left goes, also when it had the number of this one; no other file does.
killed_before ()
{
  forget
  rm -rf "$temp/metrics"
  mkdir "$temp/metrics"
  for number_left in 2147483647 1 0 x; do
    : >"$temp/metrics/poolwatch.prom.$number_left"
  done
  table 3
  # shellcheck disable=SC2016 # $ is for that shell
  try 0 sh -c ': >"$0/poolwatch.prom.$$" && exec poolwatch "$@"' "$temp/metrics" --config=none \
    --sysroot="$temp/root" --source=rtpengine-proc --cron --textfile="$temp/metrics"
  silent
  same names "$(cd "$temp/metrics" && echo *)" \
    'poolwatch.prom poolwatch.prom.0 poolwatch.prom.1 poolwatch.prom.x'
}

dry_run ()
{
  forget
  rm -rf "$temp/metrics"
  mkdir "$temp/metrics"
  table 14
  watch 2 --dry-run --textfile="$temp/metrics"
  [ ! -e "$temp/state" ] || echo 'a state directory was made'
  same metrics "$(ls "$temp/metrics")" ''
}

# The lock is that of the store.
busy ()
{
  forget
  table 14
  watch 2 --cron >/dev/null
  (
    flock 9
    watch 0 --cron
    [ ! -s out ] || echo "said: $(cat out)"
    silent
    watch 2
    has 'POOLWATCH CRITICAL'
  ) 9<"$temp/state/poolwatch/poolwatch.lock"
}

unsafe_state ()
{
  forget
  mkdir -p "$temp/open"
  chmod 777 "$temp/open"
  table 3
  watch 3 --state="$temp/open"
  has "$temp/open" err
  rm -rf "$temp/open"
}

# A page too many is better than none.
no_memory ()
{
  forget
  hook "echo \"\$POOLWATCH_LEVEL \$POOLWATCH_RULE\" >>$temp/told"
  rm -f "$temp/told"
  table 14
  : >"$temp/no-directory"
  for again in 1 2; do
    watch 2 --cron --exec="$temp/hook" --state="$temp/no-directory"
    has 'CRITICAL rtpengine-proc/table-0: 14 of 16 pins'
    one_line 'Not a directory'
    same "times ($again)" "$(grep -c 'CRITICAL pins' "$temp/told")" "$again"
  done
  for without in --no-store --dry-run; do
    watch 2 --cron "$without" --for=1h --exec="$temp/hook"
    has 'CRITICAL rtpengine-proc/table-0: 14 of 16 pins'
    [ "$(wc -l <out)" = 1 ] || echo "not one line: $(cat out)"
    silent
    same "times ($without)" "$(grep -c 'CRITICAL pins' "$temp/told")" 2
  done
  table 3
  watch 0 --cron --no-store
  [ ! -s out ] || echo "all is well, but: $(cat out)"
}

damaged_state ()
{
  forget
  table 14
  watch 2 --cron >/dev/null
  head -c 20000 /dev/urandom >"$temp/state/poolwatch/poolwatch.db"
  rm -f "$temp/state/poolwatch/poolwatch.db-wal"
  watch 2
  has 'damaged' err
  watch 2
  silent
}

# What is dumped is imported, once, and a line that is wrong costs no other.
dump_import ()
{
  forget
  try 99 poolwatch dump --config=none
  one_line 'poolwatch: nothing was stored yet: No such file'
  for pins in 3 4 5; do
    table "$pins"
    watch 0 >/dev/null
  done
  try 0 poolwatch dump --config=none
  same lines "$(wc -l <out)" 3
  cp out dumped
  { head -n 1 dumped; echo '{"time_us": "soon"}'; tail -n 2 dumped; } >lines
  try 3 poolwatch import --config=none --state="$temp/other" lines
  one_line 'lines:2: '
  try 0 poolwatch import --config=none --state="$temp/other" dumped
  try 0 poolwatch dump --config=none --state="$temp/other"
  cmp out dumped
  try 0 poolwatch dump --config=none --since=1d
  cmp out dumped
  try 3 poolwatch import --config=none nowhere
  one_line 'nowhere: '
  try 3 poolwatch dump --config=none --since=never
  one_line 'never'
}

# The system lets a process write so far and no further: that, and no broken disk, is what is said.
file_limit ()
{
  forget
  table 4
  try 3 sh -c 'ulimit -f 1; exec "$@"' sh poolwatch --config=none --sysroot="$temp/root" \
    --source=rtpengine-proc
  has 'disk I/O error: this process may write no file beyond ' err
  watch 0 >/dev/null
  same lines "$(poolwatch dump --config=none | wc -l)" 1
}

# A name that would move the cursor or turn the line goes to the terminal as what it is, escaped.
dump_escapes ()
{
  rm -rf "$temp/elsewhere"
  sed 's/"table-0"/"t\\u009b2Jb\\u202ec\\u0085"/' dumped >renamed
  grep -q u009b renamed || echo "no name to replace: $(head -n 1 dumped)"
  try 0 poolwatch import --config=none --state="$temp/elsewhere" renamed
  try 0 poolwatch dump --config=none --state="$temp/elsewhere"
  has '"t\u009b2Jb\u202ec\u0085"'
  ! LC_ALL=C grep -n '[^ -~]' out
  cmp out renamed
}

# A source that has two ways, or none, is told at once: by --check-config, too.
ways ()
{
  printf '[source x]\ntype = generic\nvalue = /(x)/\nfile = /x\n' >"$temp/conf"
  chmod 600 "$temp/conf"
  try 0 poolwatch --check-config --config="$temp/conf"
  printf 'command = true\n' >>"$temp/conf"
  for option in --check-config --no-store; do
    try 3 poolwatch "$option" --config="$temp/conf"
    one_line 'source x: file and command: only one of them'
  done
  try 3 poolwatch --check-config --config=none --source=generic,value='/(x)/'
  one_line 'source generic: neither file nor command is given'
  try 3 poolwatch --check-config --config=none --source=memlock
  one_line 'source memlock: neither pid nor process is given'
  try 3 poolwatch --check-config --config=none --source=pool
  one_line 'source pool: no file is given'
  # A capture is read instead.
  echo 5 >capture
  try 0 poolwatch --config=none --no-store --input=capture --source=generic,value='/(.+)/'
}

# Asked for pipes, finding none is no good news; unless somebody says that it is.
no_pipes ()
{
  rm -rf "$temp/root"
  mkdir -p "$temp/root/dev/shm" "$temp/root/proc"
  set -- poolwatch --config=none --no-store --sysroot="$temp/root"
  try 3 "$@" --source=gst-shm
  has "gst-shm: no shm pipe was found ($temp/root/dev/shm/shmpipe.*)"
  try 0 "$@" --source=gst-shm,absent=ok -v -f json
  has "no shm pipe was found"
  try 3 poolwatch clean-orphans --sysroot="$temp/nowhere"
  one_line "--sysroot: no such directory: $temp/nowhere"
}

check_config ()
{
  cat >"$temp/conf" <<END
[poolwatch]
threads = 8
[source here]
type = rtpengine-proc
[pool table-*]
warning = 3
END
  chmod 600 "$temp/conf"
  table 5
  try 0 poolwatch --check-config --config="$temp/conf"
  has 'threads'
  try 1 poolwatch --config="$temp/conf" --no-store --sysroot="$temp/root"
  has 'table-0'
  printf 'colour = red\n' >>"$temp/conf"
  try 3 poolwatch --config="$temp/conf" --no-store
  one_line "$temp/conf:7: "
  chmod 666 "$temp/conf"
  try 3 poolwatch --config="$temp/conf" --no-store
  one_line "$temp/conf"
}

list_sources ()
{
  try 0 poolwatch --list-sources
  for source in rtpengine-proc rtpengine-json gst-shm memlock pool generic; do
    has "$source"
  done
}

helps ()
{
  for command in '' check watch plot dump import clean-orphans; do
    # shellcheck disable=SC2086 # none is no word
    try 0 poolwatch $command --help
    [ "$(wc -L <out)" -le 80 ] || echo "$command: wider than 80 columns: $(wc -L <out)"
  done
}

no_gstreamer ()
{
  command -v ldd >/dev/null || return 0
  if ldd "${builddir:-.}/poolwatch" | grep -i gstreamer; then
    echo 'linked with GStreamer'
  fi
}

closed_output ()
{
  table 3
  timeout "$LIMIT" poolwatch --config=none --no-store --sysroot="$temp/root" \
    --source=rtpengine-proc >/dev/full 2>err
  same status $? 3
  one_line 'standard output: cannot be written'
  poolwatch --help >/dev/full 2>err
  same 'status of the help' $? 99
}

# Who has seen enough is no trouble.
reader_gone ()
{
  { poolwatch --list-sources 2>err; echo $? >status; } | true
  [ "$(cat status)" = 0 ] || same status "$(cat status)" 141
  silent
}

check 'levels by pins' levels
check 'thresholds' thresholds
check 'what is wrong is said' bad_usage
check 'no usage error is CRITICAL' no_usage_is_critical
check 'dead daemon' dead_daemon
check 'no table' nothing_there
check 'no such --sysroot' no_sysroot
check 'no configuration' no_configuration
check 'cut status' cut_status
check 'formats' formats
check 'news for cron' cron_news
check 'reminder' reminder
check 'hook' hook_runs
check 'hook that hangs' hook_hangs
check 'rate of the hook' hook_rate
check 'metrics' metrics
check 'metrics of a run with trouble' metrics_of_trouble
check 'metrics after a run was killed' killed_before
check 'dry run' dry_run
if command -v flock >/dev/null; then
  check 'another run' busy
else
  skip 'another run' 'no flock'
fi
check 'unsafe state directory' unsafe_state
check 'store that cannot be written' no_memory
check 'limit on the size of a file' file_limit
check 'damaged store' damaged_state
check 'dump and import' dump_import
check 'dump escapes what is not printable' dump_escapes
check 'one way to a source' ways
check 'no pipes' no_pipes
check 'configuration' check_config
check 'sources' list_sources
check 'helps' helps
check 'no GStreamer' no_gstreamer
check 'output that cannot be written' closed_output
check 'output that nobody reads' reader_gone
finish
