#!/bin/sh
# How many contracts a run judges: what every shipped case promises to judge is pinned in
# tests/cli/judged-runs.txt, and a case of each kind there is run and really judges it.
# "judged.sh renew" prints the file as it is to be.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
LIMIT=240
pinned=$top/tests/cli/judged-runs.txt

# planned DATADIR: a line for the cases of a scenario and pair there that judge the same
planned ()
{
  named=$(SHMDIAG_DATADIR=$1 shmstress list | sed -n 's/^[^ ]* \([^ ]*\) (only when named)$/\1/p' | sort -u)
  # shellcheck disable=SC2086 # words without spaces
  SHMDIAG_DATADIR=$1 shmstress show '*' $named | awk '
    $1 == "case" { name = $2; scenario = name; sub ("/.*", "", scenario) }
    $1 == "pair" { pair = $2 }
    $1 == "contracts" {
      for (i = 2; i <= NF; i++)
        for (j = i + 1; j <= NF; j++)
          if ($j < $i) { swap = $i; $i = $j; $j = swap }
      key = scenario " " pair " " (NF - 1)
      names = $0
      sub ("^contracts", "", names)
      if (!((key names) in first)) { order[++n] = key names; head[n] = key; tail[n] = names }
      if (!((key names) in first)) first[key names] = name
      cases[key names]++
    }
    END {
      for (i = 1; i <= n; i++)
        print head[i] " by " cases[order[i]] ", first " first[order[i]] ":" tail[i]
    }' | LC_ALL=C sort
}

# as_pinned [DATADIR]
as_pinned ()
{
  planned "${1-$SHMDIAG_DATADIR}" >plans
  grep -v '^#' "$pinned" | diff - plans >differs && return
  head -n 40 differs
  echo 'Cases judge what they did not (>) or no longer do (<). Is it meant? Then renew the file:'
  echo '    make renew-judged'
}

# loss CHANGE TEXT: with a scenario changed so, what is pinned is no longer what is there
loss ()
{
  cp -R "$SHMDIAG_DATADIR" changed
  sed -i "$1" changed/reconnect.scenario
  as_pinned "$temp/changed" >told
  has "$2" told
  has 'make renew-judged' told
  rm -r changed
}

addition ()
{
  cp -R "$SHMDIAG_DATADIR" changed
  cp changed/reconnect.scenario changed/another.scenario
  as_pinned "$temp/changed" >told
  has '> another ref:ref 6 by 1, first another: no-growth reconnect' told
  rm -r changed
}

# results FILE: of a report in JSON, as lines "CASE PAIR: VERDICT CONTRACT"
results ()
{
  sed -nE 's/^ *"(name|pair|verdict|contract)" : "?([^"]*[^",])"?,?$/\1 \2/p' "$1" | awk '
    $1 == "name" { name = $2 }
    $1 == "pair" { pair = $2 }
    $1 == "verdict" { verdict = $2 }
    $1 == "contract" { print name " " pair ": " verdict " " $2 }'
}

# What needs a /dev/shm of its own is run where there is one.
of_ref () { grep -v '^#' "$pinned" | grep ' ref:ref ' | grep -v '^reserved '; }

# Our own two owe every contract: a skip would be one less.
all_judged ()
{
  cases=$(of_ref | sed 's/.*, first \([^:]*\):.*/\1/')
  # shellcheck disable=SC2086 # words without spaces
  try 0 shmstress run -q --pair=ref:ref --jobs=6 --timeout-factor=6 --format=json $cases
  results out | LC_ALL=C sort >judged
  of_ref | sed 's/.*, first //' | while IFS=: read -r name contracts; do
    for contract in $contracts; do
      echo "$name ref:ref: pass $contract"
    done
  done | LC_ALL=C sort >owed
  diff owed judged | head -n 40
}

# Whatever became of it, each contract of a case with real elements stands in the report.
all_reported ()
{
  name=multi-area-ack/copy/2/fifo
  timeout "$LIMIT" shmstress run -q --timeout-factor=6 --format=json "$name" >out 2>err </dev/null
  results out | sed 's/: [^ ]* /: /' | LC_ALL=C sort -u >judged
  for pair in gst:gst gst:ref ref:gst ref:ref; do
    shmstress show --pair="$pair" "$name" | sed -n 's/^contracts //p' | tr ' ' '\n' |
      sed "s#^#$name $pair: #"
  done | LC_ALL=C sort >owed
  # More may be found than was asked for, never less.
  LC_ALL=C comm -23 owed judged
}

if [ "${1-}" = renew ]; then
  sed -n '/^#/p' "$pinned"
  planned "$SHMDIAG_DATADIR"
  exit
fi
begin
check 'each case promises what it did' as_pinned
check 'a contract that is lost is told' loss 's/, no-growth//' '< reconnect ref:ref 6 by 1'
check 'a case that is lost is told' loss 's/^meta,/meta, pairs={ gst:gst },/' '< reconnect ref:ref'
check 'a scenario that is new is told' addition
check 'what is promised is judged' all_judged
check 'real elements: what is promised is reported' all_reported
finish
