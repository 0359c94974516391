# Run by cpack when everything is installed below CPACK_TEMPORARY_DIRECTORY, before the package is made of it: what
# Debian keeps elsewhere, and the files that its policy asks for.
set(tree ${CPACK_TEMPORARY_DIRECTORY})
if(NOT EXISTS ${tree}/usr/bin/dcat)
  message(FATAL_ERROR "there is no usr/bin/dcat in ${tree}: build the targets dcat, dcat-hook and dcat_pages first")
endif()

file(RENAME ${tree}/usr/etc ${tree}/etc)
file(MAKE_DIRECTORY ${tree}/lib)
file(RENAME ${tree}/usr/lib/systemd ${tree}/lib/systemd)
file(REMOVE_RECURSE ${tree}/usr/lib)

set(doc ${tree}/usr/share/doc/dcat)
# file(INSTALL) would go below cpack's DESTDIR once more.
file(COPY ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${doc})
file(COPY ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides DESTINATION ${tree}/usr/share/lintian/overrides)
file(RENAME ${tree}/usr/share/lintian/overrides/lintian-overrides ${tree}/usr/share/lintian/overrides/dcat)

# -n: no name and no time in it, so that the same sources make the same package.
function(compress from to)
  execute_process(COMMAND gzip -9nc ${from} OUTPUT_FILE ${to} COMMAND_ERROR_IS_FATAL ANY)
  file(CHMOD ${to} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()
compress(${doc}/CHANGELOG.md ${doc}/changelog.gz)
file(REMOVE ${doc}/CHANGELOG.md)
compress(${CMAKE_CURRENT_LIST_DIR}/changelog ${doc}/changelog.Debian.gz)
