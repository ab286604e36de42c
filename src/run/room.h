/* Room in /dev/shm: looked at before a case begins, and taken away where a scenario says so. */
#pragma once
#include "run/case.h"

/* Waits until the areas of the case fit beside those of the cases that run, and keeps that room for
 * it. FALSE: they do not, or the case cannot be run here; that is told. */
gboolean run_room_take (RunCase * run);
/* Gives it back, and what a step has filled. */
void run_room_give (RunCase * run);

/* Fills the file system but for LEAVE bytes. FALSE with ERROR, to be freed. */
gboolean run_room_fill (RunCase * run, guint64 leave, gchar ** error);
void run_room_free (RunCase * run);
