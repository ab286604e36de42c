#!/bin/sh
# poolwatch against a real rtpengine on the loopback, by all ways to its statistics, while calls come
# and go. RTPENGINE: the command that starts the daemon, when it is not in PATH.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
client=${builddir:-.}/tests/cli/ng-client

if ! command -v "${RTPENGINE:-rtpengine}" >/dev/null; then
  echo "1..0 # SKIP no rtpengine (Debian: rtpengine-daemon)"
  exit 0
fi
begin
daemon=

# --- reading ---

# watch WAY: one look at the daemon
watch ()
{
  timeout -k 5 "$LIMIT" poolwatch check --source="rtpengine-json,$1" --format=json --no-store \
    >out 2>err </dev/null
  status=$?
}

# value NAME: of the first pool in out
value () { sed -nE "s/.*\"$1\" *: *([0-9]+).*/\1/p" out | head -n 1; }

# --- the daemon ---

# stop [SIGNAL]
stop ()
{
  [ -n "$daemon" ] || return 0
  # Bash says that it was killed as soon as it sees that, before the wait.
  {
    kill "-${1:-TERM}" "$daemon"
    within 20 gone "$daemon" || kill -KILL "$daemon"
    wait "$daemon"
  } 2>/dev/null
  daemon=
}
trap 'stop KILL; cd / && rm -rf "$temp"' EXIT

# Userspace only: no kernel table, thus no module and no privileges.
launch ()
{
  # shellcheck disable=SC2046 # numbers
  set -- $("$client" ports 4)
  ng=127.0.0.1:$1 tcp=127.0.0.1:$2 http=127.0.0.1:$3 cli=127.0.0.1:$4
  : >log
  "${RTPENGINE:-rtpengine}" --config-file=none --table=-1 --interface=127.0.0.1 \
    --listen-ng="$ng" --listen-tcp-ng="$tcp" --listen-http="$http" --listen-cli="$cli" \
    --delete-delay=0 --foreground --log-stderr --no-log-timestamps \
    >log 2>&1 </dev/null &
  daemon=$!
  begun=$(date +%s)
}

# answers WAY: whatever it says
answers ()
{
  watch "$1"
  [ -n "$(value sessions)" ]
}

# Its threads begin to listen one after the other.
ready () { grep -q 'Startup complete' log && answers "control=$cli" && answers "url=http://$http"; }
ready_or_gone () { ready || gone "$daemon"; }

# Somebody else may take a port before the daemon does.
start ()
{
  for attempt in 1 2 3; do
    launch
    within 60 ready_or_gone
    ready && return
    stop KILL
  done
  sed "s/^/# $attempt: /" log
  return 1
}

# --- what is looked at ---

ways ()
{
  cat <<END
url=http://$http
url=http://localhost:${http#*:}
control=$cli
control=localhost:${cli#*:}
ng=$ng
ng=udp:localhost:${ng#*:}
ng=$ng,format=json
ng=tcp:$tcp
ng=http://$http
END
  grep -q ' version 10' log || echo "ng=http://$http/ng-plain"
}

# sessions N: all ways tell that many
sessions ()
{
  ways >list
  while read -r way; do
    watch "$way"
    same "sessions by $way" "$(value sessions)" "$1"
    [ "$(value sessions)" = "$1" ] || cat out err
    elapsed=$(($(date +%s) - begun))
    uptime=$(value uptime_seconds)
    # The daemon counts whole seconds, and from when it was ready.
    [ "${uptime:-999999}" -le $((elapsed + 1)) ] || echo "uptime by $way: $uptime of $elapsed"
  done <list
}

# calls COMMAND FIRST LAST
calls () { "$client" "$1" "udp:$ng" "$$" "$2" "$3" 2>&1; }

offers ()
{
  calls offer 1 5
  sessions 5
}

deletes ()
{
  calls delete 2 4
  sessions 2
  calls delete 1 1
  calls delete 5 5
  sessions 0
}

uptime_at_least ()
{
  watch "control=$cli"
  uptime=$(value uptime_seconds)
  [ "${uptime:-0}" -ge "$1" ]
}

uptime_grows ()
{
  within 60 uptime_at_least 3 || echo "uptime: $uptime"
  sessions 0
}

# A daemon without pools says so, and one with pools has shards.
pools ()
{
  watch "control=$cli"
  if grep -q '"pool" *: *"shared"' out; then
    has '"pool" : "static"'
    has '"num_shards"'
  else
    has 'no pools: this release does not tell them (26.1.1 and later do)'
  fi
}

# No call and no second of the one before.
restarts ()
{
  stop
  start || return
  sessions 0
}

# unknown WAY TEXT
unknown ()
{
  watch "$1"
  same "status of $1" "$status" 3
  has "$2"
}

refusals ()
{
  unknown "url=http://$http/cli/nonsense" 'no statistics: Unknown'
  unknown "url=http://$http/nothing" 'status 404'
  unknown "control=$http" 'no statistics: HTTP/1'
  unknown "url=http://$cli" 'not HTTP'
}

dead ()
{
  stop KILL
  unknown "control=$cli" 'Connection refused'
  unknown "url=http://$http" 'Connection refused'
  unknown "ng=$ng" 'Connection refused'
}

# --- all ---

if ! start; then
  verdict 'the daemon starts' "$(cat log)"
  finish
fi
sed -n 's/.*Startup complete, /# /p' log
check 'idle' sessions 0
check 'calls that are offered' offers
check 'calls that are deleted' deletes
check 'uptime' uptime_grows
check 'pools' pools
check 'other answers' refusals
# The daemon is started and stopped here, not in a subshell.
restarts >complaints 2>&1
verdict 'started again' "$(cat complaints)"
dead >complaints 2>&1
verdict 'killed' "$(cat complaints)"
finish
