/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_TESTS_LIB_ISOLATE_H
#define VESSEL_TESTS_LIB_ISOLATE_H

/* The trees and the case's directory are seen at other paths from now on; @host_dir is a directory
 * that is to be removed when the case is over. */
void vt__moved(const char *source_dir, const char *build_dir, const char *root,
               const char *host_dir);

#endif
