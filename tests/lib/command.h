/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The `vessel` command on the case's host, in the case's directory. */
#ifndef VESSEL_TESTS_LIB_COMMAND_H
#define VESSEL_TESTS_LIB_COMMAND_H

#define VT_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs it to its end, without input, and returns its exit status. What it printed, and what it
 * complained of, is to be freed (g_free); with NULL the complaints are the test's own. */
int vt_command(const char *const *words, char **said, char **complained);
/* The same of words with blanks between them. */
int vt_command_line(const char *words, char **said, char **complained);

#endif
