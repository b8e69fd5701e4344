/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Roots that are full, read-only, damaged, somebody else's, of another version or another boot; and
 * programs that stop in the middle. Each gives its error, and nothing is lost. */
#include "tests/unit/test-store.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void expect_open_error(const char *root, int code, const char *word)
{
    VesselStore *store = NULL;
    VesselError *err = NULL;
    int before = vt_fd_count();
    assert_int_equal(try_open(root, &store, &err), code);
    assert_null(store);
    g_autofree char *text = vessel_error_text(err);
    if (word && !strstr(text, word))
        fail_msg("\"%s\" is not in: %s", word, text);
    vt_error(&err, code);
    assert_int_equal(vt_fd_count(), before);
}

static void make_root(const char *root, unsigned domains)
{
    g_autoptr(VesselStore) store = open_at(root);
    for (unsigned i = 0; i < domains; i++) {
        g_autofree char *name = g_strdup_printf("n%u", i);
        define(store, i, name);
    }
}

static void run_sql(const char *root, const char *sql)
{
    g_autofree char *path = g_build_filename(root, "vessel.db", NULL);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void write_at(const char *path, off_t offset, const void *data, size_t length)
{
    vessel_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, length, offset), length);
}

/* ---- damage ---- */

static void damaged_database_is_refused_and_left_alone(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    g_autofree char *path = vt_path("root/vessel.db");
    make_root(root, 20);
    char *whole = NULL;
    gsize length = 0;
    assert_true(g_file_get_contents(path, &whole, &length, NULL));
    g_autofree char *junk = g_strnfill(100, 'j');
    write_at(path, 0, junk, 100); /* the header */
    expect_open_error(root, VESSEL_ERROR_CORRUPT, path);
    expect_open_error(root, VESSEL_ERROR_CORRUPT, ".recover");
    assert_true(g_file_set_contents(path, whole, 100, NULL)); /* cut off */
    expect_open_error(root, VESSEL_ERROR_CORRUPT, path);
    assert_true(g_file_set_contents(path, "", 0, NULL));
    expect_open_error(root, VESSEL_ERROR_CORRUPT, "empty");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0); /* nothing was made in its place */
    assert_true(g_file_set_contents(path, whole, (gssize)length, NULL));
    assert_int_equal(chmod(path, 0600), 0);
    g_autoptr(VesselStore) store = open_at(root);
    assert_int_equal(count_domains(store), 20);
    g_free(whole);
}

/* A page in the middle: found when it is read, and told as what it is. */
static void damaged_page_is_told_when_it_is_read(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    g_autofree char *path = vt_path("root/vessel.db");
    make_root(root, 200);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    g_autofree char *junk = g_strnfill(4096, '\xff');
    int corrupt = 0;
    char *whole = NULL;
    gsize length = 0;
    assert_true(g_file_get_contents(path, &whole, &length, NULL));
    for (off_t page = 1; page * 4096 < st.st_size; page++) {
        write_at(path, page * 4096, junk, 4096);
        VesselStore *store = NULL;
        VesselError *err = NULL;
        GPtrArray *records = NULL;
        int rc = try_open(root, &store, &err);
        if (rc == 0)
            rc = vessel__store_snapshot(store, &records, NULL, NULL, NULL, &err);
        if (rc == 0)
            assert_int_equal(records->len, 200); /* a page that holds no domain */
        else
            assert_int_equal(rc, VESSEL_ERROR_CORRUPT);
        corrupt += rc != 0;
        if (rc < 0)
            vt_error(&err, VESSEL_ERROR_CORRUPT);
        g_clear_pointer(&records, g_ptr_array_unref);
        vessel__store_unref(store);
        write_at(path, page * 4096, whole + page * 4096, 4096);
    }
    assert_true(corrupt > 5);
    g_free(whole);
    g_autoptr(VesselStore) store = open_at(root);
    assert_int_equal(count_domains(store), 200);
}

