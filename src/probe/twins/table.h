/* The mutants: each one with the name of its target ("twin:NAME"), and the contract that must find
 * it. A line here and what the defect does, in the file of its kind, is all that one needs. */
#pragma once

/* Memory of an allocator over memfd. */
#define MUTANTS_ALLOCATOR(X) \
  X (UNROUNDED_MAXSIZE, "unrounded-maxsize", "maxsize-true") \
  X (OVER_REPORTED, "over-reported-maxsize", "maxsize-true") \
  X (SHORT_FILE, "short-file", "maxsize-true") \
  X (UNBOUNDED_SHARE, "unbounded-share", "offset-size") \
  X (IGNORES_ALIGN, "ignores-align", "params") \
  X (IGNORES_PREFIX, "ignores-prefix", "params") \
  X (UNMAPPED_PADDING, "unmapped-padding", "params") \
  X (UNZEROED, "unzeroed", "params") \
  X (READ_MAP_WRITABLE, "read-map-writable", "map") \
  X (UNMAP_KEEPS, "unmap-keeps", "map") \
  X (UNNESTED_UNMAP, "unnested-unmap", "map") \
  X (PRIVATE_MAPPING, "private-mapping", "peer-map") \
  X (SEALED_WRITE, "sealed-write", "seals") \
  X (UNSEALED, "unsealed", "seals") \
  X (LEAKED_FD, "leaked-fd", "fds") \
  X (DOUBLE_CLOSE, "double-close", "fds") \
  X (NO_CLOEXEC, "no-cloexec", "fds") \
  X (MAXSIZE_CHANGES, "maxsize-changes", "maxsize-fixed") \
  X (OVERFLOW_ACCEPTED, "overflow-accepted", "overflow") \
  X (FIXED_PAGE, "fixed-page", "page-any") \
  X (EXTRA_PAGE, "extra-page", "one-page") \
  X (SHORT_SIZE, "short-size", "enough")

/* Buffer pools, and their rules. */
#define MUTANTS_BUFPOOL(X) \
  X (CONFIG_WHILE_ACTIVE, "config-while-active", "config-inactive") \
  X (ACTIVATES_UNCONFIGURED, "activates-unconfigured", "config-inactive") \
  X (NO_PREALLOC, "no-prealloc", "min-max") \
  X (IGNORES_MAX, "ignores-max", "min-max") \
  X (DONTWAIT_BLOCKS, "dontwait-blocks", "exhausted") \
  X (NEVER_WAITS, "never-waits", "exhausted") \
  X (WAKES_NOBODY, "wakes-nobody", "exhausted") \
  X (WAKES_ALL, "wakes-all", "exhausted") \
  X (MISSING_WAKEUP, "missing-wakeup", "flushing") \
  X (SERVES_INACTIVE, "serves-inactive", "flushing") \
  X (STAYS_FLUSHING, "stays-flushing", "flushing") \
  X (LOST_BUFFER, "lost-buffer", "release") \
  X (WRONG_SIZE, "wrong-size-on-return", "release") \
  X (KEEPS_FOREIGN_META, "keeps-foreign-meta", "release") \
  X (DROPS_POOLED_META, "drops-pooled-meta", "release") \
  X (KEEPS_TIMESTAMPS, "keeps-timestamps", "release") \
  X (KEEPS_FOREIGN_MEMORY, "keeps-foreign-memory", "release") \
  X (POOL_NOT_SET, "pool-not-set", "release") \
  X (SHARED, "hands-out-shared", "writable") \
  X (IGNORES_ALLOCATOR, "ignores-allocator", "allocator") \
  X (BUFPOOL_IGNORES_PARAMS, "ignores-params", "allocator") \
  X (WORTHLESS_OFFER, "worthless-offer", "allocator") \
  X (DEAD_OPTION, "dead-option", "options") \
  X (IDLE_OPTION, "idle-option", "options") \
  X (PREALLOC_LEAK, "prealloc-leak", "prealloc") \
  X (PREALLOC_SHRINKS, "prealloc-shrinks", "prealloc") \
  X (FREES_EARLY, "frees-early", "outstanding") \
  X (NEVER_FREES, "never-frees", "outstanding")

/* Elements: what they propose, the layout of it, import and export. */
#define MUTANTS_ELEMENT(X) \
  X (TOO_SMALL, "proposes-too-small", "query") \
  X (MIN_ABOVE_MAX, "min-above-max", "query") \
  X (BOGUS_META, "unregistered-meta", "query") \
  X (ANSWERS_DIFFER, "answers-differ", "query") \
  X (DIES_WITHOUT_CAPS, "dies-without-caps", "query") \
  X (DEAD_ALLOCATOR, "allocator-dead", "query") \
  X (IGNORES_PARAMS, "ignores-params", "query") \
  X (PROPOSES_ACTIVE, "proposes-active", "query") \
  X (REFUSES_CONFIG, "refuses-config", "query") \
  X (DOES_NOT_START, "does-not-start", "query") \
  X (SHORT_BUFFERS, "short-buffers", "query") \
  X (WRONG_STRIDE, "wrong-stride", "layout") \
  X (SHORT_PLANE, "short-plane", "layout") \
  X (IGNORES_ALIGNMENT, "ignores-alignment", "layout") \
  X (IGNORES_PADDING, "ignores-padding", "layout") \
  X (META_SAYS_OTHER, "meta-says-other", "layout") \
  X (OVERLAPPING_PLANES, "overlapping-planes", "layout") \
  X (PLANE_OUTSIDE, "plane-outside", "layout") \
  X (IMPORT_WRONG_STRIDE, "import-wrong-stride", "layout") \
  X (IMPORT_WITHOUT_ALIGNMENT, "import-without-alignment", "layout") \
  X (EXPORT_SWAPPED_PADDING, "export-swapped-padding", "layout") \
  X (EXPORT_STALE_PADDING, "export-stale-padding", "layout") \
  X (EXPORT_SIGNED_PADDING, "export-signed-padding", "layout")

/* Metadata: what is done when it is made, copied and freed. */
#define MUTANTS_META(X) \
  X (NOT_INITIALISED, "meta-not-initialised", "meta") \
  X (NOT_FREED, "meta-not-freed", "meta") \
  X (FREED_TWICE, "meta-freed-twice", "meta") \
  X (LOST_IN_COPY, "meta-lost-in-copy", "meta") \
  X (CHANGED_IN_COPY, "meta-changed-in-copy", "meta") \
  X (SHARED_WITH_COPY, "meta-shared-with-copy", "meta")

/* Processes that map shared memory. */
#define MUTANTS_PROCESS(X) \
  X (TRUNCATED, "truncated", "peer-map") \
  X (LONGER, "longer", "peer-map") \
  X (BEHIND_END, "behind-end", "peer-map") \
  X (UNSIZED, "unsized", "peer-map")
