/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/rootfs.h"
#include "core/job.h"
#include "kit/rootfs.h"

#define MAX_BYTES (UINT64_C(64) << 30)

typedef struct {
    char *name;
    char **files;
    uint64_t max_bytes;
    int64_t timeout_ms;
} Plan;

static void plan_free(void *data)
{
    Plan *plan = data;
    g_free(plan->name);
    g_strfreev(plan->files);
    g_free(plan);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

static int work(VesselJob *job, void *data, VesselError **err)
{
    const Plan *plan = data;
    VesselHow how = vessel__job_how(job, vessel__deadline_after(plan->timeout_ms));
    const VesselDriverHost *driver_host = vessel__host_for_driver(job->host);
    const VesselRootfsImport import = {
        .helper_dir = driver_host->helper_dir,
        .state_dir = vessel__store_places(job->host->store)->state_dir,
        .name = plan->name,
        .files = (const char *const *)plan->files,
        .max_bytes = plan->max_bytes,
        .deadline = how.deadline,
        .cancelled = how.cancelled,
        .progress = how.progress,
        .data = how.data,
    };
    if (!driver_host->helper_dir)
        return vessel__error_steal(err, vessel__error_copy(driver_host->helper_error));
    how.progress(how.data, 0, "unpacking");
    return vessel__rootfs_import(&import, err);
}

static int make_plan(const char *const *files, const VesselHostImportOptions *options, Plan **plan,
                     VesselError **err)
{
    g_autoptr(Plan) made = g_new0(Plan, 1);
    made->name = options->name ? g_strdup(options->name) : vessel__rootfs_name_of(files[0]);
    made->files = g_strdupv((char **)files);
    made->max_bytes = options->max_bytes ? options->max_bytes : MAX_BYTES;
    made->timeout_ms = options->timeout_ms ? options->timeout_ms : -1;
    if (!made->name) {
        vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s gives the root file system no name",
                     files[0]);
        vessel__error_hint(err, "give it one (options, --name)");
        return VESSEL_ERROR_INVALID_ARGUMENT;
    }
    int code = vessel__rootfs_check_name(made->name, err);
    if (code == 0)
        *plan = g_steal_pointer(&made);
    return code;
}

static int check_host(const VesselHost *host, VesselError **err)
{
    if (vessel__store_is_memory(host->store))
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "host_import_rootfs needs a root with files: not on a mock host");
    return vessel__store_is_readonly(host->store)
               ? vessel__fail(err, VESSEL_ERROR_DENIED, "the root is read-only")
               : 0;
}

int vessel__host_import_rootfs(VesselHost *host, const char *const *files,
                               const VesselHostImportOptions *given, VesselJob **job, char **path,
                               VesselError **err)
{
    VesselHostImportOptions options = VESSEL_HOST_IMPORT_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    Plan *plan = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(files && files[0] && *files[0], "files", err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = vessel__flags_check(options.flags, 0, "flags", err);
    if (!code)
        code = check_host(inside, err);
    if (!code)
        code = make_plan(files, &options, &plan, err);
    if (code)
        return code;
    g_autofree char *place = g_build_filename(vessel__store_places(inside->store)->state_dir,
                                              VESSEL__ROOTFS_FOLDER, plan->name, NULL);
    code =
        vessel__job_run(inside, "host_import_rootfs", NULL, NULL, work, plan, plan_free, job, err);
    if (code == 0 && path)
        *path = g_steal_pointer(&place);
    return code;
}
