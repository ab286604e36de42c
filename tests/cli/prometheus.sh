#!/bin/sh
# A real Prometheus takes what poolwatch tells: from the file that it leaves for a real
# prometheus-node-exporter, and as OpenMetrics straight from it. Not part of "make check": it wants
# both of Debian's packages, curl, and for the last points socat or python3; half a minute. Run it
# where make has built poolwatch, after "make tests/cli/ng-client":
#   KILLS=20 ../tests/cli/prometheus.sh
# shellcheck disable=SC2317 # the tests are called by check
# shellcheck disable=SC2089,SC2090 # it is meant literally, what is in that name
set -u
srcdir=$(cd "$(dirname "$0")/../.." && pwd) || exit 99
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
client=$PWD/tests/cli/ng-client
PATH=$PWD:$PATH
LC_ALL=C.UTF-8
export LC_ALL
KILLS=${KILLS:-20}

for program in poolwatch "$client"; do
  command -v "$program" >/dev/null ||
    { echo "prometheus.sh: $program: not here; run it in the directory of the build" >&2; exit 99; }
done
for program in prometheus prometheus-node-exporter curl; do
  command -v $program >/dev/null || { echo "1..0 # SKIP no $program"; exit 0; }
done
begin
XDG_STATE_HOME=$temp/state
export XDG_STATE_HOME
unset STATE_DIRECTORY
running=

# --- what is watched ---

# What a name may have that means something to one of the readers: no blanks, no slash.
hostile='it'\''s"a\n{\\é=日本}'

# table PINS: one of rtpengine 26.0 that has so many
table ()
{
  mkdir -p root/proc/rtpengine/0
  echo 0 >root/proc/rtpengine/list
  cat >root/proc/rtpengine/0/status <<END
Refcount:    1
Control PID: 216
Targets:     8
Players:     0
PStreams:    0
Memory pins: $1
Memory:      $(($1 * 16777216))
END
}

# look OPTION...: poolwatch on that, on a pool with that name, and on some with shards
write_look ()
{
  cat >look <<'END'
#!/bin/sh
exec poolwatch --config=none --sysroot="$temp/root" --threads=4 --source=rtpengine-proc \
  --source="generic,file=/number,pool=$hostile,value=/is ([0-9]+)/" \
  --source=rtpengine-json,file=/statistics "$@"
END
  chmod +x look
  export temp hostile
  mkdir -p root
  cp "$top/tests/captures/rtpengine-mainline-2026-08.calls20.cli-jsonstats.json" root/statistics
  echo 'it is 7' >root/number
  table 3
}

# leave STATUS: a run as from cron
leave ()
{
  try "$1" ./look --cron --clear-runs=1 --textfile="$temp/metrics"
  silent
}

# --- those who read ---

# What socat or python3 starts for each request: the metrics, or all but their last line.
write_answer ()
{
  cat >answer <<END
read -r method path rest
while read -r line && [ \${#line} -gt 1 ]; do :; done
printf 'HTTP/1.0 200 OK\\r\\nContent-Type: application/openmetrics-text; version=1.0.0\\r\\n\\r\\n'
./look --state="$temp/direct" --format=openmetrics | case \$path in
  /cut) sed '\$d' ;;
  *) cat ;;
esac
END
  cat >server.py <<END
import socketserver, subprocess, sys
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        subprocess.run(["sh", "answer"], stdin=self.request, stdout=self.request)
socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
END
}

# spawn LOG COMMAND ARGUMENT...: until stop, and not for ever if nobody lives to call that
spawn ()
{
  log=$1
  shift
  timeout -k 5 600 "$@" >"$log" 2>&1 </dev/null &
  running="$running $!"
}

stop ()
{
  for pid in $running; do
    kill -TERM "$pid" 2>/dev/null
    within 20 gone "$pid" || kill -KILL "$pid"
    { wait "$pid"; } 2>/dev/null
  done
  running=
}
trap 'stop; cd / && rm -rf "$temp"' EXIT

job ()
{
  echo "- {job_name: $1, metrics_path: $3, static_configs: [{targets: ['$2']}]}"
}

launch ()
{
  # shellcheck disable=SC2046 # numbers
  set -- $("$client" ports 3)
  web=127.0.0.1:$1 exporter=127.0.0.1:$2 direct=127.0.0.1:$3
  {
    echo 'global: {scrape_interval: 1s, scrape_timeout: 1s}'
    echo 'scrape_configs:'
    job node "$exporter" /metrics
    [ -z "$server" ] || job direct "$direct" /metrics
    [ -z "$server" ] || job cut "$direct" /cut
  } >prometheus.yml
  rm -rf data
  spawn exporter.log prometheus-node-exporter --web.listen-address="$exporter" \
    --collector.disable-defaults --collector.textfile --collector.textfile.directory="$temp/metrics"
  case $server in
    socat) spawn server.log socat "TCP-LISTEN:$3,bind=127.0.0.1,reuseaddr,fork" 'EXEC:sh answer' ;;
    python3) spawn server.log python3 server.py "$3" ;;
  esac
  spawn prometheus.log prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
    --web.listen-address="$web"
}

# get ARGUMENT...: of curl
get () { curl -sSf -m 5 --noproxy '*' "$@" 2>&1; }
ready ()
{
  get "http://$web/-/ready" >got && get "http://$exporter/metrics" >got &&
    { [ -z "$server" ] || get "http://$direct/metrics" >got; }
}
any_gone () { for pid in $running; do gone "$pid" && return; done; return 1; }
ready_or_gone () { any_gone || ready; }