/* Any bytes: an answer or an error that fits, never a crash. */
static void random_damage_is_survived(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    g_autofree char *path = vt_path("root/vessel.db");
    make_root(root, 30);
    char *whole = NULL;
    gsize length = 0;
    assert_true(g_file_get_contents(path, &whole, &length, NULL));
    g_autoptr(GRand) random = g_rand_new_with_seed(2);
    for (int round = 0; round < 150; round++) {
        g_autofree char *copy = g_memdup2(whole, length);
        for (int i = g_rand_int_range(random, 1, 30); i > 0; i--)
            copy[g_rand_int_range(random, 0, (gint32)length)] = (char)g_rand_int(random);
        write_at(path, 0, copy, length);
        VesselStore *store = NULL;
        VesselError *err = NULL;
        g_autoptr(GPtrArray) records = NULL;
        g_autoptr(VesselDomainRecord) record = new_record(uuid_of(5), "again");
        int rc = try_open(root, &store, &err);
        if (rc == 0)
            rc = vessel__store_snapshot(store, &records, NULL, NULL, NULL, &err);
        if (rc == 0)
            rc = try_define(store, record, 1000, &err);
        if (rc != 0 && rc != VESSEL_ERROR_CORRUPT && rc != VESSEL_ERROR_INCOMPATIBLE)
            fail_msg("%s", vessel_error_message(err));
        vessel_error_free(err);
        vessel__store_unref(store);
        g_autofree char *wal = g_strconcat(path, "-wal", NULL);
        unlink(wal);
    }
    g_free(whole);
}

static void lost_database_with_its_journal_is_damage(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    g_autofree char *path = vt_path("root/vessel.db");
    g_autofree char *aside = vt_path("aside");
    IN_CHILD(child) /* dies with a journal that was not written back */
    {
        g_autoptr(VesselStore) store = open_at(root);
        define(store, 1, "one");
        raise(SIGKILL);
    }
    assert_int_equal(wait_exit(child), 128 + SIGKILL);
    assert_int_equal(rename(path, aside), 0);
    expect_open_error(root, VESSEL_ERROR_CORRUPT, "vessel.db-wal");
    assert_int_equal(rename(aside, path), 0);
    g_autoptr(VesselStore) store = open_at(root);
    assert_true(has(store, "one"));
}

static void foreign_database_is_refused(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    assert_int_equal(mkdir(root, 0700), 0);
    run_sql(root, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
    expect_open_error(root, VESSEL_ERROR_CORRUPT, "not one of Vessel's");
}

/* As after the rebuilding that the hint of a damaged one tells of. */
static void rebuilt_database_is_taken(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    make_root(root, 3);
    run_sql(root, "PRAGMA journal_mode=DELETE");
    g_autoptr(VesselStore) store = open_at(root);
    assert_int_equal(count_domains(store), 3);
    define(store, 7, "seven");
}

static void newer_major_is_incompatible_and_newer_minor_is_not(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    make_root(root, 1);
    run_sql(root, "UPDATE meta SET value='9' WHERE key='schema_minor';"
                  "ALTER TABLE domains ADD COLUMN extra TEXT NOT NULL DEFAULT 'kept';"
                  "UPDATE domains SET extra='theirs'; CREATE TABLE later(x)");
    {
        g_autoptr(VesselStore) store = open_at(root);
        define(store, 0, "renamed"); /* what we do not know of is kept */
        assert_true(has(store, "renamed"));
    }
    run_sql(root, "CREATE TABLE proof AS SELECT 1/(count(*)=1) AS x FROM domains"
                  " WHERE extra='theirs'; UPDATE meta SET value='libvessel 7.1.0' WHERE"
                  " key='written_by'");
    run_sql(root, "UPDATE meta SET value='2' WHERE key='schema_major'");
    expect_open_error(root, VESSEL_ERROR_INCOMPATIBLE, "libvessel 7.1.0");
}

/* ---- whose, where ---- */

static void directory_of_another_user_is_denied(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    g_autofree char *root = vt_path("root");
    make_root(root, 1);
    g_autofree char *run = vt_path("root/run");
    assert_int_equal(chown(run, 1, 1), 0);
    expect_open_error(root, VESSEL_ERROR_DENIED, "daemon");
    assert_int_equal(chown(root, 1, 1), 0);
    expect_open_error(root, VESSEL_ERROR_DENIED, "daemon");
    assert_int_equal(chown(root, 0, 0), 0);
    assert_int_equal(chmod(vt_root(), 0711), 0);
    if (setuid(54321) < 0)
        vt_skip("no other user can be become");
    expect_open_error(root, VESSEL_ERROR_DENIED, "root");
}

static void directory_that_others_may_write_is_denied(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    assert_int_equal(mkdir(root, 0700), 0);
    assert_int_equal(chmod(root, 0777), 0);
    expect_open_error(root, VESSEL_ERROR_DENIED, "chmod");
    assert_int_equal(chmod(root, 0755), 0);
    g_autoptr(VesselStore) store = open_at(root);
}

static void long_paths_work_and_too_long_ones_are_refused(void **state G_GNUC_UNUSED)
{
    g_autofree char *part = g_strnfill(100, 'p');
    g_autofree char *root = g_build_filename(vt_root(), part, part, NULL);
    g_autoptr(VesselStore) store = open_at(root);
    define(store, 1, "one");
    VesselError *err = NULL;
    VesselStoreReader *reader = NULL;
    vessel__store_reader_open(store, NULL, 0, &reader, &err);
    vt_no_error(err);
    vessel__store_reader_free(reader);
    g_autofree char *deeper = g_build_filename(root, part, part, part, part, NULL);
    expect_open_error(deeper, VESSEL_ERROR_INVALID_ARGUMENT, "480");
}

/* Every fcntl() that locks answers ENOLCK, as on a network filesystem without a lock daemon. */
static void forbid_locks(int command)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, command, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = G_N_ELEMENTS(filter), .filter = filter};
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
        vt_skip("no seccomp filter can be set here");
}

