#!/bin/sh
# in-time.sh SECONDS COMMAND...: the second belt of a test program. What it has not done by then is
# told as that, not as tests that are missing.
seconds=$1
shift
timeout -k 5 "$seconds" "$@"
status=$?
# 137: it did not end by SIGTERM either; or somebody else has killed it, and that is told by who did.
[ $status -ne 124 ] || echo "Bail out! timed out after $seconds s"
exit $status
