/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event log: many writers without locks, readers from any place, and every bad moment. */
#include "tests/lib/vt.h"

#include "base/clock.h"
#include "base/file.h"
#include "sys/eventlog.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SMALL 4096

static int open_dir(const char *name)
{
    g_autofree char *path = vt_path("%s", name);
    mkdir(path, 0700);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static int new_log(const char *name, uint64_t size, char epoch[VESSEL__EPOCH_SIZE])
{
    VesselError *err = NULL;
    int dir = open_dir(name);
    vessel__eventlog_create_sized(dir, size, epoch, &err);
    vt_no_error(err);
    return dir;
}

static VesselEventWriter *new_writer(int dir)
{
    VesselError *err = NULL;
    VesselEventWriter *writer = NULL;
    vessel__eventwriter_open(dir, &writer, &err);
    vt_no_error(err);
    return writer;
}

static VesselEventReader *new_reader(int dir, const char *epoch, uint64_t number)
{
    VesselError *err = NULL;
    VesselEventReader *reader = NULL;
    vessel__eventreader_open(dir, epoch, number, &reader, &err);
    vt_no_error(err);
    return reader;
}

static VesselJson *event(int source, int serial, size_t padding)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_string(json, "kind", "domain.started");
    vessel__json_set_int(json, "source", source);
    vessel__json_set_int(json, "serial", serial);
    if (padding) {
        g_autofree char *text = g_strnfill(padding, 'x');
        VesselJson *detail = vessel__json_new_object();
        vessel__json_set_string(detail, "text", text);
        vessel__json_set(json, "detail", detail);
    }
    return json;
}

static uint64_t append(VesselEventWriter *writer, int source, int serial, size_t padding)
{
    VesselError *err = NULL;
    uint64_t number = 0;
    g_autoptr(VesselJson) json = event(source, serial, padding);
    vessel__eventwriter_append(writer, json, &number, &err);
    vt_no_error(err);
    assert_true(number > 0);
    return number;
}

/* The next record, or NULL. */
static VesselJson *take(VesselEventReader *reader, uint64_t *number)
{
    VesselError *err = NULL;
    VesselJson *json = NULL;
    vessel__eventreader_next(reader, &json, number, &err);
    vt_no_error(err);
    return json;
}

static void expect(VesselEventReader *reader, int serial, uint64_t wanted)
{
    uint64_t number = 0;
    g_autoptr(VesselJson) json = take(reader, &number);
    assert_non_null(json);
    assert_int_equal(vessel__json_get_int(json, "serial", -1), serial);
    assert_int_equal(number, wanted);
    assert_int_equal(vessel__eventreader_number(reader), wanted);
}

static void expect_gap(VesselEventReader *reader, const char *reason)
{
    uint64_t number = 0;
    g_autoptr(VesselJson) json = take(reader, &number);
    assert_non_null(json);
    assert_string_equal(vessel__json_get_string(json, "kind", ""), "host.gap");
    assert_string_equal(vessel__json_get_string(json, "reason", ""), reason);
}

static void expect_none(VesselEventReader *reader)
{
    uint64_t number = 0;
    assert_null(take(reader, &number));
}

