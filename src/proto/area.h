/* Areas: the shm objects of a pipe, at the writer that makes them and at the readers that map
 * them, and the free space within one. Internal to this room. */
#pragma once
#include "proto/wire.h"

/* --- free space: pure arithmetic --- */

typedef struct ConnSpace ConnSpace;

ConnSpace *conn_space_new (guint64 size);
void conn_space_free (ConnSpace * space);

/* Finds SIZE bytes (> 0): the smallest gap that holds them. *OFFSET is a multiple of 8.
 * FALSE: no gap is large enough. */
gboolean conn_space_take (ConnSpace * space, guint64 size, guint64 * offset);
/* Gives back exactly what was taken. */
void conn_space_give (ConnSpace * space, guint64 offset, guint64 size);
/* 1 when everything is one gap, 0 when all is taken. */
guint conn_space_n_gaps (const ConnSpace * space);

/* --- areas --- */

typedef struct ConnArea ConnArea;

/* What gives areas their memory, and takes it back. */
typedef struct
{
  /* AREA has its id and size; sets its data, and what else there is. */
  gboolean (*map) (gpointer user, ConnArea * area, GError ** error);
  /* Also of an area that could not be mapped, or not quite. */
  void (*unmap) (gpointer user, ConnArea * area);
  gpointer user;
} ConnMemory;

struct ConnArea
{
  gint32 id;
  gchar *name;                  /* "/shmpipe.  326.    1" */
  guint64 size;
  guint8 *data;                 /* shared mapping; read-only at a reader */
  gint fd;
  gboolean ours;                /* made here, so unlinked at its end */
  gboolean closed;              /* nothing new will be placed there */
  guint n_buffers;              /* blocks, or held buffers, that lie in it */
  ConnSpace *space;             /* at its writer only */
  ConnMemory memory;
};

/* New shm objects with exactly the mode PERMS, all their memory reserved. */
ConnMemory conn_memory_objects (guint perms);

/* An area with memory, and no more. */
ConnArea *conn_area_new (gint32 id, const gchar * name, guint64 size, const ConnMemory * memory,
    GError ** error);
/* Its writer's: all of it is free space. */
ConnArea *conn_area_create (gint32 id, guint64 size, const ConnMemory * memory, GError ** error);

/* Maps what a peer announced, NAME checked already. Any trouble is SHMDIAG_ERROR_OBJECT. */
ConnArea *conn_area_open (gint32 id, const gchar * name, guint64 size, GError ** error);

void conn_area_free (ConnArea * area);

/* Copies from the object, never from the mapping: what was truncated is an error, not a signal. */
gboolean conn_area_read (const ConnArea * area, guint64 offset, gpointer data, gsize length,
    GError ** error);

/* --- areas by id --- */

GHashTable *conn_areas_new (void);      /* owns its areas */
void conn_areas_add (GHashTable * areas, ConnArea * take_area);
ConnArea *conn_areas_find (GHashTable * areas, gint32 id);
/* One buffer less lies in AREA; which may end it. */
void conn_areas_unuse (GHashTable * areas, ConnArea * area);
/* Nothing new will lie in AREA; which may end it. */
void conn_areas_close (GHashTable * areas, ConnArea * area);
