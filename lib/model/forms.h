/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a string in a definition may look like. */
#ifndef VESSEL_MODEL_FORMS_H
#define VESSEL_MODEL_FORMS_H

#include "base/common.h"

typedef struct {
    const char *wants;   /* completes "it must be …" */
    const char *pattern; /* the same as a regular expression, for schema files */
    /* The canonical form of @text, NULL if it is not of this form. */
    char *(*read)(const char *text);
    bool number; /* what it reads is a number in JSON */
} VesselForm;

extern const VesselForm vessel__form_name; /* of a domain: becomes part of file names */
extern const VesselForm vessel__form_line; /* text without line breaks */
extern const VesselForm vessel__form_word; /* a model, a machine: safe in a command line */
extern const VesselForm vessel__form_path; /* absolute */
/* What libvirt takes from anywhere, such as "disk.img" or "[datastore] disk.vmdk"; drivers want it
 * absolute (support.c). */
extern const VesselForm vessel__form_file;
extern const VesselForm vessel__form_uuid;
extern const VesselForm vessel__form_genid; /* a UUID, or empty */
extern const VesselForm vessel__form_mac;
extern const VesselForm vessel__form_wwpn;        /* "naa." and 16 digits */
extern const VesselForm vessel__form_usb_match;   /* a vendor, a product or "-1" */
extern const VesselForm vessel__form_usb_class;   /* a class or "-1" */
extern const VesselForm vessel__form_usb_version; /* "1.10" or "-1" */
extern const VesselForm vessel__form_ipv4;
extern const VesselForm vessel__form_ip; /* IPv4 or IPv6 */
extern const VesselForm vessel__form_cpus; /* "0-3,^2" becomes "0-1,3" */
extern const VesselForm vessel__form_alias;
extern const VesselForm vessel__form_channel;      /* of a spiceport or of D-Bus */
extern const VesselForm vessel__form_filter_name;  /* of a variable of packet filters */
extern const VesselForm vessel__form_filter_value; /* its value */
extern const VesselForm vessel__form_cookie_name;
extern const VesselForm vessel__form_cookie_value;
extern const VesselForm vessel__form_os_type;   /* hvm, exe … */
extern const VesselForm vessel__form_arch;      /* x86_64 … */
extern const VesselForm vessel__form_user;      /* of a container: a name or number */
extern const VesselForm vessel__form_variable;  /* of the environment */
extern const VesselForm vessel__form_vendor_id; /* of a CPU */
extern const VesselForm vessel__form_hv_vendor; /* of a hypervisor */
extern const VesselForm vessel__form_net_device; /* of the host, "eth0"; of VMware a path */
extern const VesselForm vessel__form_integer;  /* 64 bits with a sign */
extern const VesselForm vessel__form_quota;    /* CPU time: an integer with libvirt's limits */
extern const VesselForm vessel__form_hex;      /* hexadecimal with or without 0x: "0x1f" */
extern const VesselForm vessel__form_hex32;    /* the same with 8 digits: "0x0000001f" */
extern const VesselForm vessel__form_usb_port; /* "1.2" */
extern const VesselForm vessel__form_loadparm;
extern const VesselForm vessel__form_reboot;     /* when a failed boot is tried again; -1 for never */
extern const VesselForm vessel__form_port;       /* a number from -1, which is any free one */
extern const VesselForm vessel__form_dsp_policy; /* a number */
extern const VesselForm vessel__form_oom_score;  /* the same */
extern const VesselForm vessel__form_signal;     /* "SIGTERM" */
extern const VesselForm vessel__form_host;       /* a name or an address */
extern const VesselForm vessel__form_date_time;  /* in UTC: "2010-04-09T15:51:00" */
extern const VesselForm vessel__form_file_name; /* without a folder */
extern const VesselForm vessel__form_disk_target; /* vda, sdb */
extern const VesselForm vessel__form_mode;        /* of a file, in octal: "0644" */
extern const VesselForm vessel__form_size_unit;   /* KiB */
extern const VesselForm vessel__form_wwn;         /* 16 hexadecimal digits, with or without 0x */
extern const VesselForm vessel__form_printable;   /* of ASCII, or nothing */
extern const VesselForm vessel__form_printable_some; /* the same, and not empty */
extern const VesselForm vessel__form_timezone;       /* Europe/Paris */
extern const VesselForm vessel__form_id;       /* of a user or group; -1 for none */
extern const VesselForm vessel__form_entry;    /* a name without slash or line break */
extern const VesselForm vessel__form_name_any; /* of a network, a pool, a program: printable */

/* Whether what it reads is a number in JSON. */
static inline bool vessel__form_is_number(const VesselForm *form)
{
    return form && form->number;
}

/* Words of a switch. */
extern const char *const vessel__no_yes[];
extern const char *const vessel__off_on[];

/* The ranges of a list in its canonical form one after the other: false at the end. @at begins as
 * the list. */
bool vessel__cpus_next(const char **at, guint *first, guint *last);
#define VESSEL_CPUS_MAX 16383 /* the highest number there can be */

/* A size as in XML (@unit apart, NULL is KiB) or in one string ("2 GiB"), in KiB rounded up; false
 * with the reason, which completes "'…' …". */
bool vessel__size_parse(const char *number, const char *unit, uint64_t *kib, const char **why);
/* The same in bytes; without a unit it is bytes already. */
bool vessel__size_parse_bytes(const char *number, const char *unit, uint64_t *bytes,
                              const char **why);
extern const char *const vessel__size_units[];

#endif
