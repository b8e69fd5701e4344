dnl SPDX-License-Identifier: LGPL-2.1-or-later

dnl VESSEL_NEED(VARIABLE, MODULE, DEBIAN-PACKAGE)
dnl A pkg-config module that must be there. All that are missing are named at once, at the end, by
dnl VESSEL_NEED_REPORT, each with the package that has it.
AC_DEFUN([VESSEL_NEED], [
    PKG_CHECK_MODULES([$1], [$2], [], [
        vessel_missing="$vessel_missing
  $2 (Debian: $3)"
        vessel_missing_packages="$vessel_missing_packages $3"
    ])
])

AC_DEFUN([VESSEL_NEED_REPORT], [
    AS_IF([test -n "$vessel_missing"], [AC_MSG_ERROR([needed and not found:$vessel_missing
Install with: apt-get install$vessel_missing_packages])])
])

dnl VESSEL_CFLAG(FLAG): adds FLAG to WARN_CFLAGS where the compiler knows it.
AC_DEFUN([VESSEL_CFLAG], [
    AC_MSG_CHECKING([whether $CC knows $1])
    vessel_saved_cflags=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
        [AC_MSG_RESULT([yes]); WARN_CFLAGS="$WARN_CFLAGS $1"],
        [AC_MSG_RESULT([no])])
    CFLAGS=$vessel_saved_cflags
])
