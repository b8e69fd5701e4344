# SPDX-License-Identifier: LGPL-2.1-or-later
tool_sources = \
    tools/change.c tools/cmd-change.c tools/cmd-define.c tools/cmd-definition.c tools/cmd-devices.c tools/cmd-domain.c \
    tools/cmd-event.c tools/cmd-host.c tools/cmd-info.c tools/cmd-link.c tools/cmd-stats.c tools/cmd-text.c tools/cmd-tune.c \
    tools/cmd-vcpu.c tools/common.c tools/console.c tools/copy.c \
    tools/editor.c tools/exec.c tools/formats.c tools/help.c tools/json.c tools/main.c tools/merge.c tools/output.c \
    tools/parse.c tools/rootfs.c tools/run.c tools/table.c tools/tool.h
tool_programs = vessel
# The command sees the public headers alone.
vessel_CPPFLAGS = -I$(top_srcdir)/include $(GLIB_CFLAGS) $(XML_CFLAGS) $(YAJL_CFLAGS)

# The manual page and completion are printed by the command itself, from its table. When building
# for another machine: make VESSEL_TO_RUN=vessel, with one of the same version that runs here.
VESSEL_TO_RUN = ./vessel$(EXEEXT)
man1_MANS = tools/made/vessel.1
bashcompletiondir = $(datadir)/bash-completion/completions
bashcompletion_DATA = tools/made/bash/vessel
zshcompletiondir = $(datadir)/zsh/site-functions
zshcompletion_DATA = tools/made/_vessel
tools/made/vessel.1: vessel$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(VESSEL_TO_RUN) help --format man >$@
tools/made/bash/vessel: vessel$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(VESSEL_TO_RUN) help --format bash >$@
tools/made/_vessel: vessel$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(VESSEL_TO_RUN) help --format zsh >$@
CLEANFILES += $(man1_MANS) $(bashcompletion_DATA) $(zshcompletion_DATA)

# Units that start at boot what is marked for it, and the directories they need.
units = tools/units/vessel-autostart.service tools/units/user/vessel-autostart.service \
        tools/units/vessel.conf
unit_sources = $(units:%=%.in)
EXTRA_DIST += tools/README.md $(unit_sources)
CLEANFILES += $(units)
systemunitdir = $(prefix)/lib/systemd/system
systemunit_DATA = tools/units/vessel-autostart.service
userunitdir = $(prefix)/lib/systemd/user
userunit_DATA = tools/units/user/vessel-autostart.service
tmpfilesdir = $(prefix)/lib/tmpfiles.d
tmpfiles_DATA = tools/units/vessel.conf
$(units): %: %.in Makefile
	$(AM_V_at)$(MKDIR_P) $(@D)
	$(AM_V_GEN)sed -e 's|@bindir[@]|$(bindir)|g' -e 's|@localstatedir[@]|$(localstatedir)|g' \
	    $(srcdir)/$@.in >$@
