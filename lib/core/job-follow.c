/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of other programs (and of other handles of this one): whoever waits for one or polls its
 * descriptor is served by one worker, which reads the events and now and then the records, since a
 * program that died announces nothing. */
#include "core/job.h"
#include <poll.h>
#include <sys/eventfd.h>

#define LOOK_EVERY_MS 500

typedef struct VesselFollower {
    GPtrArray *jobs; /* borrowed; under the host's lock */
    int wake;        /* eventfd */
    bool running;
} VesselFollower;

void vessel__follower_free(VesselFollower *follower)
{
    if (!follower)
        return;
    g_ptr_array_unref(follower->jobs);
    vessel__close_fd(&follower->wake);
    g_free(follower);
}

/* Has it ended, or gone? Then its descriptor says so, once. */
static bool look_at(VesselJob *job)
{
    g_autoptr(VesselError) error = NULL;
    int code = vessel__job_reread(job, &error);
    pthread_mutex_lock(&job->lock);
    bool ended = code == VESSEL_ERROR_NOT_FOUND || job->state != VESSEL_JOB_RUNNING;
    if (code == VESSEL_ERROR_NOT_FOUND && job->state == VESSEL_JOB_RUNNING)
        job->state = VESSEL_JOB_ABANDONED;
    pthread_mutex_unlock(&job->lock);
    if (ended)
        eventfd_write(job->fd, 1);
    return ended;
}

static void look_at_all(VesselHost *host, VesselFollower *follower)
{
    pthread_mutex_lock(&host->lock);
    for (guint i = follower->jobs->len; i > 0; i--) {
        VesselJob *job = follower->jobs->pdata[i - 1];
        if (look_at(job))
            g_ptr_array_remove_index_fast(follower->jobs, i - 1);
    }
    pthread_mutex_unlock(&host->lock);
}

/* True if a job ended, as far as the events say; reads them all. */
static bool read_events(VesselStoreReader *reader)
{
    bool ended = false;
    for (;;) {
        g_autoptr(VesselJson) record = NULL;
        uint64_t number;
        if (vessel__store_reader_next(reader, &record, &number, NULL) || !record)
            return ended;
        const char *kind = vessel__json_get_string(record, "kind", "");
        ended |= g_str_equal(kind, "job.ended") || g_str_equal(kind, "host.gap");
    }
}

static void follow(void *data)
{
    VesselHost *host = data;
    VesselFollower *follower = host->follower;
    VesselStoreReader *reader = NULL;
    /* Without a reader it is a little later that an end is seen. */
    vessel__store_reader_open(host->store, NULL, 0, &reader, NULL);
    int64_t looked = 0;
    while (!vessel__host_closed(host)) {
        struct pollfd fds[3] = {{reader ? vessel__store_reader_fd(reader, NULL) : -1, POLLIN, 0},
                                {follower->wake, POLLIN, 0},
                                {host->closed_fd, POLLIN, 0}};
        poll(fds, 3, LOOK_EVERY_MS);
        eventfd_t ignored;
        bool now = vessel__now_ms() - looked >= LOOK_EVERY_MS;
        if (fds[1].revents)
            now |= eventfd_read(follower->wake, &ignored) == 0;
        if (reader)
            now |= read_events(reader);
        if (!now)
            continue;
        look_at_all(host, follower);
        looked = vessel__now_ms();
    }
    if (reader)
        vessel__store_reader_free(reader);
    vessel__leave(host);
}

/* With the host's lock held. */
static int need_follower(VesselHost *host, VesselError **err)
{
    if (!host->follower) {
        int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (wake < 0)
            return vessel__fail_errno(err, errno, "cannot get a descriptor to follow jobs with");
        host->follower = g_new0(VesselFollower, 1);
        host->follower->jobs = g_ptr_array_new();
        host->follower->wake = wake;
    }
    if (host->follower->running)
        return VESSEL_OK;
    vessel__gate_again(&host->gate);
    int code = vessel__pool_run(host->pool, follow, host, err);
    if (code)
        vessel__leave(host);
    else
        host->follower->running = true;
    return code;
}

int vessel__job_follow(VesselJob *job, VesselError **err)
{
    VesselHost *host = job->host;
    int code = VESSEL_OK;
    pthread_mutex_lock(&host->lock);
    if (job->fd < 0) {
        job->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (job->fd < 0)
            code = vessel__fail_errno(err, errno, "cannot get a descriptor for the job");
    }
    if (!code && !job->followed) {
        code = need_follower(host, err);
        if (!code) {
            job->followed = true;
            g_ptr_array_add(host->follower->jobs, job);
            eventfd_write(host->follower->wake, 1);
        }
    }
    pthread_mutex_unlock(&host->lock);
    return code;
}

void vessel__job_unfollow(VesselJob *job)
{
    if (!job->followed)
        return;
    pthread_mutex_lock(&job->host->lock);
    if (job->host->follower)
        g_ptr_array_remove_fast(job->host->follower->jobs, job);
    pthread_mutex_unlock(&job->host->lock);
}
