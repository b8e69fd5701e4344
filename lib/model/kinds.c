/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/kinds.h"
#include "model/domain-shape.h"
#include "model/moment.h"
#include "model/network.h"
#include "model/networkport.h"
#include "model/pool.h"
#include "model/secret.h"
#include "model/shape.h"
#include "model/volume.h"

static void domain_defaults(void *def)
{
    vessel__domain_def_defaults(def);
}

static void domain_check(const void *def, VesselProblems *problems)
{
    vessel__domain_def_check(def, problems);
}

const VesselKind vessel__kinds[] = {
    {"domain", "domain", "virtual machine or container", vessel__domain_shape, domain_defaults,
     domain_check},
    {"network", "network", "network of guests", vessel__network_shape, vessel__network_defaults,
     vessel__network_check},
    {"network-port", "networkport", "where an interface is connected to a network",
     vessel__networkport_shape, vessel__networkport_defaults, vessel__networkport_check},
    {"storage-pool", "pool", "storage pool: where volumes are", vessel__pool_shape,
     vessel__pool_defaults, vessel__pool_check},
    {"volume", "volume", "volume of a storage pool", vessel__volume_shape, NULL,
     vessel__volume_check},
    {"snapshot", "domainsnapshot", "state of a domain that can be gone back to",
     vessel__snapshot_shape, NULL, vessel__snapshot_check},
    {"checkpoint", "domaincheckpoint", "moment from which changes of a domain's disks are marked",
     vessel__checkpoint_shape, NULL, vessel__checkpoint_check},
    {"backup", "domainbackup", "what is copied of a domain's disks, and where to",
     vessel__backup_shape, NULL, vessel__backup_check},
    {"secret", "secret", "what a password or key is for; never its value", vessel__secret_shape,
     vessel__secret_defaults, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const VesselKind *vessel__kind_find(const char *word)
{
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
        if (strcmp(kind->word, word) == 0)
            return kind;
    return NULL;
}

const VesselKind *vessel__kind_of_root(const char *root)
{
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
        if (strcmp(kind->root, root) == 0)
            return kind;
    return NULL;
}

const VesselKind *vessel__kind_inside(const VesselRow *row)
{
    for (const VesselKind *kind = vessel__kinds; row && row->table && kind->word; kind++)
        if (kind->shape()->table == row->table)
            return kind;
    return NULL;
}

/* Past what may stand before the first element: blanks, <?…?>, <!--…-->. */
static const char *skip_prolog(const char *at, const char *end)
{
    for (;;) {
        while (at < end && g_ascii_isspace(*at))
            at++;
        bool comment = end - at >= 4 && strncmp(at, "<!--", 4) == 0;
        if (!comment && !(end - at >= 2 && strncmp(at, "<?", 2) == 0))
            return at;
        const char *close = comment ? "-->" : "?>";
        const char *found = g_strstr_len(at, end - at, close);
        if (!found)
            return end;
        at = found + strlen(close);
    }
}

const VesselKind *vessel__kind_of_text(const char *text, size_t length)
{
    const char *end = text + length;
    if (length >= 3 && strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    const char *at = skip_prolog(text, end);
    if (at >= end || *at != '<')
        return NULL;
    const char *name = ++at;
    while (at < end && !g_ascii_isspace(*at) && *at != '>' && *at != '/')
        at++;
    g_autofree char *root = g_strndup(name, (gsize)(at - name));
    return vessel__kind_of_root(root);
}
