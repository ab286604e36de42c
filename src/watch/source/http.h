/* As much of an HTTP/1.1 client as one request takes. */
#pragma once
#include "base/deadline.h"

typedef struct
{
  const gchar *method;          /* "GET" */
  const gchar *path;            /* when the URL has none */
  const gchar *type;            /* of the body; NULL: no body */
  const gchar *body;
} HttpRequest;

/* Whether URL is one of ours: "http://HOST[:PORT][/PATH]". FALSE with ERROR. */
gboolean http_check_url (const gchar * url, GError ** error);

/* Sends REQUEST to URL. The body of the answer (a NUL behind it), or NULL with ERROR: "URL: status
 * 404 Not Found", "URL: the answer is cut: ...". Caller frees. */
gchar *http_fetch (const gchar * url, const HttpRequest * request, Deadline deadline,
    gsize * length, GError ** error);

typedef enum
{
  HTTP_DONE,
  HTTP_MORE,                    /* is to come */
  HTTP_BAD,                     /* with an error */
} HttpState;

/* Takes the body out of the answer TEXT: by its length, its chunks, or, AT_END, up to its end.
 * HTTP_DONE: BODY is to be freed. Pure. */
HttpState http_parse_answer (const gchar * text, gsize length, gboolean at_end, gchar ** body,
    gsize * body_length, GError ** error);
