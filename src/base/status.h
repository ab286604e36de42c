/* Exit statuses of every program of the package.
 * 77 and 99 are what Automake's test harness expects. */
#pragma once

typedef enum
{
  STATUS_PASS = 0,              /* every contract held, or is known and allowed */
  STATUS_FAIL = 1,              /* a contract was broken */
  STATUS_USAGE = 2,             /* the command line or an input file is wrong */
  STATUS_SKIP = 77,             /* nothing could run on this machine */
  STATUS_BROKEN = 99,           /* we could not measure */
} Status;
