/* Sorted by size class (powers of two), area and offset: within a class no range that reaches to a
 * place begins further before it than the largest of that class is long. */
#include "config.h"
#include "check/spans.h"

#define N_CLASSES 64

typedef struct
{
  guint size_class;
  gint64 area;
  guint64 offset, size;
  gpointer item;
} Span;

struct CheckSpans
{
  GTree *tree;                  /* Span* to itself */
  guint n_of_class[N_CLASSES];
};

static gint
compare_numbers (guint64 a, guint64 b)
{
  return a < b ? -1 : a > b;
}

static gint
compare (gconstpointer a, gconstpointer b, gpointer user)
{
  const Span *left = a, *right = b;
  gint result = compare_numbers (left->size_class, right->size_class);

  if (result == 0)
    result = left->area < right->area ? -1 : left->area > right->area;
  if (result == 0)
    result = compare_numbers (left->offset, right->offset);
  return result != 0 ? result
      : compare_numbers (GPOINTER_TO_SIZE (left->item), GPOINTER_TO_SIZE (right->item));
}

static guint
class_of (guint64 size)
{
  guint result = 0;

  while (size >>= 1)
    result++;
  return result;
}

CheckSpans *
check_spans_new (void)
{
  CheckSpans *spans = g_new0 (CheckSpans, 1);

  spans->tree = g_tree_new_full (compare, NULL, g_free, NULL);
  return spans;
}

void
check_spans_free (CheckSpans * spans)
{
  if (!spans)
    return;
  g_tree_unref (spans->tree);
  g_free (spans);
}

void
check_spans_add (CheckSpans * spans, gint64 area, guint64 offset, guint64 size, gpointer item)
{
  Span span = { class_of (size), area, offset, size, item };

  if (size == 0)
    return;
  g_tree_insert (spans->tree, g_memdup2 (&span, sizeof span), NULL);
  spans->n_of_class[span.size_class]++;
}

void
check_spans_remove (CheckSpans * spans, gint64 area, guint64 offset, guint64 size, gpointer item)
{
  Span span = { class_of (size), area, offset, size, item };

  if (size > 0 && g_tree_remove (spans->tree, &span))
    spans->n_of_class[span.size_class]--;
}

static gboolean
overlaps (const Span * a, guint64 offset, guint64 size)
{
  return a->offset <= offset ? offset - a->offset < a->size : a->offset - offset < size;
}

static gpointer
find_in_class (const CheckSpans * spans, const Span * range, CheckSpansFunc wanted, gpointer user)
{
  guint64 longest = range->size_class + 1 < N_CLASSES ? G_GUINT64_CONSTANT (2)
      << range->size_class : G_MAXUINT64;
  Span first = { range->size_class, range->area, 0, 0, NULL };
  GTreeNode *node;

  first.offset = range->offset > longest ? range->offset - longest : 0;
  for (node = g_tree_lower_bound (spans->tree, &first); node; node = g_tree_node_next (node)) {
    const Span *span = g_tree_node_key (node);

    if (span->size_class != range->size_class || span->area != range->area
        || (span->offset > range->offset && span->offset - range->offset >= range->size))
      return NULL;
    if (overlaps (span, range->offset, range->size) && wanted (span->item, user))
      return span->item;
  }
  return NULL;
}

gpointer
check_spans_find (const CheckSpans * spans, gint64 area, guint64 offset, guint64 size,
    CheckSpansFunc wanted, gpointer user)
{
  for (guint i = 0; size > 0 && i < N_CLASSES; i++) {
    Span range = { i, area, offset, size, NULL };
    gpointer item = spans->n_of_class[i] > 0 ? find_in_class (spans, &range, wanted, user) : NULL;

    if (item)
      return item;
  }
  return NULL;
}
