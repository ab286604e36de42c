/* Whose files are believed: what root reads as instructions, and where anybody makes a directory that
 * is to be his own. */
#pragma once
#include <glib.h>

/* Whether what PATH, a file or a directory of ours, says may be done. FALSE with ERROR, one line that
 * says what helps: we are root, and somebody else can change it. Who can change the program itself,
 * or a directory above it, needs no other way: a tree that was built is trusted by whoever runs what
 * was built in it. What is not there is for others to tell. */
gboolean trust_check_data (const gchar * path, GError ** error);

/* Whether a directory that we make in DIR stays where it is: others cannot exchange it. FALSE with
 * ERROR, one line. */
gboolean trust_check_tmp (const gchar * dir, GError ** error);
