/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two sides of a copy know of each other: a tree as a stream of records, the same program
 * at both ends of a pipe. Each record is followed by its text, of @length bytes. */
#ifndef VESSEL_CONTAINER_INIT_COPY_H
#define VESSEL_CONTAINER_INIT_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Of whoever copies: the pipe, and the caller's /proc, in which what was opened as a path is opened
 * for reading once its kind is known. */
#define STREAM 0
#define PROC 1

#define CHUNK (256 * 1024)
#define NAMED_MAX 16 /* of what was left out, so many are named (lib/kit/left-out.c) */

/* The first is the top: without a name if what is in it goes into the directory that is named. */
typedef enum {
    RECORD_DIRECTORY = 'D', /* its name; what is in it follows */
    RECORD_UP = 'U',        /* the end of a directory */
    RECORD_FILE = 'F',      /* its name; its data follow */
    RECORD_DATA = 'B',      /* at @size */
    RECORD_FILE_END = 'E',  /* @size is the whole file's */
    RECORD_LINK = 'L',      /* its name, NUL, where it leads */
    RECORD_END = 'Z',
} RecordKind;

typedef struct {
    uint32_t kind, mode;
    uint64_t size;
    int64_t seconds;
    uint32_t nanoseconds, length;
} Record;

/* What the library is told, and the end (copy.c). */
/* One more, of that name ("": none) in what is shown before; for unshow() to go back to. */
size_t show(const char *name);
void unshow(size_t before);
void __attribute__((noreturn)) fail_copy(const char *what);
void __attribute__((noreturn)) fail_cut(void); /* the other side has the reason */
void leave_out(const char *why);
void count(uint64_t bytes);     /* towards the limit, and for whoever waits */
void check_size(uint64_t size); /* of one file, against the limit, before any of it is copied */

void send_tree(const char *path);
void receive_tree(const char *path);
void undo_copy(void); /* of a file that is not whole; receive.c */

#endif
