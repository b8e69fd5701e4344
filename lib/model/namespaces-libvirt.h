/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Namespaces of libvirt's formats that no driver of ours honours yet. One that comes to honour its
 * own takes it with it. */
#ifndef VESSEL_MODEL_NAMESPACES_LIBVIRT_H
#define VESSEL_MODEL_NAMESPACES_LIBVIRT_H

#include "model/namespaces.h"

/* <lxc:sharenet>, <lxc:shareipc>, <lxc:shareuts> */
typedef struct {
    int type; /* word */
    char *value;
} VesselLxcShare;

/* <lxc:namespace> */
typedef struct {
    VesselLxcShare *net, *ipc, *uts;
} VesselLxcNamespaces;

typedef struct {
    VesselLxcNamespaces *shared; /* namespace */
    GPtrArray *unknown;
    int *lines;
} VesselLxc;

/* An argument, or an option with its name, its value or both. */
typedef struct {
    char *name, *value;
} VesselNamespaceOption;

/* What is in <bhyve:commandline>, <xen:commandline>, <dnsmasq:options>, <fs:mount_opts> or
 * <rbd:config_opts>. */
typedef struct {
    GPtrArray *options; /* of VesselNamespaceOption */
    GPtrArray *unknown;
    int *lines;
} VesselNamespaceOptions;

typedef struct {
    char *datacenter_path; /* datacenterpath */
    GPtrArray *unknown;
    int *lines;
} VesselVmware;

extern const VesselNamespace vessel__namespace_lxc;     /* VesselLxc */
extern const VesselNamespace vessel__namespace_bhyve;   /* VesselNamespaceOptions: values */
extern const VesselNamespace vessel__namespace_xen;     /* the same */
extern const VesselNamespace vessel__namespace_vmware;  /* VesselVmware */
extern const VesselNamespace vessel__namespace_dnsmasq; /* VesselNamespaceOptions: values */
extern const VesselNamespace vessel__namespace_fs;      /* the same: names */
extern const VesselNamespace vessel__namespace_rbd;     /* the same: names and values */

#endif
