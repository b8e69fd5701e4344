/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/command.h"
#include "tests/lib/guest.h"

#include <sys/wait.h>

int vt_command(const char *const *words, char **said, char **complained)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *program = g_build_filename(vt_build_dir(), "vessel", NULL);
    g_autofree char *uri = vt_uri(vt_state());
    GError *failure = NULL;
    int status = 0;
    g_ptr_array_add(argv, program);
    g_ptr_array_add(argv, (char *)"-c");
    g_ptr_array_add(argv, uri);
    for (; *words; words++)
        g_ptr_array_add(argv, (char *)(uintptr_t)*words);
    g_ptr_array_add(argv, NULL);
    g_spawn_sync(vt_root(), (char **)argv->pdata, NULL, 0, NULL, NULL, said, complained, &status,
                 &failure);
    if (failure)
        fail_msg("%s", failure->message);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int vt_command_line(const char *words, char **said, char **complained)
{
    g_auto(GStrv) all = g_strsplit(words, " ", -1);
    return vt_command((const char *const *)all, said, complained);
}
