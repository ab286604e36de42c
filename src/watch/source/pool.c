/* The pool of shmstress, from the series that it records: the same document as a daemon's, one a
 * line, and the last one counts. */
#include "config.h"
#include "watch/source/source.h"

#include "base/fd.h"
#include "watch/source/age.h"
#include "watch/source/rtpengine-stats.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far more than a line of thousands of shards. */
#define TAIL_BYTES (1024 * 1024)

/* The last line of TEXT with a line's end; what is behind it is being written, or was cut. NULL:
 * there is none. */
static const gchar *
last_line (const gchar * text, gsize * length)
{
  const gchar *end = text + *length;
  const gchar *start;

  while (end > text && end[-1] != '\n')
    end--;
  while (end > text && g_ascii_isspace (end[-1]))
    end--;
  for (start = end; start > text && start[-1] != '\n'; start--) ;
  *length = (gsize) (end - start);
  return end > text ? start : NULL;
}

/* A series grows for ever, and only its end counts. */
static gchar *
read_end (const gchar * path, gsize * length, GError ** error)
{
  gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  gchar *text = g_malloc (TAIL_BYTES + 1);
  struct stat look;
  gssize n = -1;

  *length = 0;
  if (fd >= 0 && fstat (fd, &look) == 0) {
    lseek (fd, MAX (look.st_size - TAIL_BYTES, 0), SEEK_SET);
    while ((n = fd_read (fd, text + *length, TAIL_BYTES - *length)) > 0)
      *length += (gsize) n;
  }
  if (n < 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", path,
        g_strerror (errno));
    g_clear_pointer (&text, g_free);
  } else {
    text[*length] = '\0';
  }
  fd_clear (&fd);
  return text;
}

/* A capture may be a pipe, which has no end to begin with. */
static gchar *
read_text (const SourceRequest * request, const gchar * path, Sample * sample, gsize * length,
    GError ** error)
{
  if (request->input)
    return source_read_file (path, request->deadline, length, error);
  age_tell (request, path, sample);
  return read_end (path, length, error);
}

static void
read_series (const SourceRequest * request, Sample * sample)
{
  const gchar *file = source_value (request, "file", NULL);
  g_autofree gchar *path = request->input ? g_strdup (request->input)
      : file ? source_path (request, file) : NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  g_autofree gchar *text = path ? read_text (request, path, sample, &length, &error) : NULL;
  const gchar *line = text ? last_line (text, &length) : NULL;

  if (!path)
    sample_trouble (sample, request->name, NULL, FALSE, "no file is given");
  else if (!text)
    sample_trouble (sample, request->name, NULL, FALSE, "%s", error->message);
  else if (!line)
    sample_trouble (sample, request->name, NULL, FALSE, "%s: no complete line", path);
  else
    rtpengine_stats_read (line, length, request->name, FALSE, sample);
}

static const SourceKey keys[] = {
  {"file", "the series: shmstress pool --record-series=FILE", NULL},
  AGE_KEY,
  {NULL}
};

static const gchar *const ways[] = { "file", NULL };

static const cap_value_t capabilities[] = { CAP_DAC_READ_SEARCH };

const Source source_pool = {
  .name = "pool",
  .summary = "the pool that shmstress exercises, from the series that it records",
  .keys = keys,
  .ways = ways,
  .capabilities = capabilities,
  .n_capabilities = G_N_ELEMENTS (capabilities),
  .read = read_series,
};
