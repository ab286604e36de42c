#include "config.h"
#include "probe/rows.h"

#include "base/error.h"
#include "base/parse.h"

#include <string.h>

#define FULL_HD (G_GUINT64_CONSTANT (1920) * 1080 * 3 / 2)
#define UHD_4K (G_GUINT64_CONSTANT (3840) * 2160 * 3 / 2)
#define HUGE_SIZE (G_GUINT64_CONSTANT (1) << 30)

/* --- as text --- */

gchar *
probe_row_text (const ProbeRow * row)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
      ":%" G_GUINT64_FORMAT ":%s%s%s", row->size, row->align, row->prefix, row->padding,
      row->flags & PROBE_ROW_ZERO_PREFIXED ? "z" : "", row->flags & PROBE_ROW_ZERO_PADDED ? "p" : "",
      row->flags ? "" : "-");
  if (row->page != 0)
    g_string_append_printf (text, ":%" G_GUINT64_FORMAT, row->page);
  return g_string_free (text, FALSE);
}

static gboolean
parse_flags (const gchar * text, guint * flags)
{
  *flags = 0;
  if (g_str_equal (text, "-"))
    return TRUE;
  for (; *text != '\0'; text++) {
    if (*text == 'z')
      *flags |= PROBE_ROW_ZERO_PREFIXED;
    else if (*text == 'p')
      *flags |= PROBE_ROW_ZERO_PADDED;
    else
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_row (const gchar * text, ProbeRow * row)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  guint n = g_strv_length (parts);

  memset (row, 0, sizeof *row);
  return n >= 1 && n <= 6 && parse_size (parts[0], &row->size, NULL)
      && (n < 2 || parse_size (parts[1], &row->align, NULL))
      && (n < 3 || parse_size (parts[2], &row->prefix, NULL))
      && (n < 4 || parse_size (parts[3], &row->padding, NULL))
      && (n < 5 || parse_flags (parts[4], &row->flags))
      && (n < 6 || parse_size (parts[5], &row->page, NULL))
      && (row->align & (row->align + 1)) == 0;
}

GArray *
probe_rows_parse (const gchar * text, GError ** error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (ProbeRow));

  for (gsize i = 0; words[i]; i++) {
    ProbeRow row;

    if (!parse_row (words[i], &row)) {
      error_input (error,
          "not SIZE[:ALIGN[:PREFIX[:PADDING[:FLAGS]]]] with ALIGN one less than a power of two"
          " and FLAGS of z and p: %s", words[i]);
      return NULL;
    }
    g_array_append_val (rows, row);
  }
  if (rows->len == 0) {
    error_input (error, "no row is given");
    return NULL;
  }
  return g_steal_pointer (&rows);
}

gboolean
probe_row_overflows (const ProbeRow * row)
{
  guint64 parts[] = { row->prefix, row->padding, MAX (row->align, 7) };
  guint64 sum = row->size;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (parts[i] > G_MAXSIZE - sum)
      return TRUE;
    sum += parts[i];
  }
  return FALSE;
}

/* --- the rows of a default run --- */

static GArray *
default_sizes (guint64 page, gboolean brief)
{
  static const guint exponents[] = { 6, 8, 10, 13, 14, 16, 20 };
  const guint64 first[] = { 0, 1, 100, 107, page - 1, page, page + 1, 5000 };
  const guint64 last[] = { FULL_HD, UHD_4K, HUGE_SIZE };
  GArray *sizes = g_array_new (FALSE, FALSE, sizeof (guint64));

  g_array_append_vals (sizes, first, G_N_ELEMENTS (first));
  if (brief)
    return sizes;
  for (gsize i = 0; i < G_N_ELEMENTS (exponents); i++) {
    guint64 power = G_GUINT64_CONSTANT (1) << exponents[i];
    const guint64 around[] = { power - 1, power, power + 1 };

    g_array_append_vals (sizes, around, G_N_ELEMENTS (around));
  }
  g_array_append_vals (sizes, last, G_N_ELEMENTS (last));
  return sizes;
}

static const ProbeRow default_params[] = {
  {.align = 0},
  {.align = 15},
  {.align = 63},
  {.align = 4095},
  {.align = 65535},
  {.align = 2097151},
  {.prefix = 1},
  {.prefix = 4096},
  {.padding = 1},
  {.padding = 4096},
  {.prefix = 16,.padding = 16},
  {.align = 63,.prefix = 16,.padding = 16},
  {.align = 4095,.prefix = 100,.padding = 5000},
  {.prefix = 64,.flags = PROBE_ROW_ZERO_PREFIXED},
  {.padding = 64,.flags = PROBE_ROW_ZERO_PADDED},
  {.align = 127,.prefix = 200,.padding = 300,
      .flags = PROBE_ROW_ZERO_PREFIXED | PROBE_ROW_ZERO_PADDED},
};

