#!/bin/sh
# Mutants of our own producer that do what no entry of the table tells of: --known=allow lets none
# of them pass, although the table lists the contract, the element and the case.
# shellcheck disable=SC2317 # the tests are called by check
set -u
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
LIMIT=60
preload=$(cd "${builddir:-.}" && pwd)/tests/cli/mutant-preload.so
begin

# As N3 and N4 are of the real one.
cat >issues <<'END'
issue, id=N3, contract=survivor-lives, element=ref, fixed=none, reference=none, summary=x, proof=x, \
    evidence="flow-late <- client-close who=same text=producer \
        <- client-close client=older within=2 text=consumer \
        | end text=disconnect <- client-close who=same text=producer \
        <- client-close client=older within=2 text=consumer"
issue, id=N3, contract=kept, element=ref, fixed=none, reference=none, summary=x, proof=x, \
    evidence="client-close text=producer <- client-close client=older within=2 text=consumer"
issue, id=N4, contract=survivor-lives, element=ref, fixed=none, reference=none, summary=x, proof=x, \
    evidence="exit status=-6 <- ack-buffer seq=0", signal=SIGABRT
END

# scenario NAME [STEP]
scenario ()
{
  cat >"leave-$1.scenario" <<END
meta, summary="one of two leaves, or none", contracts={ survivor-lives, stop-bounded }, deadline=30
producer, name=p, shm-size=100k
consumer, name=a
consumer, name=b
start, role=p
start, role=a
wait, role=p, for=clients, count=1, deadline=3
start, role=b
wait, role=p, for=clients, count=2, deadline=3
produce, role=p, count=3
wait, role=a, for=buffers, count=3, deadline=3
wait, role=b, for=buffers, count=3, deadline=3
$2
flow, deadline=3
stop, role=a, deadline=3
stop, role=b, deadline=3
stop, role=p, deadline=3
END
}

# Who is thrown out is waited for: nothing here hangs on speed.
scenario a 'disconnect, role=a'
scenario b 'disconnect, role=b
wait, role=a, for=end, deadline=5'
scenario none 'wait, role=a, for=end, deadline=5'

# mutant NAME LEAVER STATUS TEXT...
mutant ()
{
  name=$1 leaver=$2 expected=$3
  shift 3
  try "$expected" env LD_PRELOAD="$preload" MUTANT="$name" shmstress run -q --timeout-factor=3 \
    --pair=ref:ref --known=allow --known-issues=issues "leave-$leaver.scenario"
  for text; do
    has "$text"
  done
  ! grep '^xfail' out
}

if [ ! -e "$preload" ] || ! LD_PRELOAD=$preload shmstress --version >/dev/null 2>err || [ -s err ]; then
  skip 'mutants' 'nothing can be preloaded here'
else
  check 'no mutant: passes' mutant no a 0 '0 FAIL, 0 xfail'
  check 'SIGBUS when one leaves' mutant bus a 1 'died of a signal' 'FAIL survivor-lives'
  check 'all are dropped when the newest leaves' mutant all b 1 'FAIL kept'
  check 'a healthy one is dropped' mutant one none 1 'FAIL kept'
fi
finish
