/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How deep a tree of directories may be that is imported, given to a container as its own, or
 * copied into one or out of it: one number, so that what came in can be used. Two descriptors of a
 * level are open at a time, in programs that have 1024. Without GLib, for vessel-init. */
#ifndef VESSEL_BASE_DEPTH_H
#define VESSEL_BASE_DEPTH_H

#define VESSEL__DEPTH_MAX 128 /* directories beneath the top */

#endif