static void the_first_epoch_stays(void **state G_GNUC_UNUSED)
{
    char first[VESSEL__EPOCH_SIZE], second[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, first);
    VesselError *err = NULL;
    vessel__eventlog_create(dir, second, &err);
    vt_no_error(err);
    assert_string_equal(first, second);
    assert_int_equal(strlen(first), 16);
    VesselEventWriter *writer = NULL;
    vessel_autofd int other = open_dir("other");
    assert_int_equal(vessel__eventwriter_open(other, &writer, &err), VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel__replace_file(dir, "epoch", "garbage", 7, 0600, VESSEL_REPLACE_QUICK, &err);
    vt_no_error(err);
    assert_int_equal(vessel__eventwriter_open(dir, &writer, &err), VESSEL_ERROR_CORRUPT);
    vt_error(&err, VESSEL_ERROR_CORRUPT);
}

static void records_come_back_in_order(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", VESSEL__EVENT_SEGMENT, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) all = new_reader(dir, epoch, 0);
    g_autoptr(VesselEventReader) from_now = new_reader(dir, NULL, 0);
    expect_none(all);
    assert_false(vessel__eventreader_pending(all));
    uint64_t numbers[50];
    for (int i = 0; i < 50; i++) {
        numbers[i] = append(writer, 0, i, (size_t)(i % 7) * 100);
        assert_true(vessel__eventreader_pending(all));
        expect(all, i, numbers[i]);
        expect_none(all);
        assert_false(vessel__eventreader_pending(all));
    }
    for (int i = 0; i < 50; i++)
        expect(from_now, i, numbers[i]);
    expect_none(from_now);
    assert_string_equal(vessel__eventreader_epoch(all), epoch);
    /* From any place on. */
    for (int i = 0; i < 50; i++) {
        g_autoptr(VesselEventReader) on = new_reader(dir, epoch, numbers[i]);
        assert_int_equal(vessel__eventreader_number(on), numbers[i]);
        if (i + 1 < 50)
            expect(on, i + 1, numbers[i + 1]);
        else
            expect_none(on);
    }
    g_autoptr(VesselEventReader) end = new_reader(dir, NULL, 0);
    assert_int_equal(vessel__eventreader_number(end), numbers[49]);
    expect_none(end);
}

static void a_place_of_another_epoch_is_a_gap(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    uint64_t number = append(writer, 0, 1, 0);
    g_autoptr(VesselEventReader) reader = new_reader(dir, "0123456789abcdef", 7);
    expect_gap(reader, "epoch");
    expect(reader, 1, number);
    expect_none(reader);
    g_autoptr(VesselEventReader) beyond = new_reader(dir, epoch, 1000000);
    expect_gap(beyond, "overrun");
    expect(beyond, 1, number);
}

static void a_long_record_loses_its_detail(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    append(writer, 0, 1, 100000);
    uint64_t number;
    g_autoptr(VesselJson) json = take(reader, &number);
    assert_int_equal(vessel__json_get_int(json, "serial", 0), 1);
    assert_true(vessel__json_get_bool(vessel__json_get(json, "detail"), "truncated", false));
    int64_t time;
    assert_true(vessel__time_parse(vessel__json_get_string(json, "time", ""), &time));
    g_autofree char *endless = g_strnfill(100000, 'k');
    g_autoptr(VesselJson) too_long = vessel__json_new_object();
    vessel__json_set_string(too_long, "kind", endless);
    VesselError *err = NULL;
    vessel__eventwriter_append(writer, too_long, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    expect_none(reader);
    /* The longest that fits: found by trying around the limit. */
    for (size_t size = 3900; size < 4100; size++)
        append(writer, 0, (int)size, size);
    for (int size = 3900; size < 4100; size++) {
        g_autoptr(VesselJson) next = take(reader, &number);
        if (!strcmp(vessel__json_get_string(next, "kind", ""), "host.gap")) {
            size = 4099; /* swept behind our back: only the newest are kept */
            continue;
        }
        assert_int_equal(vessel__json_get_int(next, "serial", 0), size);
    }
}

static void segments_follow_each_other(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    g_autoptr(VesselEventWriter) one = new_writer(dir);
    g_autoptr(VesselEventWriter) two = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    uint64_t before = 0;
    for (int i = 0; i < 3000; i++) {
        uint64_t number = append(i % 3 ? one : two, 0, i, (size_t)(i * 37 % 900));
        assert_true(number > before);
        assert_true(vessel__eventreader_pending(reader));
        expect(reader, i, number);
        expect_none(reader);
        before = number;
    }
    g_auto(GStrv) names = NULL;
    VesselError *err = NULL;
    vessel__list_dir(dir, ".", 100, &names, &err);
    vt_no_error(err);
    assert_true(g_strv_length(names) <= VESSEL__EVENT_SEGMENTS + 1); /* and the epoch */
    /* An old place is gone, and so says the first record. */
    g_autoptr(VesselEventReader) old = new_reader(dir, epoch, 1);
    expect_gap(old, "overrun");
    uint64_t number, last = 0;
    for (;;) {
        g_autoptr(VesselJson) json = take(old, &number);
        if (!json)
            break;
        assert_true(number > last);
        last = number;
    }
    assert_int_equal(last, before);
}

static void a_reader_that_was_away_for_too_long(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    uint64_t number = append(writer, 0, 0, 0), last = 0;
    expect(reader, 0, number);
    for (int i = 1; i < 1000; i++)
        last = append(writer, 0, i, 500);
    bool gap = false;
    int before = 0;
    for (;;) {
        g_autoptr(VesselJson) json = take(reader, &number);
        if (!json)
            break;
        if (!strcmp(vessel__json_get_string(json, "kind", ""), "host.gap")) {
            assert_false(gap);
            gap = true;
            continue;
        }
        int serial = (int)vessel__json_get_int(json, "serial", -1);
        assert_true(gap ? serial > before : serial == before + 1);
        before = serial;
    }
    assert_true(gap);
    assert_int_equal(before, 999);
    assert_int_equal(vessel__eventreader_number(reader), last);
}

/* Writes @bytes at the end of the newest segment, as a writer that was killed would leave them. */
static void leave(int dir, const char *bytes, size_t length)
{
    g_auto(GStrv) names = NULL;
    VesselError *err = NULL;
    vessel__list_dir(dir, ".", 100, &names, &err);
    vt_no_error(err);
    const char *newest = names[g_strv_length(names) - 2]; /* "epoch" sorts behind the digits */
    vessel_autofd int fd = openat(dir, newest, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
}

static void torn_records(void **state G_GNUC_UNUSED)
{
    static const char record[] = "\n{\"kind\":\"torn\",\"serial\":7}\n";
    for (size_t torn = 1; torn < sizeof record; torn++) {
        char epoch[VESSEL__EPOCH_SIZE];
        g_autofree char *name = g_strdup_printf("log%zu", torn);
        vessel_autofd int dir = new_log(name, SMALL, epoch);
        g_autoptr(VesselEventWriter) writer = new_writer(dir);
        g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
        expect(reader, 1, append(writer, 0, 1, 0));
        leave(dir, record, torn);
        g_autoptr(VesselEventReader) end = new_reader(dir, NULL, 0);
        if (torn < sizeof record - 1)
            expect_none(reader); /* it may still be on its way */
        uint64_t number, wanted = append(writer, 0, 2, 0);
        if (torn >= sizeof record - 2) { /* nothing is missing but, maybe, the last newline */
            g_autoptr(VesselJson) json = take(reader, &number);
            assert_int_equal(vessel__json_get_int(json, "serial", 0), 7);
        } else if (torn > 1) {
            expect_gap(reader, "torn");
        }
        expect(reader, 2, wanted);
        expect_none(reader);
        /* Whoever began while it was torn is not told less. */
        for (number = 0; number < wanted;) {
            g_autoptr(VesselJson) json = take(end, &number);
            assert_non_null(json);
        }
        assert_int_equal(number, wanted);
        /* Nor is whoever comes back to a place in it. */
        g_autoptr(VesselEventReader) on = new_reader(dir, epoch, wanted);
        expect_none(on);
    }
}

static void fill_up_to(int dir, int length, int torn)
{
    g_autofree char *text = g_strnfill((gsize)length, ' ');
    memcpy(text, "\n{\"serial\":0", 12);
    memcpy(text + length - 2, "}\n", 2);
    leave(dir, text, (size_t)(length - torn));
}

/* Every position of a record's start and end around the end of a segment, torn or not. */
static void around_the_end_of_a_segment(void **state G_GNUC_UNUSED)
{
    for (int end = SMALL - 6; end <= SMALL + 6; end++) {
        for (int torn = 0; torn < 4; torn++) {
            char epoch[VESSEL__EPOCH_SIZE];
            g_autofree char *name = g_strdup_printf("log%d-%d", end, torn);
            vessel_autofd int dir = new_log(name, SMALL, epoch);
            g_autoptr(VesselEventWriter) writer = new_writer(dir);
            g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
            fill_up_to(dir, 2000, 0);
            expect(reader, 0, 1);
            fill_up_to(dir, end - 2000, torn);
            if (torn == 0)
                expect(reader, 0, 2001);
            expect_none(reader);
            g_autoptr(VesselEventReader) from_now = new_reader(dir, NULL, 0);
            uint64_t first = append(writer, 0, 1, 0), second = append(writer, 0, 2, 0);
            assert_true(vessel__eventreader_pending(reader));
            uint64_t number = 0;
            for (int wanted = 1; wanted <= 2;) {
                g_autoptr(VesselJson) json = take(reader, &number);
                assert_non_null(json);
                if (vessel__json_get_int(json, "serial", 0) == wanted)
                    assert_int_equal(number, wanted++ == 1 ? first : second);
                else
                    assert_true(torn > 0);
            }
            expect_none(reader);
            do {
                g_autoptr(VesselJson) json = take(from_now, &number);
                assert_non_null(json);
            } while (number < second);
            g_autoptr(VesselEventReader) on = new_reader(dir, epoch, first);
            expect(on, 2, second);
        }
    }
}

/* Its writer has left a void record and makes the next segment only now: without another byte in
 * the one that is looked at. */
static void between_two_segments(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    close(openat(dir, "00000000.log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    fill_up_to(dir, 2000, 0);
    fill_up_to(dir, SMALL - 2000, 0);
    expect(reader, 0, 1);
    expect(reader, 0, 2001);
    expect_none(reader);
    assert_false(vessel__eventreader_pending(reader));
    fill_up_to(dir, 100, 0);
    assert_true(vessel__eventreader_pending(reader));
    expect_none(reader);
    close(openat(dir, "00000001.log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    fill_up_to(dir, 100, 0);
    assert_true(vessel__eventreader_pending(reader));
    expect(reader, 0, SMALL + 1);
    expect_none(reader);
    assert_false(vessel__eventreader_pending(reader));
}

static void garbage_is_passed_over(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", 65536, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    g_autofree char *newlines = g_strnfill(40000, '\n'), *letters = g_strnfill(9000, 'x');
    leave(dir, newlines, 40000);
    leave(dir, letters, 9000);
    leave(dir, "\n[1]\n", 5);
    uint64_t wanted = append(writer, 0, 3, 0), number = 0;
    int gaps = 0;
    for (;;) {
        g_autoptr(VesselJson) json = take(reader, &number);
        assert_non_null(json);
        if (vessel__json_get_int(json, "serial", 0) == 3)
            break;
        gaps++;
    }
    assert_int_equal(number, wanted);
    assert_true(gaps >= 2);
    expect_none(reader);
}

/* A writer that was stopped while eight segments went by must not bring back what was swept. */
static void a_writer_that_slept(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    g_autoptr(VesselEventWriter) sleeper = new_writer(dir);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    append(sleeper, 0, 0, 0);
    uint64_t before = 0;
    for (int i = 0; i < 1000; i++)
        before = append(writer, 0, i, 500);
    g_autoptr(VesselEventReader) reader = new_reader(dir, NULL, 0);
    uint64_t number = append(sleeper, 1, 5000, 0);
    assert_true(number > before);
    expect(reader, 5000, number);
    expect(reader, 5001, append(writer, 1, 5001, 0));
}

/* What it left when it was killed in the middle of that: an empty segment beside the living ones.
 */
static void a_segment_that_came_back(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    uint64_t number = append(writer, 0, 0, 0);
    expect(reader, 0, number);
    while (faccessat(dir, "00000008.log", F_OK, 0) < 0)
        number = append(writer, 0, 1, 500);
    assert_int_equal(faccessat(dir, "00000000.log", F_OK, 0), -1);
    assert_int_equal(faccessat(dir, "00000001.log", F_OK, 0), 0);
    append(writer, 0, 2, SMALL - 200);
    append(writer, 0, 2, SMALL - 200);
    assert_int_equal(faccessat(dir, "00000001.log", F_OK, 0), -1);
    close(openat(dir, "00000001.log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    for (int rest = 0;; rest++) { /* of the segment that it has open */
        g_autoptr(VesselJson) json = take(reader, &number);
        assert_non_null(json);
        assert_true(rest < 20);
        if (!strcmp(vessel__json_get_string(json, "kind", ""), "host.gap"))
            break;
    }
    g_autoptr(VesselEventReader) again = new_reader(dir, epoch, 0);
    expect_gap(again, "overrun");
    g_autoptr(VesselJson) json = take(again, &number);
    assert_non_null(json);
    assert_true(number > 2 * SMALL);
}

static void a_full_disk(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    g_autofree char *path = vt_path("disk");
    assert_int_equal(mkdir(path, 0700), 0);
    if (mount("none", path, "tmpfs", 0, "size=64k") < 0)
        vt_skip("a tmpfs cannot be mounted here");
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("disk", SMALL * 16, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    VesselError *err = NULL;
    int written = 0;
    for (;; written++) {
        g_autoptr(VesselJson) json = event(0, written, 1500);
        if (vessel__eventwriter_append(writer, json, NULL, &err) < 0)
            break;
    }
    vt_error(&err, VESSEL_ERROR_NO_SPACE);
    assert_true(written > 20);
    g_autoptr(VesselJson) again = event(0, written, 1500);
    assert_int_equal(vessel__eventwriter_append(writer, again, NULL, NULL), VESSEL_ERROR_NO_SPACE);
    for (int i = 0; i < written; i++) {
        uint64_t number;
        g_autoptr(VesselJson) json = take(reader, &number);
        assert_int_equal(vessel__json_get_int(json, "serial", -1), i);
    }
    expect_none(reader);
    assert_int_equal(mount("none", path, NULL, MS_REMOUNT, "size=256k"), 0);
    uint64_t number = append(writer, 0, 9999, 100);
    expect_gap(reader, "torn");
    expect(reader, 9999, number);
}

/* ---- many at once ---- */

#define WRITERS 8
#define EACH 2500

typedef struct {
    uint64_t numbers[WRITERS][EACH];
} Shared;

static void write_many(int dir, int source, Shared *shared)
{
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    for (int i = 0; i < EACH; i++)
        shared->numbers[source][i] = append(writer, source, i, (size_t)((i * 7 + source) % 400));
}

static Shared *map_shared(void)
{
    Shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    return shared;
}

/* Reads until each writer's last record was there; each comes once, in order of its number. */
static void read_many(VesselEventReader *reader)
{
    int next[WRITERS] = {0}, left = WRITERS * EACH;
    uint64_t before = 0, number = 0;
    int64_t deadline = vessel__now_ms() + 50000;
    while (left > 0) {
        assert_true(vessel__now_ms() < deadline);
        if (!vessel__eventreader_pending(reader)) {
            g_usleep(50);
            continue;
        }
        g_autoptr(VesselJson) json = take(reader, &number);
        if (!json)
            continue;
        assert_string_equal(vessel__json_get_string(json, "kind", ""), "domain.started");
        int source = (int)vessel__json_get_int(json, "source", 0);
        assert_int_equal(vessel__json_get_int(json, "serial", -1), next[source]);
        assert_true(number > before);
        before = number;
        next[source]++;
        left--;
    }
    expect_none(reader);
}

static void eight_processes(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    /* Large enough that a reader on a slow machine is not overrun, small enough to rotate often. */
    vessel_autofd int dir = new_log("log", 1024 * 1024, epoch);
    Shared *shared = map_shared();
    pid_t pids[WRITERS];
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    for (int i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            write_many(dir, i, shared);
            _exit(0);
        }
    }
    read_many(reader);
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    /* The numbers that the writers were told are those that readers see. */
    g_autoptr(VesselEventReader) again = new_reader(dir, epoch, 0);
    int left = WRITERS * EACH;
    for (uint64_t number; left > 0; left--) {
        g_autoptr(VesselJson) json = take(again, &number);
        assert_non_null(json);
        int source = (int)vessel__json_get_int(json, "source", 0);
        int serial = (int)vessel__json_get_int(json, "serial", 0);
        assert_int_equal(shared->numbers[source][serial], number);
    }
}

/* Rotating all the time: what a reader gets is in order, and what it does not get it is told. */
static void eight_processes_small_segments(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", SMALL, epoch);
    Shared *shared = map_shared();
    pid_t pids[WRITERS];
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    for (int i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            write_many(dir, i, shared);
            _exit(0);
        }
    }
    static uint64_t numbers[WRITERS][EACH];
    int seen[WRITERS], running = WRITERS, gaps = 0;
    memset(seen, -1, sizeof seen);
    uint64_t before = 0, number;
    for (bool more = true; more;) {
        g_autoptr(VesselJson) json = take(reader, &number);
        if (!json) {
            more = running > 0;
            for (int status; running > 0 && waitpid(-1, &status, WNOHANG) > 0;
                 assert_int_equal(status, 0))
                running--;
            continue;
        }
        if (!strcmp(vessel__json_get_string(json, "kind", ""), "host.gap")) {
            assert_string_equal(vessel__json_get_string(json, "reason", ""), "overrun");
            gaps++;
            continue;
        }
        int source = (int)vessel__json_get_int(json, "source", 0);
        int serial = (int)vessel__json_get_int(json, "serial", 0);
        assert_true(number > before);
        numbers[source][serial] = number;
        assert_true(gaps > 0 ? serial > seen[source] : serial == seen[source] + 1);
        seen[source] = serial;
        before = number;
    }
    uint64_t last = 0;
    for (int i = 0; i < WRITERS; i++) {
        last = MAX(last, shared->numbers[i][EACH - 1]);
        for (int k = 0; k < EACH; k++) /* what was read has the number that its writer was told */
            assert_true(!numbers[i][k] || numbers[i][k] == shared->numbers[i][k]);
    }
    assert_int_equal(vessel__eventreader_number(reader), last);
}

typedef struct {
    VesselEventWriter *writer;
    int source;
} Thread;

static void *write_from_thread(void *data)
{
    Thread *thread = data;
    for (int i = 0; i < 500; i++)
        append(thread->writer, thread->source, i, 50);
    return NULL;
}

static void one_writer_many_threads(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", 65536, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    pthread_t ids[4];
    Thread threads[4];
    for (int i = 0; i < 4; i++) {
        threads[i] = (Thread){writer, i};
        pthread_create(&ids[i], NULL, write_from_thread, &threads[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(ids[i], NULL);
    int next[4] = {0};
    for (int i = 0; i < 2000; i++) {
        uint64_t number;
        g_autoptr(VesselJson) json = take(reader, &number);
        int source = (int)vessel__json_get_int(json, "source", 0);
        assert_int_equal(vessel__json_get_int(json, "serial", -1), next[source]++);
    }
    expect_none(reader);
}

/* Writers are killed at any moment, again and again; nothing that was acknowledged is missing. */
static void writers_that_are_killed(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", VESSEL__EVENT_SEGMENT, epoch);
    int *acknowledged = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int round = 0; round < 60; round++) {
        pid_t pid = fork();
        if (pid == 0) {
            g_autoptr(VesselEventWriter) writer = new_writer(dir);
            for (int i = *acknowledged + 1;; i++) {
                append(writer, round, i, 200);
                *acknowledged = i;
            }
        }
        g_usleep((gulong)(500 + round * 97 % 3000));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (*acknowledged > 12000)
            break;
    }
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    int seen = 0;
    for (;;) {
        uint64_t number;
        g_autoptr(VesselJson) json = take(reader, &number);
        if (!json)
            break;
        if (!strcmp(vessel__json_get_string(json, "kind", ""), "host.gap"))
            continue; /* torn: never acknowledged */
        int serial = (int)vessel__json_get_int(json, "serial", 0);
        assert_in_range(serial, seen, seen + 1); /* twice, when killed before it could tell us */
        seen = serial;
    }
    assert_in_range(seen, *acknowledged, *acknowledged + 1);
}

/* The answer "nothing new" is to cost no system call. */
static void looking_is_cheap(void **state G_GNUC_UNUSED)
{
    char epoch[VESSEL__EPOCH_SIZE];
    vessel_autofd int dir = new_log("log", VESSEL__EVENT_SEGMENT, epoch);
    g_autoptr(VesselEventWriter) writer = new_writer(dir);
    g_autoptr(VesselEventReader) reader = new_reader(dir, epoch, 0);
    expect(reader, 0, append(writer, 0, 0, 0));
    expect_none(reader);
    struct stat st;
    int64_t start = vessel__now_ns();
    for (int i = 0; i < 300000; i++)
        assert_int_equal(fstat(dir, &st), 0);
    int64_t with_call = vessel__now_ns() - start;
    start = vessel__now_ns();
    for (int i = 0; i < 300000; i++)
        assert_false(vessel__eventreader_pending(reader));
    assert_true(vessel__now_ns() - start < with_call / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_epoch_stays),
        cmocka_unit_test(records_come_back_in_order),
        cmocka_unit_test(a_place_of_another_epoch_is_a_gap),
        cmocka_unit_test(a_long_record_loses_its_detail),
        cmocka_unit_test(segments_follow_each_other),
        cmocka_unit_test(a_reader_that_was_away_for_too_long),
        cmocka_unit_test(torn_records),
        cmocka_unit_test(around_the_end_of_a_segment),
        cmocka_unit_test(between_two_segments),
        cmocka_unit_test(garbage_is_passed_over),
        cmocka_unit_test(a_writer_that_slept),
        cmocka_unit_test(a_segment_that_came_back),
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(eight_processes),
        cmocka_unit_test(eight_processes_small_segments),
        cmocka_unit_test(one_writer_many_threads),
        cmocka_unit_test(writers_that_are_killed),
        cmocka_unit_test(looking_is_cheap),
    };
    return vt_main(tests);
}
