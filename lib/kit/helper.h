/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_KIT_HELPER_H
#define VESSEL_KIT_HELPER_H

#define VESSEL__HELPER_NAME "vessel-warden"

#endif
