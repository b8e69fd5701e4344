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

install-data-local: docs/api.stamp
	$(MKDIR_P) "$(DESTDIR)$(mandir)/man3" "$(DESTDIR)$(docdir)/reference"
	for page in docs/man3/*.3; do $(INSTALL_DATA) "$$page" "$(DESTDIR)$(mandir)/man3" || exit 1; done
	for page in docs/reference/*.md; do \
	    $(INSTALL_DATA) "$$page" "$(DESTDIR)$(docdir)/reference" || exit 1; done
uninstall-local: docs/api.stamp
	cd docs/man3 && for page in *.3; do rm -f "$(DESTDIR)$(mandir)/man3/$$page"; done
	cd docs/reference && for page in *.md; do rm -f "$(DESTDIR)$(docdir)/reference/$$page"; done
	-rmdir "$(DESTDIR)$(docdir)/reference"
