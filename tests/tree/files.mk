# SPDX-License-Identifier: LGPL-2.1-or-later
# The tree tests itself: scripts that print TAP, with the sources in VT_SOURCE_DIR and the build in
# VT_BUILD_DIR.
tree_scripts = \
    tests/tree/api \
    tests/tree/from-libvirt \
    tests/tree/headers \
    tests/tree/install \
    tests/tree/layers \
    tests/tree/linkage \
    tests/tree/lists \
    tests/tree/symbols
EXTRA_DIST += tests/README.md tests/tree/layers.rules tests/lib/tap.sh
