# SPDX-License-Identifier: LGPL-2.1-or-later
# Documents that are shipped in the release archive, and what is made from the public headers: the
# interface as JSON, one manual page for each function, and the reference.
api_scripts = scripts/Api.pm scripts/api-json scripts/api-docs
EXTRA_DIST += LICENSE NEWS CONTRIBUTING.md $(api_scripts) scripts/README.md docs/man/libvessel.intro \
              docs/man/vessel-warden.8 docs/README.md docs/architecture.md docs/hosts.md docs/performance.md \
              docs/from-libvirt.md docs/extensions.md
dist_man8_MANS = docs/man/vessel-warden.8

# What bindings are made from.
pkgdata_DATA = api.json
api.json: $(public_headers) $(api_scripts)
	$(AM_V_GEN)$(PERL) $(srcdir)/scripts/api-json $(srcdir)/include/vessel $(PACKAGE_VERSION) >$@.tmp
	$(AM_V_at)mv $@.tmp $@

# One page for each function: their names are known to the headers alone.
noinst_DATA = docs/api.stamp
docs/api.stamp: $(public_headers) $(api_scripts) docs/man/libvessel.intro
	$(AM_V_at)$(MKDIR_P) docs
	$(AM_V_GEN)$(PERL) $(srcdir)/scripts/api-docs $(srcdir)/include/vessel $(PACKAGE_VERSION) \
	    $(srcdir)/docs/man/libvessel.intro docs/man3 docs/reference
	$(AM_V_at)touch $@
CLEANFILES += api.json docs/api.stamp

# A reference page, a manual page and two schemas for each kind of definition; the command knows which
# kinds there are.
noinst_DATA += docs/kinds.stamp
docs/kinds.stamp: vessel$(EXEEXT)
	$(AM_V_at)rm -rf docs/man5 docs/definitions docs/schemas
	$(AM_V_at)$(MKDIR_P) docs/man5 docs/definitions docs/schemas
	$(AM_V_GEN)for kind in `$(VESSEL_TO_RUN) explain | sed 's/ .*//'`; do \
	    $(VESSEL_TO_RUN) schema --man $$kind >docs/man5/vessel-$$kind.5 && \
	    $(VESSEL_TO_RUN) schema --markdown $$kind >docs/definitions/$$kind.md && \
	    $(VESSEL_TO_RUN) schema --rng $$kind >docs/schemas/$$kind.rng && \
	    $(VESSEL_TO_RUN) schema --json-schema $$kind >docs/schemas/$$kind.schema.json || exit 1; done
	$(AM_V_at)touch $@
CLEANFILES += docs/kinds.stamp

install-data-local: docs/api.stamp docs/kinds.stamp
	$(MKDIR_P) "$(DESTDIR)$(mandir)/man5" "$(DESTDIR)$(docdir)/definitions" "$(DESTDIR)$(pkgdatadir)/schemas"
	for page in docs/man5/*.5; do $(INSTALL_DATA) "$$page" "$(DESTDIR)$(mandir)/man5" || exit 1; done
	for page in docs/definitions/*.md; do \
	    $(INSTALL_DATA) "$$page" "$(DESTDIR)$(docdir)/definitions" || exit 1; done
	for schema in docs/schemas/*; do \
	    $(INSTALL_DATA) "$$schema" "$(DESTDIR)$(pkgdatadir)/schemas" || exit 1; done
	$(MKDIR_P) "$(DESTDIR)$(mandir)/man3" "$(DESTDIR)$(docdir)/reference"
	for page in docs/man3/*.3; do $(INSTALL_DATA) "$$page" "$(DESTDIR)$(mandir)/man3" || exit 1; done
	for page in docs/reference/*.md; do \
	    $(INSTALL_DATA) "$$page" "$(DESTDIR)$(docdir)/reference" || exit 1; done
uninstall-local: docs/api.stamp docs/kinds.stamp
	cd docs/man5 && for page in *.5; do rm -f "$(DESTDIR)$(mandir)/man5/$$page"; done
	rm -rf "$(DESTDIR)$(docdir)/definitions" "$(DESTDIR)$(pkgdatadir)/schemas"
	cd docs/man3 && for page in *.3; do rm -f "$(DESTDIR)$(mandir)/man3/$$page"; done
	cd docs/reference && for page in *.md; do rm -f "$(DESTDIR)$(docdir)/reference/$$page"; done
	-rmdir "$(DESTDIR)$(docdir)/reference"
