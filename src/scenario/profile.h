/* What importers ask of memory: the table of profiles, and whether a buffer would be accepted. */
#pragma once
#include <glib.h>

typedef struct
{
  gchar *name;                  /* "v3dv" */
  gchar *driver;                /* "Mesa v3dv (Raspberry Pi 4 and 5)" */
  gchar *source;                /* where the rule is reported */
  gchar *note;                  /* NULL: none */
  guint64 stride_align, offset_align;   /* 1: any */
  guint64 height_align;         /* lines of a plane are rounded up to it */
  guint64 extra;                /* bytes that are added to the end of the last plane */
  guint64 size_align;           /* the sum is rounded up to it: what the memory must have */
  guint64 size_multiple;        /* of the memory itself */
  guint64 rows_align;           /* of the lines that the memory has room for */
  gboolean contiguous;          /* each plane begins where the one before ends */
} Profile;

#define PROFILE_PLANES_MAX 4

typedef struct
{
  guint64 offset, stride, height;
} ProfilePlane;

/* A memory. Without planes a picture is taken to fill it. */
typedef struct
{
  guint64 size;
  guint n_planes;
  ProfilePlane planes[PROFILE_PLANES_MAX];
} ProfileBuffer;

/* Array of Profile*, at least one. Error: "FILE:LINE: field: problem: value". */
GPtrArray *profile_load (const gchar * file, const gchar * text, GError ** error);

/* The rule in words: "stride a multiple of 256; ...". Caller frees. */
gchar *profile_words (const Profile * profile);

/* Why an importer with PROFILE would refuse BUFFER; NULL: it would accept it. Caller frees. */
gchar *profile_obstacle (const Profile * profile, const ProfileBuffer * buffer);
