#include "config.h"
#include "watch/alert/policy-memory.h"

#include <string.h>

/* The first byte: another number whenever the type or its meaning changes. */
#define FORMAT 1
/* Names as bytes: files may be called what is no UTF-8. */
#define TYPE "(yaymayayyxyxbba(xu)ax)"

Memory *
memory_new (const gchar * source, const gchar * pool, const gchar * rule)
{
  Memory *memory = g_new0 (Memory, 1);

  memory->source = g_strdup (source);
  memory->pool = g_strdup (pool);
  memory->rule = g_strdup (rule);
  for (guint i = 0; i < MEMORY_STEPS; i++)
    memory->steps[i].since_us = -1;
  return memory;
}

void
memory_free (Memory * memory)
{
  if (!memory)
    return;
  g_free (memory->source);
  g_free (memory->pool);
  g_free (memory->rule);
  g_free (memory);
}

GBytes *
memory_encode (const Memory * memory)
{
  g_autoptr (GVariant) value = NULL;
  GVariantBuilder steps, changes;

  g_variant_builder_init (&steps, G_VARIANT_TYPE ("a(xu)"));
  g_variant_builder_init (&changes, G_VARIANT_TYPE ("ax"));
  for (guint i = 0; i < MEMORY_STEPS; i++)
    g_variant_builder_add (&steps, "(xu)", memory->steps[i].since_us,
        memory->steps[i].better_runs);
  for (guint i = 0; i < memory->n_changes; i++)
    g_variant_builder_add (&changes, "x", memory->changes[i]);
  value = g_variant_ref_sink (g_variant_new ("(y^aym^ay^ayyxyxbba(xu)ax)", FORMAT,
          memory->source, memory->pool, memory->rule, memory->level, memory->since_us,
          memory->told, memory->told_us, memory->flapping, memory->muted, &steps, &changes));
  return g_variant_get_data_as_bytes (value);
}

/* Between the beginning of time and now, so that differences neither overflow nor are negative. */
static gint64
no_later (gint64 time_us, gint64 now_us)
{
  return MIN (MAX (time_us, 0), now_us);
}

static gboolean
take_steps (Memory * memory, GVariant * steps, gint64 now_us)
{
  if (g_variant_n_children (steps) != MEMORY_STEPS)
    return FALSE;
  for (guint i = 0; i < MEMORY_STEPS; i++) {
    MemoryStep *step = &memory->steps[i];

    g_variant_get_child (steps, i, "(xu)", &step->since_us, &step->better_runs);
    if (step->since_us >= 0)
      step->since_us = no_later (step->since_us, now_us);
    else
      step->since_us = -1;
  }
  return TRUE;
}

static gboolean
take_changes (Memory * memory, GVariant * changes, gint64 now_us)
{
  gsize n = g_variant_n_children (changes);

  if (n > MEMORY_CHANGES)
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    g_variant_get_child (changes, i, "x", &memory->changes[i]);
    memory->changes[i] = no_later (memory->changes[i], now_us);
  }
  memory->n_changes = (guint) n;
  return TRUE;
}

/* VALUE is of our version and type. */
static Memory *
take_value (GVariant * value, gint64 now_us)
{
  g_autoptr (Memory) memory = memory_new (NULL, NULL, NULL);
  g_autoptr (GVariant) steps = NULL;
  g_autoptr (GVariant) changes = NULL;
  guint8 version, level, told;

  g_variant_get (value, "(y^aym^ay^ayyxyxbb@a(xu)@ax)", &version, &memory->source, &memory->pool,
      &memory->rule, &level, &memory->since_us, &told, &memory->told_us, &memory->flapping,
      &memory->muted, &steps, &changes);
  if (level > LEVEL_UNKNOWN || told > LEVEL_UNKNOWN || memory->rule[0] == '\0'
      || !take_steps (memory, steps, now_us) || !take_changes (memory, changes, now_us))
    return NULL;
  memory->level = level;
  memory->told = told;
  memory->since_us = no_later (memory->since_us, now_us);
  memory->told_us = no_later (memory->told_us, now_us);
  return g_steal_pointer (&memory);
}

Memory *
memory_decode (GBytes * bytes, gint64 now_us)
{
  g_autoptr (GVariant) value = NULL;
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  if (length == 0 || data[0] != FORMAT)
    return NULL;
  value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (TYPE), bytes, FALSE));
  return g_variant_is_normal_form (value) ? take_value (value, now_us) : NULL;
}