/* None of these can be had: their sums do not fit into a gsize. */
static const ProbeRow overflows[] = {
  {.size = G_MAXSIZE},
  {.size = G_MAXSIZE - 6},
  {.size = G_MAXSIZE - 100,.prefix = 200},
  {.size = G_MAXSIZE - 100,.padding = 200},
  {.size = G_MAXSIZE - 4000,.align = 4095},
  {.size = 100,.prefix = G_MAXSIZE - 50},
  {.size = 100,.padding = G_MAXSIZE - 50},
};

GArray *
probe_rows_default (guint64 page, gboolean takes_params, gboolean brief)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (ProbeRow));
  g_autoptr (GArray) sizes = default_sizes (page, brief);
  guint n_params = takes_params ? G_N_ELEMENTS (default_params) : 1;

  for (guint p = 0; p < n_params; p++) {
    for (guint i = 0; i < sizes->len; i++) {
      ProbeRow row = default_params[p];

      row.size = g_array_index (sizes, guint64, i);
      /* A gigabyte costs time wherever memory is tracked: it is asked for twice, not each time. */
      if (row.size < HUGE_SIZE || p == 0 || p == n_params - 1)
        g_array_append_val (rows, row);
    }
  }
  if (takes_params)
    g_array_append_vals (rows, overflows, G_N_ELEMENTS (overflows));
  else
    g_array_append_vals (rows, overflows, 2);
  return rows;
}

/* --- random rows --- */

/* What number INDEX of SEED draws from; the same on every machine. */
static guint64
draw (guint64 * state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static guint64
draw_below (guint64 * state, guint64 limit)
{
  return draw (state) % limit;
}

/* A size below 2^BITS: any, or next to a multiple of PAGE or to a power of two. */
static guint64
draw_size (guint64 * state, guint bits, guint64 page)
{
  guint64 size = draw_below (state, G_GUINT64_CONSTANT (1) << (1 + draw_below (state, bits)));
  guint64 near = draw_below (state, 3);

  switch (draw_below (state, 4)) {
    case 0:
      return size;
    case 1:
      return draw_below (state, 9) * page + near - MIN (near, 1);
    case 2:
      return (G_GUINT64_CONSTANT (1) << draw_below (state, bits)) + near - 1;
    default:
      return draw_below (state, 256);
  }
}

static ProbeRow
random_row (guint64 seed, guint64 number, guint64 page, gboolean takes_params)
{
  guint64 state = seed ^ (number * G_GUINT64_CONSTANT (0xd1342543de82ef95) + 1);
  ProbeRow row = {.size = draw_size (&state, 20, page) };

  if (!takes_params)
    return row;
  if (draw_below (&state, 2))
    row.align = (G_GUINT64_CONSTANT (1) << draw_below (&state, 22)) - 1;
  if (draw_below (&state, 2))
    row.prefix = draw_size (&state, 14, page);
  if (draw_below (&state, 2))
    row.padding = draw_size (&state, 14, page);
  if (draw_below (&state, 3) == 0)
    row.flags = (guint) draw_below (&state, 4) << 1;
  return row;
}

GArray *
probe_rows_random (guint64 seed, guint64 from, guint count, guint64 page, gboolean takes_params)
{
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (ProbeRow), count);

  for (guint i = 0; i < count; i++) {
    ProbeRow row = random_row (seed, from + i, page, takes_params);

    g_array_append_val (rows, row);
  }
  return rows;
}

/* --- shrinking --- */

/* Adds ROW with *FIELD made smaller: nothing, half, one less. FIELD points into a copy. */
static void
add_smaller (GArray * rows, const ProbeRow * row, gsize place, gboolean is_mask)
{
  guint64 value = *(const guint64 *) G_STRUCT_MEMBER_P (row, place);
  const guint64 steps[] = { 0, is_mask ? value >> 1 : value / 2, is_mask ? value : value - value / 8,
    is_mask ? value : value - 1
  };
  guint64 before = G_MAXUINT64;

  for (gsize i = 0; value != 0 && i < G_N_ELEMENTS (steps); i++) {
    ProbeRow simpler = *row;

    if (steps[i] >= value || steps[i] == before)
      continue;
    *(guint64 *) G_STRUCT_MEMBER_P (&simpler, place) = before = steps[i];
    g_array_append_val (rows, simpler);
  }
}

GArray *
probe_rows_simpler (const ProbeRow * row)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (ProbeRow));

  for (guint bit = 1; bit <= 2; bit++) {
    ProbeRow simpler = *row;

    simpler.flags &= ~(1u << bit);
    if (simpler.flags != row->flags)
      g_array_append_val (rows, simpler);
  }
  add_smaller (rows, row, G_STRUCT_OFFSET (ProbeRow, padding), FALSE);
  add_smaller (rows, row, G_STRUCT_OFFSET (ProbeRow, prefix), FALSE);
  add_smaller (rows, row, G_STRUCT_OFFSET (ProbeRow, align), TRUE);
  add_smaller (rows, row, G_STRUCT_OFFSET (ProbeRow, size), FALSE);
  return rows;
}
