# cpack makes a .deb of what `cmake --install` installs.
set(bt_changelog ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz)
add_custom_command(
    OUTPUT ${bt_changelog}
    COMMAND ${BT_GZIP} -9nc ${PROJECT_SOURCE_DIR}/cmake/changelog > ${bt_changelog}
    DEPENDS ${PROJECT_SOURCE_DIR}/cmake/changelog
    VERBATIM)
add_custom_target(bt_changelog ALL DEPENDS ${bt_changelog})

install(FILES README.md ${bt_changelog} TYPE DOC)
install(FILES LICENSE TYPE DOC RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bt)
set(CPACK_PACKAGE_VENDOR "The bt authors")
set(CPACK_PACKAGE_CONTACT "The bt authors <bt@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "command-line BitTorrent downloader")
set(CPACK_PACKAGE_DESCRIPTION
    "Give it a torrent: it fetches the files, checks every byte and ends. Made for a
terminal and for shell scripts alike: data on standard output, progress on
standard error, an exit status for each kind of failure. It stops and goes on
safely, and needs no configuration and no daemon.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Modes of files do not depend on the umask of who builds.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
include(CPack)
