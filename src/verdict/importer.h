/* Importers of video buffers: drivers and compositors, and what each asks of a buffer that was made
 * somewhere else. The rules are a data file; judging by them is pure. */
#pragma once
#include <glib.h>

#define IMPORTER_MAX_PLANES 4

/* One rule. 0 and NULL: it asks for nothing of the kind. */
typedef struct
{
  gchar *name;                  /* "v3dv" */
  gchar *source;                /* where the rule was read or reported */
  gchar *note;
  gchar **formats;              /* that it is about; NULL: all */
  guint stride_align;           /* bytes that each stride is a multiple of */
  guint width_align;            /* pixels: each line has room for the width rounded up to it */
  guint offset_align;           /* bytes that the offset of each plane is a multiple of */
  guint plane_height_align;     /* lines: each plane has room for so many before the next begins */
  guint height_align;           /* lines: the memory has room for so many of the last plane */
  guint extra_lines, extra_bytes;       /* behind the last plane */
  guint64 size_align;           /* the bytes that are needed are rounded up to it */
  guint64 size_multiple;        /* the size of the memory is a multiple of it */
  gboolean page_multiple;       /* or of the page size */
  gboolean contiguous;          /* physically */
} Importer;

/* A plane as it lies in the memory. */
typedef struct
{
  guint64 offset, stride;
  guint lines;                  /* of the picture */
  guint lines_each;             /* lines of the picture that one of its lines stands for: 1, 2, 4 */
  guint64 line_bytes;           /* of the picture; 0: not known */
} ImporterPlane;

typedef struct
{
  const gchar *format;          /* "NV12" */
  guint width, height;
  guint n_planes;
  ImporterPlane planes[IMPORTER_MAX_PLANES];
  guint64 size;                 /* of the memory, as an importer can see it */
  guint64 page;                 /* page size of the machine that imports */
  gboolean is_contiguous;       /* as far as one knows */
} ImporterBuffer;

typedef enum
{
  IMPORTER_ACCEPTS,
  IMPORTER_REFUSES,
  IMPORTER_NOT_ITS_FORMAT,
} ImporterVerdict;

/* Whether IMPORTER would take BUFFER. Appends to WHY each reason against it, joined with "; ".
 * NEEDED: bytes that it wants the memory to have; may be NULL. */
ImporterVerdict importer_judge (const Importer * importer, const ImporterBuffer * buffer,
    GString * why, guint64 * needed);

/* What the rule asks for, "stride 64, 64 bytes more". Caller frees. */
gchar *importer_describe (const Importer * importer);

/* Array of Importer*, from FILE, or from TEXT when that is not NULL. Error: "FILE:LINE: field:
 * problem: value". */
GPtrArray *importer_load (const gchar * file, const gchar * text, GError ** error);
const Importer *importer_find (const GPtrArray * importers, const gchar * name);
