/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rows of a table of system calls are: those of a container (seccomp-table.h), of
 * vessel-unpack and vessel-seccomp (../unpack/, ../profile/seccomp-table.h). */
#ifndef VESSEL_CONTAINER_SECCOMP_RULE_H
#define VESSEL_CONTAINER_SECCOMP_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SECCOMP_CAP(name) (UINT64_C(1) << CAP_##name)

/* Calls that are answered alike: allowed, or @errnum if that is not 0 and the container keeps none
 * of the capabilities @needs. */
typedef struct {
    const char *calls; /* their names, apart by spaces */
    uint64_t needs;    /* mask; 0: nothing helps */
    int errnum;
    bool newer; /* than libseccomp 2.5.4: left out where it is not known */
} SeccompGroup;

typedef char SeccompName[32];

/* Takes the first name from the @list. */
static inline bool seccomp_next_name(const char **list, SeccompName name)
{
    size_t length = strcspn(*list, " ");
    if (length == 0 || length >= sizeof(SeccompName))
        return false;
    memcpy(name, *list, length);
    name[length] = '\0';
    *list += length + strspn(*list + length, " ");
    return true;
}

#define SECCOMP_VALUES 8

/* Calls that one argument decides about: if (argument & @mask) is one of the @values (or, with
 * @except, none of them) they are allowed, else answered as a group is. All are of 32 bits: the
 * kernel does not look at what stands above them, and neither may the filter. */
typedef struct {
    const char *calls;
    unsigned argument;
    uint32_t mask;
    bool except;
    size_t count; /* of the values */
    uint32_t values[SECCOMP_VALUES];
    uint64_t needs;
    int errnum;
} SeccompArgument;

#define SECCOMP_LIST(...)                                                                          \
    .values = {__VA_ARGS__}, .count = sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

#endif
