/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of tests/lib/inside.c that have a file of their own, and what they share with the others.
 */
#ifndef VESSEL_TESTS_LIB_INSIDE_H
#define VESSEL_TESTS_LIB_INSIDE_H

#define UNUSED __attribute__((unused))

/* "[PATH]" and what is in it. */
void show_file(const char *path);
/* "WHAT: done", or with errno's text if @code is below 0. */
void try(const char *what, int code);
/* A signal's handler. */
void ignore(int number);
/* The word "init". */
int be_init(char **argv);

/* inside-fuse.c */
int serve_nothing(const char *path);

/* inside-net.c: words, their arguments from argv[2] on */
int show_network(char **argv);
int reach(char **argv);
int watch_cable(char **argv);
int change_interface(char **argv);

#endif
