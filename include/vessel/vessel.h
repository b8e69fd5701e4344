/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_VESSEL_H
#define VESSEL_VESSEL_H

#include <vessel/types.h>

#include <vessel/definition.h>
#include <vessel/domain.h>
#include <vessel/error.h>
#include <vessel/event.h>
#include <vessel/exec.h>
#include <vessel/host.h>
#include <vessel/job.h>
#include <vessel/stats.h>

#endif
