/* A breach as a program that needs nothing of ours. */
#include "config.h"
#include "shmcheck-align/memory.h"

#include <string.h>

/* How the program decides, by contract; "base" is the address of the object's first byte. */
static const struct
{
  const gchar *contract;
  const gchar *what;            /* it prints */
  const gchar *broken;          /* expression */
} verdicts[] = {
  {"maxsize-true", "maxsize should be what is mapped for this memory",
      "memory->maxsize != end - base"},
  {"params", "align, prefix, padding and zeros should be as asked for",
      "((data & params.align) && ((data - params.prefix) & params.align))\n"
      "      || memory->offset < params.prefix\n"
      "      || memory->maxsize - memory->offset - memory->size < params.padding\n"
      "      || dirty (&map, memory, &params)"},
  {"offset-size", "offset + size should not be beyond maxsize",
      "memory->offset + memory->size > memory->maxsize"},
  {"overflow", "this should have been refused", "1"},
  {"one-page", "no page more should be mapped than the bytes asked for need",
      "end - base > (SIZE + params.prefix + params.padding + page - 1) / page * page"},
  {"enough", "its size should be at least what was asked for", "memory->size < SIZE"},
  {"page-any", "maxsize should be a multiple of the page size", "memory->maxsize % page != 0"},
};

static const gchar *const head[] = {
  "#include <gst/gst.h>",
  "#include <gst/allocators/allocators.h>",
  "#include <stdio.h>",
  "#include <unistd.h>",
  "",
  "/* End of the mapping that ADDRESS lies in; 0: nothing is mapped there. */",
  "G_GNUC_UNUSED static guint64",
  "end_of_mapping (guint64 address)",
  "{",
  "  FILE *maps = fopen (\"/proc/self/maps\", \"r\");",
  "  unsigned long begin, end;",
  "  char line[1024];",
  "",
  "  while (maps && fgets (line, sizeof line, maps)) {",
  "    if (sscanf (line, \"%lx-%lx\", &begin, &end) == 2 && address >= begin && address < end)",
  "      return end;",
  "  }",
  "  return 0;",
  "}",
  "",
};

/* Only where zeros are asked for: a function that is not used would be a warning. */
static const gchar *const dirt_head[] = {
  "static int",
  "dirty (GstMapInfo * map, GstMemory * memory, GstAllocationParams * params)",
  "{",
  "  if (params->flags & GST_MEMORY_FLAG_ZERO_PREFIXED)",
  "    for (gsize i = 1; i <= params->prefix && i <= memory->offset; i++)",
  "      if (map->data[-(gssize) i] != 0)",
  "        return 1;",
  "  if (params->flags & GST_MEMORY_FLAG_ZERO_PADDED)",
  "    for (gsize i = 0; i < params->padding; i++)",
  "      if (map->data[memory->size + i] != 0)",
  "        return 1;",
  "  return 0;",
  "}",
  "",
};

static void
add_lines (GPtrArray * lines, const gchar * const *texts, gsize n)
{
  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (lines, g_strdup (texts[i]));
}

G_GNUC_PRINTF (2, 3)
static void
add (GPtrArray * lines, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (lines, g_strdup_vprintf (format, args));
  va_end (args);
}

/* The C expression for the allocator, as its prober has told; NULL: there is none. */
static const gchar *
expression_of (const Trace * trace)
{
  for (guint i = 0; i < trace->events->len; i++) {
    const TraceEvent *event = trace_at (trace, i);

    if (event->kind == TRACE_NOTE && g_str_has_prefix (event->text, "expression "))
      return event->text + strlen ("expression ");
  }
  return NULL;
}

