/* What both readers of documents share. */
#pragma once
#include "watch/source/document.h"

/* Where a reader is. The first problem counts. */
typedef struct
{
  const gchar *at, *start, *end;
  guint depth;
  const gchar *problem;
} DocumentReader;

/* Deeper than any answer (7), and far from the end of our stack. */
#define DOCUMENT_MAX_DEPTH 64

/* Reads one value, and leaves the reader behind it; NULL with a problem. */
typedef JsonNode *(*DocumentReadFunc) (DocumentReader * reader);

/* All of TEXT by READ. FALSE with ERROR "not KIND: ...". */
JsonNode *document_read (const gchar * text, gsize length, const gchar * kind,
    DocumentReadFunc read, GError ** error);

/* Notes PROBLEM unless there was one; always NULL, for returning it. */
gpointer document_fail (DocumentReader * reader, const gchar * problem);
/* What is next; '\0' at the end, with a problem: no text has one. */
gchar document_peek (DocumentReader * reader);
void document_skip_blanks (DocumentReader * reader);
/* What READ reads behind the byte that opens it. */
JsonNode *document_read_nested (DocumentReader * reader, DocumentReadFunc read);

JsonNode *document_new_text (const gchar * text, gsize length);
/* Adds a member that OBJECT then owns; NULL (TAKE_NODE is freed) when it has one of that name. */
gboolean document_add (DocumentReader * reader, JsonObject * object, const gchar * name,
    JsonNode * take_node);
