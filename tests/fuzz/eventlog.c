/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A segment of the event log with anything in it: reading ends, numbers grow, and what is appended
 * is read, by one who read all of it and by one who came at its end. */
#include "sys/eventlog.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>

#define SEGMENT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folder;
static int dir = -1;

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void clean_up(void)
{
    close(dir);
    vessel__remove_tree(AT_FDCWD, folder, NULL);
    g_free(folder);
}

static void prepare(void)
{
    char epoch[VESSEL__EPOCH_SIZE];
    /* In memory where that can be had: this is about bytes, not disks. */
    folder = g_build_filename(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir(),
                              "vt-fuzz-XXXXXX", NULL);
    check(mkdtemp(folder) != NULL);
    dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(dir >= 0);
    atexit(clean_up);
    check(vessel__eventlog_create_sized(dir, SEGMENT, epoch, NULL) == 0);
}

static void fresh_segment(const uint8_t *data, size_t size)
{
    for (char name[] = "00000000.log"; unlinkat(dir, name, 0) == 0; name[7]++)
        ;
    int fd = openat(dir, "00000000.log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(fd >= 0 && vessel__write_all(fd, data, size) == 0);
    close(fd);
}

/* Reads all there is; the number of the last record. */
static uint64_t read_all(VesselEventReader *reader, size_t most)
{
    uint64_t before = 0, number = 0;
    for (size_t i = 0;; i++) {
        g_autoptr(VesselJson) record = NULL;
        check(vessel__eventreader_next(reader, &record, &number, NULL) == 0);
        if (!record)
            return before;
        check(i <= most && number > before);
        check(vessel__json_kind(record) == VESSEL_JSON_OBJECT);
        check(vessel__eventreader_number(reader) == number);
        before = number;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t numbers[3];
    if (dir < 0)
        prepare();
    fresh_segment(data, size);
    g_autoptr(VesselEventReader) all = NULL, from_now = NULL, on = NULL;
    g_autoptr(VesselEventWriter) writer = NULL;
    check(vessel__eventreader_open(dir, NULL, 0, &from_now, NULL) == 0);
    check(vessel__eventreader_open(dir, vessel__eventreader_epoch(from_now), 0, &all, NULL) == 0);
    read_all(all, size + 1);
    check(vessel__eventwriter_open(dir, &writer, NULL) == 0);
    g_autoptr(VesselJson) record = vessel__json_new_object();
    vessel__json_set_string(record, "kind", "domain.started");
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        check(vessel__eventwriter_append(writer, record, &numbers[i], NULL) == 0);
    check(vessel__eventreader_pending(all));
    check(read_all(all, size + 8) == numbers[2]);
    check(read_all(from_now, size + 8) == numbers[2]);
    check(vessel__eventreader_open(dir, vessel__eventreader_epoch(all), numbers[1], &on, NULL) ==
          0);
    check(read_all(on, 1) == numbers[2]);
    check(!vessel__eventreader_pending(all));
    return 0;
}