static void filesystem_that_cannot_lock_is_unsupported(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    make_root(root, 1);
    forbid_locks(F_OFD_SETLK);
    expect_open_error(root, VESSEL_ERROR_UNSUPPORTED, "local filesystem");
}

/* Only the state directory is on one: SQLite's own locks fail. */
static void state_directory_that_cannot_lock_is_unsupported(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    forbid_locks(F_SETLK);
    expect_open_error(root, VESSEL_ERROR_UNSUPPORTED, "local filesystem");
}

/* ---- read-only, full ---- */

static void bind_readonly(const char *root)
{
    assert_int_equal(mount(root, root, NULL, MS_BIND, NULL), 0);
    assert_int_equal(mount(NULL, root, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
}

static void expect_readonly_root(const char *root, guint domains)
{
    VesselError *err = NULL;
    g_autoptr(VesselStore) store = open_at(root);
    assert_true(vessel__store_is_readonly(store));
    assert_int_equal(count_domains(store), domains);
    assert_true(has(store, "n1"));
    g_autoptr(VesselLive) live = vessel__store_live(store, uuid_of(1));
    assert_non_null(live);
    g_autoptr(VesselDomainRecord) record = new_record(uuid_of(100), "new");
    assert_int_equal(try_define(store, record, 1000, &err), VESSEL_ERROR_DENIED);
    assert_non_null(strstr(vessel_error_message(err), "read-only"));
    vt_error(&err, VESSEL_ERROR_DENIED);
    g_autofree char *fact = NULL;
    vessel__store_fact(store, "ran", &fact, &err);
    vt_no_error(err);
    /* destroy takes the operation lock, whatever the disk does */
    VesselHolder holder;
    vessel__holder_self("domain_destroy", &holder);
    VesselOpLock *lock = NULL;
    vessel__store_op_lock(store, uuid_of(1), &holder, vessel__deadline_after(1000), &lock, &err);
    vt_no_error(err);
    vessel__op_lock_release(lock);
}

static void set_running(const char *root)
{
    g_autoptr(VesselStore) store = open_at(root);
    VesselError *err = NULL;
    g_autoptr(VesselJson) running = state_json("running", 1);
    vessel__store_set_live(store, uuid_of(1), running, &err);
    vt_no_error(err);
}

static void readonly_root_is_read(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    g_autofree char *root = vt_path("root");
    make_root(root, 3);
    set_running(root);
    bind_readonly(root);
    expect_readonly_root(root, 3);
    umount2(root, MNT_DETACH);
}

/* What was acknowledged but is only in the journal yet must be seen. */
static void readonly_root_is_read_with_its_journal(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    g_autofree char *root = vt_path("root");
    g_autofree char *shm = vt_path("root/vessel.db-shm");
    for (int with_shm = 1; with_shm >= 0; with_shm--) {
        IN_CHILD(child)
        {
            g_autoptr(VesselStore) store = open_at(root);
            for (unsigned i = 0; i < 5; i++) {
                g_autofree char *name = g_strdup_printf("n%u", i);
                define(store, i, name);
            }
            set_running(root);
            raise(SIGKILL);
        }
        assert_int_equal(wait_exit(child), 128 + SIGKILL);
        if (!with_shm)
            assert_int_equal(unlink(shm), 0);
        bind_readonly(root);
        expect_readonly_root(root, 5);
        assert_int_equal(umount2(root, MNT_DETACH), 0);
    }
}

static void empty_readonly_directory_says_so(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    g_autofree char *root = vt_path("root");
    assert_int_equal(mkdir(root, 0700), 0);
    bind_readonly(root);
    expect_open_error(root, VESSEL_ERROR_DENIED, "read-only");
    umount2(root, MNT_DETACH);
}

static void small_tmpfs(const char *root)
{
    assert_int_equal(mkdir(root, 0700), 0);
    if (mount("vt", root, "tmpfs", 0, "size=1m,mode=0700") < 0)
        vt_skip("no tmpfs can be mounted");
}

static void fill(const char *root)
{
    g_autofree char *path = g_build_filename(root, "filler", NULL);
    vessel_autofd int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char block[512] = {0};
    size_t size = sizeof block;
    while (size > 0)
        if (write(fd, block, size) < 0)
            size /= 2;
    assert_int_equal(errno, ENOSPC);
}

static void unfill(const char *root)
{
    g_autofree char *path = g_build_filename(root, "filler", NULL);
    assert_int_equal(unlink(path), 0);
}

/* Filled while it is open: nothing that was acknowledged goes, and nothing half done stays. */
static void disk_fills_up_under_an_open_root(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    g_autofree char *root = vt_path("root");
    small_tmpfs(root);
    {
        g_autoptr(VesselStore) store = open_at(root);
        define(store, 0, "n0");
        define(store, 1, "n1");
        fill(root);
        guint defined = 2;
        VesselError *err = NULL;
        for (unsigned i = 2; !err; i++) { /* what room the journal has left is used up */
            g_autofree char *name = g_strdup_printf("n%u", i);
            g_autoptr(VesselDomainRecord) record = new_record(uuid_of(i), name);
            if (try_define(store, record, 1000, &err) == 0)
                defined++;
        }
        vt_error(&err, VESSEL_ERROR_NO_SPACE);
        assert_int_equal(count_domains(store), defined);
        assert_true(has(store, "n0"));
        unfill(root);
        define(store, 1000, "after");
        assert_int_equal(count_domains(store), defined + 1);
    }
    g_autoptr(VesselStore) store = open_at(root);
    assert_true(has(store, "after"));
    vessel__store_unref(g_steal_pointer(&store));
    umount2(root, MNT_DETACH);
}

static void full_disk_is_opened_and_read(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    g_autofree char *root = vt_path("root");
    small_tmpfs(root);
    make_root(root, 4);
    set_running(root);
    fill(root);
    VesselError *err = NULL;
    {
        g_autoptr(VesselStore) store = open_at(root);
        assert_int_equal(count_domains(store), 4);
        assert_true(has(store, "n1"));
        g_autoptr(VesselLive) live = vessel__store_live(store, uuid_of(1));
        assert_non_null(live);
        g_autoptr(VesselDomainRecord) record = new_record(uuid_of(9), "n9");
        assert_int_equal(try_define(store, record, 1000, &err), VESSEL_ERROR_NO_SPACE);
        vt_error(&err, VESSEL_ERROR_NO_SPACE);
        VesselHolder holder;
        vessel__holder_self("domain_destroy", &holder);
        VesselOpLock *lock = NULL;
        vessel__store_op_lock(store, uuid_of(1), &holder, vessel__now_ms(), &lock, &err);
        vt_no_error(err);
        vessel__op_lock_release(lock);
        unfill(root);
        define(store, 9, "n9"); /* the same open store, once there is room */
        assert_int_equal(count_domains(store), 5);
    }
    g_autoptr(VesselStore) store = open_at(root);
    assert_int_equal(count_domains(store), 5);
    vessel__store_unref(g_steal_pointer(&store));
    umount2(root, MNT_DETACH);
}

/* ---- boots ---- */

static void another_boot_begins_anew(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    g_autofree char *boot = vt_path("root/run/boot");
    VesselError *err = NULL;
    g_autofree char *epoch = NULL;
    int id = 0;
    {
        g_autoptr(VesselStore) store = open_at(root);
        define(store, 1, "one");
        g_autoptr(VesselDomainRecord) transient = vessel__record_new(uuid_of(2), "two", "emulator");
        try_define(store, transient, 1000, &err);
        g_autoptr(VesselJson) running = state_json("running", 1);
        vessel__store_set_live(store, uuid_of(1), running, &err);
        vessel__store_next_id(store, &id, &err);
        vessel__store_next_id(store, &id, &err);
        vt_no_error(err);
        vessel__store_snapshot(store, NULL, NULL, &epoch, NULL, &err);
        vt_no_error(err);
    }
    /* As after a reboot with a /run that is no tmpfs. */
    static const char old_boot[] = "11111111-2222-4333-8444-555555555555";
    g_autofree char *sql =
        g_strdup_printf("UPDATE names SET boot='%s' WHERE boot IS NOT NULL", old_boot);
    run_sql(root, sql);
    assert_true(g_file_set_contents(boot, old_boot, -1, NULL));
    g_autoptr(VesselStore) store = open_at(root);
    g_autofree char *new_epoch = NULL;
    vessel__store_snapshot(store, NULL, NULL, &new_epoch, NULL, &err);
    vt_no_error(err);
    assert_string_not_equal(epoch, new_epoch);
    assert_true(has(store, "one"));
    assert_false(has(store, "two")); /* a transient domain ends with its boot */
    assert_null(vessel__store_live(store, uuid_of(1)));
    vessel__store_next_id(store, &id, &err);
    assert_int_equal(id, 1);
    define(store, 3, "two"); /* and its name is free */
    assert_int_equal(count_domains(store), 2);
    g_autofree char *stale = vt_path("root/run/stale");
    assert_int_not_equal(access(stale, F_OK), 0);
}

static void runtime_of_another_machine_is_refused(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    g_autofree char *boot = vt_path("root/run/boot");
    int ready[2], done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    char byte = 0;
    IN_CHILD(child)
    {
        close(done[1]);
        g_autoptr(VesselStore) store = open_at(root);
        if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 0)
            _exit(1);
        vessel__store_unref(g_steal_pointer(&store));
        _exit(0);
    }
    close(done[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_true(g_file_set_contents(boot, "11111111-2222-4333-8444-555555555555", -1, NULL));
    expect_open_error(root, VESSEL_ERROR_INCOMPATIBLE, "another machine");
    close(done[1]);
    assert_int_equal(wait_exit(child), 0);
    g_autoptr(VesselStore) store = open_at(root);
}

static VesselStore *open_with_runtime(const char *runtime)
{
    VesselPlaces places = {
        .state_dir = vt_path("state"),
        .runtime_dir = vt_path("%s", runtime),
        .cache_dir = vt_path("cache"),
    };
    VesselStore *store = NULL;
    VesselError *err = NULL;
    vessel__store_open(&places, NULL, &store, &err);
    vt_no_error(err);
    g_free(places.state_dir);
    g_free(places.runtime_dir);
    g_free(places.cache_dir);
    return store;
}

/* One user, with a session and without: whoever comes second joins the first. */
static void runtime_in_use_is_joined(void **state G_GNUC_UNUSED)
{
    g_autofree char *session = vt_path("session");
    g_autofree char *cron = vt_path("cron");
    int ready[2], done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    char byte = 0;
    IN_CHILD(child)
    {
        close(done[1]);
        g_autoptr(VesselStore) store = open_with_runtime("cron");
        VesselError *err = NULL;
        g_autoptr(VesselJson) running = state_json("running", 1);
        vessel__store_set_live(store, uuid_of(1), running, &err);
        if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 0)
            _exit(1);
        vessel__store_unref(g_steal_pointer(&store));
        _exit(0);
    }
    close(done[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    VesselStore *store = open_with_runtime("session");
    assert_string_equal(vessel__store_places(store)->runtime_dir, cron);
    g_autoptr(VesselLive) live = vessel__store_live(store, uuid_of(1));
    assert_non_null(live);
    vessel__store_unref(store);
    close(done[1]);
    assert_int_equal(wait_exit(child), 0);
    store = open_with_runtime("session"); /* nobody is in the other any more */
    assert_string_equal(vessel__store_places(store)->runtime_dir, session);
    vessel__store_unref(store);
}

/* A state that was written in another boot is not believed, wherever it lies. */
static void state_of_another_boot_is_not_believed(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselStore) store = open_root();
    VesselError *err = NULL;
    define(store, 1, "one");
    g_autoptr(VesselJson) running = state_json("running", 1);
    vessel__json_set_string(running, "boot_id", "11111111-2222-4333-8444-555555555555");
    vessel__store_set_live(store, uuid_of(1), running, &err);
    vt_no_error(err);
    assert_null(vessel__store_live(store, uuid_of(1)));
    g_autofree char *path = vt_path("root/run/domains/%s/state.json", uuid_of(1));
    assert_true(g_file_set_contents(path, "{not json", -1, NULL));
    vessel__store_unref(g_steal_pointer(&store));
    store = open_root();
    assert_null(vessel__store_live(store, uuid_of(1)));
    assert_true(has(store, "one"));
}

/* ---- programs ---- */

static void second_copy_in_one_process_is_refused(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    g_autofree char *programs = vt_path("root/run/programs");
    make_root(root, 1);
    /* What a copy of the library that we do not know of would hold: number 0. */
    VesselProcess self;
    vessel__process_self(&self, NULL);
    g_autoptr(VesselJson) json = vessel__json_new_object();
    vessel__json_set(json, "process", vessel__process_to_json(&self));
    vessel__json_set_string(json, "name", "plugin");
    vessel__json_set_string(json, "version", "libvessel 0.0.9");
    g_autofree char *text = vessel__json_format(json, false);
    g_autofree char *record = g_strdup_printf("%-512s", text);
    int fd = open(programs, O_RDWR | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    assert_int_equal(pwrite(fd, record, 512, 0), 512);
    expect_open_error(root, VESSEL_ERROR_INCOMPATIBLE, "0.0.9");
    close(fd);
    g_autoptr(VesselStore) store = open_at(root);
}

static void stopped_writer_is_named_and_not_waited_for(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    make_root(root, 1);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    IN_CHILD(child)
    {
        prctl(PR_SET_NAME, "virt-panel");
        g_autoptr(VesselStore) store = open_at(root);
        VesselTxn *txn = NULL;
        VesselError *err = NULL;
        vessel__txn_begin(store, "domain_define", vessel__deadline_after(1000), &txn, &err);
        if (err || write(ready[1], "", 1) != 1)
            _exit(1);
        raise(SIGSTOP);
        vessel__txn_abort(txn);
        vessel__store_unref(g_steal_pointer(&store));
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    while (vt_process_state(child) != 'T')
        g_usleep(1000);
    int64_t start = vessel__now_ms();
    g_autoptr(VesselStore) store = open_at(root);
    assert_int_equal(count_domains(store), 1); /* reading waits for nobody */
    assert_true(vessel__now_ms() - start < 100);
    VesselError *err = NULL;
    g_autoptr(VesselDomainRecord) record = new_record(uuid_of(5), "five");
    start = vessel__now_ms();
    assert_int_equal(try_define(store, record, 200, &err), VESSEL_ERROR_BUSY);
    assert_in_range(vessel__now_ms() - start, 200, 400);
    assert_non_null(strstr(vessel_error_holder(err), "virt-panel"));
    assert_non_null(strstr(vessel_error_holder(err), "domain_define"));
    assert_true(vessel_error_retryable(err));
    vt_error(&err, VESSEL_ERROR_BUSY);
    kill(child, SIGKILL);
    assert_int_equal(wait_exit(child), 128 + SIGKILL);
    define(store, 5, "five");
}

static void child_of_a_fork_has_a_store_of_its_own(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    VesselError *err = NULL;
    VesselStore *store = open_at(root);
    define(store, 1, "one");
    VesselStoreReader *reader = NULL;
    vessel__store_reader_open(store, NULL, 0, &reader, &err);
    vt_no_error(err);
    assert_false(vessel__store_forked(store));
    IN_CHILD(child)
    {
        if (!vessel__store_forked(store))
            _exit(1);
        VesselStore *own = open_at(root);
        if (own == store || !has(own, "one"))
            _exit(2);
        define(own, 2, "two");
        vessel__store_reader_free(reader);
        vessel__store_unref(store); /* the inherited one */
        define(own, 3, "three");
        vessel__store_unref(own);
        _exit(0);
    }
    assert_int_equal(wait_exit(child), 0);
    IN_CHILD(second) /* only lets go */
    {
        vessel__store_reader_free(reader);
        vessel__store_unref(store);
        _exit(0);
    }
    assert_int_equal(wait_exit(second), 0);
    /* The parent has lost nothing by it: its locks are there, its database, its reader. */
    assert_int_equal(count_domains(store), 3);
    IN_CHILD(stranger)
    {
        VesselStore *own = open_at(root);
        define(own, 4, "four");
        vessel__store_unref(own); /* not the last: the journal must stay */
        _exit(0);
    }
    assert_int_equal(wait_exit(stranger), 0);
    define(store, 5, "five");
    assert_int_equal(count_domains(store), 5);
    uint64_t number;
    for (unsigned i = 2; i <= 5; i++) {
        g_autoptr(VesselJson) record = NULL;
        vessel__store_reader_next(reader, &record, &number, &err);
        vt_no_error(err);
        assert_non_null(record);
        assert_string_equal(vessel__json_get_string(vessel__json_get(record, "object"), "uuid", ""),
                            uuid_of(i));
    }
    vessel__store_reader_free(reader);
    vessel__store_unref(store);
    store = open_at(root);
    assert_int_equal(count_domains(store), 5);
    vessel__store_unref(store);
}

/* The parent closes while the child goes on: the child must hold real locks of its own, or the
 * parent, believing itself the last, would remove the journal under it. */
static void parent_closes_before_its_child(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    int opened[2], closed[2];
    assert_int_equal(pipe(opened), 0);
    assert_int_equal(pipe(closed), 0);
    char byte = 0;
    VesselStore *store = open_at(root);
    define(store, 1, "one");
    IN_CHILD(child)
    {
        VesselStore *own = open_at(root);
        define(own, 2, "two");
        if (write(opened[1], &byte, 1) != 1 || read(closed[0], &byte, 1) != 1)
            _exit(1);
        define(own, 3, "three");
        raise(SIGKILL); /* nothing is written back */
    }
    assert_int_equal(read(opened[0], &byte, 1), 1);
    vessel__store_unref(store);
    assert_int_equal(write(closed[1], &byte, 1), 1);
    assert_int_equal(wait_exit(child), 128 + SIGKILL);
    store = open_at(root);
    assert_int_equal(count_domains(store), 3);
    vessel__store_unref(store);
}

/* As if it had been written more than the minute ago that is kept for followers. */
static void age_jobs(const char *root)
{
    g_autofree char *folder = g_build_filename(root, "run/jobs", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    const char *name;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    }
}

static void abandoned_job_is_told_and_swept(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    make_root(root, 1);
    IN_CHILD(child)
    {
        VesselStore *own = open_at(root);
        VesselError *err = NULL;
        VesselJobFile *job = NULL;
        g_autoptr(VesselJson) record = vessel__json_new_object();
        vessel__json_set_string(record, "state", "running");
        vessel__store_job_new(own, record, &job, &err);
        raise(SIGKILL);
    }
    assert_int_equal(wait_exit(child), 128 + SIGKILL);
    g_autoptr(VesselStore) store = open_at(root);
    VesselError *err = NULL;
    g_autoptr(VesselJson) jobs = NULL;
    vessel__store_jobs(store, &jobs, &err);
    vt_no_error(err);
    assert_int_equal(vessel__json_length(jobs), 1);
    assert_string_equal(vessel__json_get_string(vessel__json_at(jobs, 0), "state", ""),
                        "abandoned");
    age_jobs(root);
    VesselJobFile *job = NULL;
    g_autoptr(VesselJson) record = vessel__json_new_object();
    vessel__json_set_string(record, "state", "running");
    vessel__store_job_new(store, record, &job, &err);
    vt_no_error(err);
    g_autoptr(VesselJson) now = NULL;
    vessel__store_jobs(store, &now, &err);
    assert_int_equal(vessel__json_length(now), 1);
    assert_string_equal(vessel__json_get_string(vessel__json_at(now, 0), "state", ""), "running");
    vessel__store_job_end(job, record);
}

static void orphaned_folder_is_swept_by_the_next_writer(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    make_root(root, 2);
    g_autofree char *kept = vt_path("root/run/domains/%s", uuid_of(1));
    g_autofree char *orphan = vt_path("root/run/domains/%s", uuid_of(77));
    g_autofree char *half = vt_path("root/run/domains/.%s.abc", uuid_of(78));
    const char *const folders[] = {kept, orphan, half};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *file = g_build_filename(folders[i], "plan.json", NULL);
        assert_int_equal(mkdir(folders[i], 0700), 0);
        assert_true(g_file_set_contents(file, "{}", -1, NULL));
    }
    g_autoptr(VesselStore) store = open_at(root);
    assert_int_equal(count_domains(store), 2);
    assert_int_equal(access(orphan, F_OK), 0); /* reading removes nothing */
    define(store, 5, "five");
    assert_int_equal(access(kept, F_OK), 0);
    assert_int_not_equal(access(orphan, F_OK), 0);
    assert_int_not_equal(access(half, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_database_is_refused_and_left_alone),
        cmocka_unit_test(damaged_page_is_told_when_it_is_read),
        cmocka_unit_test(random_damage_is_survived),
        cmocka_unit_test(lost_database_with_its_journal_is_damage),
        cmocka_unit_test(foreign_database_is_refused),
        cmocka_unit_test(rebuilt_database_is_taken),
        cmocka_unit_test(newer_major_is_incompatible_and_newer_minor_is_not),
        cmocka_unit_test(directory_of_another_user_is_denied),
        cmocka_unit_test(directory_that_others_may_write_is_denied),
        cmocka_unit_test(long_paths_work_and_too_long_ones_are_refused),
        cmocka_unit_test(filesystem_that_cannot_lock_is_unsupported),
        cmocka_unit_test(state_directory_that_cannot_lock_is_unsupported),
        cmocka_unit_test(readonly_root_is_read),
        cmocka_unit_test(readonly_root_is_read_with_its_journal),
        cmocka_unit_test(empty_readonly_directory_says_so),
        cmocka_unit_test(disk_fills_up_under_an_open_root),
        cmocka_unit_test(full_disk_is_opened_and_read),
        cmocka_unit_test(another_boot_begins_anew),
        cmocka_unit_test(runtime_of_another_machine_is_refused),
        cmocka_unit_test(runtime_in_use_is_joined),
        cmocka_unit_test(state_of_another_boot_is_not_believed),
        cmocka_unit_test(second_copy_in_one_process_is_refused),
        cmocka_unit_test(stopped_writer_is_named_and_not_waited_for),
        cmocka_unit_test(child_of_a_fork_has_a_store_of_its_own),
        cmocka_unit_test(parent_closes_before_its_child),
        cmocka_unit_test(abandoned_job_is_told_and_swept),
        cmocka_unit_test(orphaned_folder_is_swept_by_the_next_writer),
    };
    return vt_main(tests);
}
