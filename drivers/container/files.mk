# SPDX-License-Identifier: LGPL-2.1-or-later
container_sources = \
    drivers/container/capabilities.c \
    drivers/container/change.c \
    drivers/container/check.c \
    drivers/container/closed.c \
    drivers/container/confine.c \
    drivers/container/container.h \
    drivers/container/copy.c \
    drivers/container/driver.c \
    drivers/container/exec.c \
    drivers/container/interfaces.c \
    drivers/container/limits.c \
    drivers/container/namespace.c \
    drivers/container/namespace.h \
    drivers/container/plan.c \
    drivers/container/plan.h \
    drivers/container/profile.c \
    drivers/container/program.c \
    drivers/container/range.c \
    drivers/container/remove.c \
    drivers/container/subids.c \
    drivers/container/support.c \
    drivers/container/template.c \
    drivers/container/usernet.c
# The side that is compiled into the helper.
container_engine_sources = \
    drivers/container/engine/child.c \
    drivers/container/engine/clocks.c \
    drivers/container/engine/dev.c \
    drivers/container/engine/devices.c \
    drivers/container/engine/devices.h \
    drivers/container/engine/engine.c \
    drivers/container/engine/engine.h \
    drivers/container/engine/image.c \
    drivers/container/engine/limits.c \
    drivers/container/engine/moved.c \
    drivers/container/engine/netstats.c \
    drivers/container/engine/network.c \
    drivers/container/engine/ops.c \
    drivers/container/engine/state.h \
    drivers/container/engine/stats.c \
    drivers/container/engine/maps.c \
    drivers/container/engine/overlay.c \
    drivers/container/engine/pipes.c \
    drivers/container/engine/privileges.c \
    drivers/container/engine/root.c \
    drivers/container/engine/seccomp.c \
    drivers/container/engine/seccomp-fill.c \
    drivers/container/engine/seccomp.h \
    drivers/container/engine/slirp.c \
    drivers/container/engine/source.c \
    drivers/container/engine/stage.c \
    drivers/container/engine/user.c
# The filters of system calls, each made of its table by a program of the machine that builds.
container_engine_built_sources = drivers/container/engine/seccomp-filter.c
container_unpack_built_sources = drivers/container/unpack/seccomp-filter.c
container_profile_built_sources = drivers/container/profile/seccomp-filter.c
container_seccomp_filters = $(container_engine_built_sources) $(container_unpack_built_sources) \
                            $(container_profile_built_sources)
container_seccomp_generators = $(container_seccomp_filters:filter.c=generate)
container_seccomp = \
    drivers/container/engine/seccomp-generate.c \
    drivers/container/engine/seccomp-rule.h \
    drivers/container/engine/seccomp-table.h \
    drivers/container/profile/seccomp-table.h \
    drivers/container/unpack/seccomp-table.h
EXTRA_DIST += $(container_seccomp)
CLEANFILES += $(container_seccomp_generators) $(container_seccomp_filters)
$(container_seccomp_generators): $(container_seccomp) drivers/container/engine/seccomp.h
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC_FOR_BUILD) -std=gnu11 -O1 $(SECCOMP_CFLAGS) \
	    -I$(srcdir)/drivers -DSECCOMP_TABLE='"container/$(notdir $(@D))/seccomp-table.h"' -o $@ \
	    $(srcdir)/drivers/container/engine/seccomp-generate.c $(SECCOMP_LIBS)
$(container_seccomp_filters): $(container_seccomp_generators)
	$(AM_V_GEN)$(@D)/seccomp-generate $(host_cpu) >$@.tmp
	$(AM_V_at)mv $@.tmp $@
container_init_sources = \
    drivers/container/init/copy.c \
    drivers/container/init/copy.h \
    drivers/container/init/first.c \
    drivers/container/init/init.h \
    drivers/container/init/join.c \
    drivers/container/init/receive.c \
    drivers/container/init/remove.c \
    drivers/container/init/send.c \
    drivers/container/init/vessel-init.c \
    drivers/container/engine/seccomp-fill.c
# Reads archives, for the library; built where libarchive is.
container_unpack_sources = \
    drivers/container/engine/seccomp-fill.c \
    drivers/container/reader.c \
    drivers/container/reader.h \
    drivers/container/unpack/layer.c \
    drivers/container/unpack/main.c \
    drivers/container/unpack/tree.c \
    drivers/container/unpack/unpack.h \
    drivers/container/unpack/whiteout.c
# Reads a definition's profile of system calls, for the library; built where libseccomp is for the
# host's processor.
container_profile_sources = \
    drivers/container/engine/seccomp-fill.c \
    drivers/container/reader.c \
    drivers/container/reader.h \
    drivers/container/profile/compile.c \
    drivers/container/profile/main.c \
    drivers/container/profile/profile.h
EXTRA_DIST += drivers/container/README.md