static void
add_params (GPtrArray * lines, const ProbeRow * row)
{
  add (lines, "  gst_allocation_params_init (&params);");
  if (row->align)
    add (lines, "  params.align = %" G_GUINT64_FORMAT "u;", row->align);
  if (row->prefix)
    add (lines, "  params.prefix = %" G_GUINT64_FORMAT "u;", row->prefix);
  if (row->padding)
    add (lines, "  params.padding = %" G_GUINT64_FORMAT "u;", row->padding);
  if (row->flags & PROBE_ROW_ZERO_PREFIXED)
    add (lines, "  params.flags |= GST_MEMORY_FLAG_ZERO_PREFIXED;");
  if (row->flags & PROBE_ROW_ZERO_PADDED)
    add (lines, "  params.flags |= GST_MEMORY_FLAG_ZERO_PADDED;");
}

/* What was never given cannot be mapped: the size of a refusal that did not come is not true. */
static void
add_measuring (GPtrArray * lines, gboolean overflow)
{
  if (overflow) {
    add (lines, "  (void) map;");
    add (lines, "  end = base = data = 0;");
    return;
  }
  add (lines, "  if (!gst_memory_map (memory, &map, GST_MAP_READWRITE))");
  add (lines, "    return 2;");
  add (lines, "  data = (guint64) (gsize) map.data;");
  add (lines, "  base = data - memory->offset;");
  add (lines, "  end = end_of_mapping (base);");
}

static void
add_main (GPtrArray * lines, const gchar * expression, const ProbeRow * row, gsize verdict)
{
  gboolean overflow = g_str_equal (verdicts[verdict].contract, "overflow");

  add (lines, "int");
  add (lines, "main (void)");
  add (lines, "{");
  add (lines, "  guint64 page = sysconf (_SC_PAGESIZE), data, base, end;");
  add (lines, "  GstAllocationParams params;");
  add (lines, "  GstAllocator *allocator;");
  add (lines, "  GstMemory *memory;");
  add (lines, "  GstMapInfo map;");
  add (lines, " ");
  add (lines, "  gst_init (NULL, NULL);");
  add (lines, "  allocator = %s;", expression);
  add_params (lines, row);
  add (lines, "  memory = gst_allocator_alloc (allocator, SIZE, &params);");
  add (lines, "  if (!memory) {");
  add (lines, "    puts (\"refused\");");
  add (lines, "    return 0;");
  add (lines, "  }");
  add_measuring (lines, overflow);
  add (lines, "  printf (\"maxsize %%zu, offset %%zu, size %%zu; mapped %%lu, page %%lu, data at "
      "%%#lx\\n\", memory->maxsize,");
  add (lines, "      memory->offset, memory->size, (gulong) (end - base), (gulong) page, "
      "(gulong) data);");
  add (lines, "  if (%s) {", verdicts[verdict].broken);
  add (lines, "    puts (\"%s\");", verdicts[verdict].what);
  add (lines, "    return 1;");
  add (lines, "  }");
  add (lines, "  return 0;");
  add (lines, "}");
}

GPtrArray *
align_snippet (const Trace * trace, const gchar * contract, const ProbeRow * row)
{
  const TraceRole *role = trace_role (trace, 0);
  const gchar *expression = expression_of (trace);
  gsize verdict = 0;
  GPtrArray *lines;

  while (verdict < G_N_ELEMENTS (verdicts)
      && !g_str_equal (verdicts[verdict].contract, contract))
    verdict++;
  if (!expression || !role || verdict == G_N_ELEMENTS (verdicts))
    return NULL;
  lines = g_ptr_array_new_with_free_func (g_free);
  add (lines, "/* %s of %s %s.", contract, role->element, role->version);
  add (lines, " * cc show.c -o show $(pkg-config --cflags --libs gstreamer-1.0 "
      "gstreamer-allocators-1.0) */");
  add_lines (lines, head, G_N_ELEMENTS (head));
  if (g_str_equal (contract, "params"))
    add_lines (lines, dirt_head, G_N_ELEMENTS (dirt_head));
  add (lines, "#define SIZE ((gsize) %" G_GUINT64_FORMAT "u)", row->size);
  add (lines, " ");
  add_main (lines, expression, row, verdict);
  return lines;
}
