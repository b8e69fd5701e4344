/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-seccomp: a definition's own profile of system calls as a filter. It is a program of its
 * own so that libseccomp is in nothing that looks after a guest, nor in the caller's program.
 *
 * vessel-seccomp CAPABILITIES NAME
 *   CAPABILITIES: those that the container keeps, as a number. NAME is the profile's, for errors.
 * Descriptors: 3 a socket to the library, 4 the profile.
 *
 * On the socket, one JSON message: {"program": BASE64} or {"error": {…}}. */
#include "base/file.h"
#include "container/profile/profile.h"
#include "container/reader.h"
#include "sys/socket.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <unistd.h>

enum { SOCKET = 3, PROFILE };

#define PROFILE_MAX (1 << 20)
#define MEMORY_MAX (512 << 20) /* rules of a profile of that size, and libraries */
#define FILE_MAX (1 << 20)     /* the filter, on the way out of libseccomp */
#define DESCRIPTORS_MAX 16
#define LIFE_S 20 /* nobody waits as long */
#define ANSWER_MS 10000

/* It computes. What libseccomp asks of the kernel, which actions it knows, it asks before. */
static int confine(VesselError **err)
{
    const VesselReader reader = {.directory = -1,
                                 .memory_bytes = MEMORY_MAX,
                                 .file_bytes = FILE_MAX,
                                 .descriptors = DESCRIPTORS_MAX};
    seccomp_api_get();
    return vessel__reader_confine(&reader, err);
}

static int compile(const char *kept, const char *name, VesselJson *answer, VesselError **err)
{
    g_autofree char *text = NULL, *code64 = NULL;
    g_autoptr(VesselJson) profile = NULL;
    g_autoptr(GByteArray) program = NULL;
    size_t length = 0;
    int code = confine(err);
    if (code == 0)
        code = vessel__read_fd(PROFILE, name, PROFILE_MAX, &text, &length, err);
    if (code == 0)
        code = vessel__json_parse(text, length, NULL, name, &profile, err);
    if (code == 0)
        code =
            vessel__profile_compile(profile, name, g_ascii_strtoull(kept, NULL, 10), &program, err);
    if (code < 0)
        return code;
    code64 = g_base64_encode(program->data, program->len);
    vessel__json_set_string(answer, "program", code64);
    return 0;
}

int main(int argc, char **argv)
{
    g_autoptr(VesselError) err = NULL;
    g_autoptr(VesselJson) answer = vessel__json_new_object();
    if (argc != 3 || fcntl(PROFILE, F_GETFD) < 0) {
        fputs("vessel-seccomp is started by Vessel\n", stderr);
        return 2;
    }
    vessel__json_free(vessel__helper_reset("vessel-seccomp"));
    alarm(LIFE_S);
    if (compile(argv[1], argv[2], answer, &err) < 0)
        vessel__json_set(answer, "error", vessel__error_to_json(err));
    vessel__message_send(SOCKET, answer, NULL, 0, vessel__deadline_after(ANSWER_MS), NULL);
    return err ? 1 : 0;
}
