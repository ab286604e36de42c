/* A schedule for people: the trace that an engine has recorded, as a table or a chart. */
#pragma once
#include "explore/engine.h"

/* One row a step, one column a thread; the broken property last. */
void show_table (const Engine * engine, GString * out);
/* The same as a sequence chart in SVG. */
void show_chart (const Engine * engine, GString * out);

/* --- parts of a step --- */

/* "pool.c:12" */
gchar *show_place (const EngineStep * step);
/* "add &shard->refs: 1 -> 2". What depends on where memory happens to be is left out. */
gchar *show_operation (const Engine * engine, const EngineStep * step);
gchar *show_thread_name (const Engine * engine, guint thread);