# Somebody else may take a port before they do.
start ()
{
  for attempt in 1 2 3; do
    launch
    within 60 ready_or_gone
    ! any_gone && ready && return
    stop
  done
  tail -n 3 ./*.log | sed "s/^/# $attempt: /"
  return 1
}

# --- what is asked ---

# ask QUERY: the value of the one series that it selects
ask ()
{
  get -G "http://$web/api/v1/query" --data-urlencode "query=$1" >got
  sed -nE 's/.*"result":\[\{"metric":\{.*\},"value":\[[0-9.]+,"([^"]*)"\]\}\].*/\1/p' got
}
tells () { [ "$(ask "$1")" = "$2" ]; }

# arrives QUERY VALUE: within some scrapes
arrives () { within 20 tells "$1" "$2" || echo "$1: not $2: $(head -c 500 got)"; }

# --- by the node exporter ---

written ()
{
  table 3
  leave 0
  arrives 'poolwatch_memory_pins{job="node",pool="table-0"}' 3
  arrives 'poolwatch_memory_bytes{job="node",source="rtpengine-proc"}' 50331648
}

changed ()
{
  table 12
  leave 1
  arrives 'poolwatch_memory_pins{job="node",pool="table-0"}' 12
  arrives 'poolwatch_status{job="node",pool="table-0",level="warning"}' 1
}

# samples FILE: how many it has
samples () { grep -vc '^#' "$1"; }

whole ()
{
  arrives 'node_textfile_scrape_error{job="node"}' 0
  arrives "floor(node_textfile_mtime_seconds{file=\"$temp/metrics/poolwatch.prom\"})" \
    "$(stat -c %Y metrics/poolwatch.prom)"
  arrives 'count({__name__=~"poolwatch_.*",job="node"})' "$(samples metrics/poolwatch.prom)"
  arrives 'count(poolwatch_shard_size_bytes{job="node"}) > bool 1' 1
}

# That an error would be seen.
rejected ()
{
  echo 'poolwatch_memory_pins{pool="tab' >metrics/broken.prom
  arrives 'node_textfile_scrape_error{job="node"}' 1
  rm metrics/broken.prom
  arrives 'node_textfile_scrape_error{job="node"}' 0
}

# hostile_name JOB
hostile_name ()
{
  arrives "poolwatch_value{job=\"$1\",pool=\`$hostile\`}" 7
  arrives "poolwatch_status{job=\"$1\",pool=\`$hostile\`,level=\"ok\"}" 1
}

# accepted: by the exporter, in full, with the table as one of the runs saw it
accepted ()
{
  get "http://$exporter/metrics" >got
  has 'node_textfile_scrape_error 0' got
  same samples "$(grep -c '^poolwatch_' got)" "$(samples metrics/poolwatch.prom)"
  same 'last line' "$(tail -n 1 metrics/poolwatch.prom)" '# EOF'
  grep -qE '^poolwatch_memory_pins\{.*"table-0".*\} ([1-9]|10)$' got || echo 'no pins'
}

# kill_one: a run that has begun to write; its unfinished file stays where it was killed in time
kill_one ()
{
  ./look --cron --textfile="$temp/metrics" >out 2>err &
  pid=$!
  spins=1000000
  until [ -e "metrics/poolwatch.prom.$pid" ] || gone "$pid" || [ "$spins" = 0 ]; do
    spins=$((spins - 1))
  done
  kill -KILL "$pid" 2>/dev/null
  { wait "$pid"; } 2>/dev/null
  [ -e "metrics/poolwatch.prom.$pid" ]
}

killed ()
{
  table 10
  leave 0
  hits=0
  rounds=0
  while [ "$hits" -lt "$KILLS" ] && [ "$rounds" -lt $((KILLS * 20)) ]; do
    rounds=$((rounds + 1))
    table $((rounds % 10 + 1))
    kill_one && hits=$((hits + 1))
    accepted
  done
  echo "# $rounds runs, $hits killed before their file had its name" >&3
  same 'killed while writing' "$hits" "$KILLS"
  table 5
  leave 0
  same 'files left' "$(ls metrics)" poolwatch.prom
  arrives 'poolwatch_memory_pins{job="node",pool="table-0"}' 5
}

# --- as OpenMetrics ---

openmetrics ()
{
  table 4
  arrives 'poolwatch_memory_pins{job="direct",pool="table-0"}' 4
  table 13
  arrives 'poolwatch_memory_pins{job="direct",pool="table-0"}' 13
  arrives 'up{job="direct"}' 1
  try 2 ./look --state="$temp/direct" --format=openmetrics
  arrives 'scrape_samples_scraped{job="direct"}' "$(samples out)"
  has 'poolwatch_shard_references{'
  has 'poolwatch_last_success_timestamp_seconds '
}

# What is no more than the older text is not taken: it was read strictly.
strict ()
{
  arrives 'up{job="cut"}' 0
  get "http://$web/api/v1/targets" >got
  has 'data does not end with # EOF' got
}

server=
for program in python3 socat; do
  command -v $program >/dev/null && server=$program
done
mkdir metrics
write_look
write_answer
exec 3>&1
start || exit 99
echo "# $(prometheus --version 2>&1 | head -n 1)"
check 'what was written arrives' written
check 'what changed arrives' changed
check 'all of the file, and when it was written' whole
check 'a broken file would be noticed' rejected
check 'a hostile name, by the file' hostile_name node
check "$KILLS runs killed while they write" killed
if [ -n "$server" ]; then
  check 'OpenMetrics, without the exporter' openmetrics
  check 'a hostile name, by OpenMetrics' hostile_name direct
  check 'OpenMetrics is read strictly' strict
else
  skip 'OpenMetrics, without the exporter' 'neither socat nor python3'
fi
finish
