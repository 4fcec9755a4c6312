# Install, export for find_package, pkg-config, and a Debian package.
include(CMakePackageConfigHelpers)
# All that is installed, without tests: what `cmake --install` needs.
add_custom_target(installable DEPENDS entrepot entrepot_program)
foreach(also manual entrepot_mpi)
  if(TARGET ${also})
    add_dependencies(installable ${also})
  endif()
endforeach()

install(TARGETS entrepot EXPORT entrepotTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS entrepot_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/entrepot DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/generated/entrepot/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/entrepot)
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/entrepot)
install(DIRECTORY data DESTINATION ${CMAKE_INSTALL_DATADIR}/entrepot PATTERN raw EXCLUDE)
# where Debian's Python looks under /usr
install(DIRECTORY python/entrepot DESTINATION lib/python3/dist-packages COMPONENT python PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES README.md CHANGELOG.md CITATION.cff LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(ENT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/entrepot)
install(EXPORT entrepotTargets NAMESPACE entrepot:: DESTINATION ${ENT_CMAKE_DIR})
configure_package_config_file(cmake/entrepotConfig.cmake.in entrepotConfig.cmake INSTALL_DESTINATION ${ENT_CMAKE_DIR})
write_basic_package_version_file(entrepotConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/entrepotConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/entrepotConfigVersion.cmake DESTINATION ${ENT_CMAKE_DIR})
# the prefix is found from the file's own place: `cmake --install --prefix` and packages may choose another
file(RELATIVE_PATH ENT_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/entrepot.pc.in entrepot.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/entrepot.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Entrepot developers <dev@entrepot.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX}) # where version.h says the data are
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Firm-level simulator of trade policy
 Entrepot plays tariffs out firm by firm and month by month: exporters price
 and enter markets, importers order, stock up and change suppliers,
 governments set, suspend and answer tariffs. The same world is played with a
 policy and without it, many times, and the difference is reported by sector
 with its uncertainty. The package holds the program, its library and headers,
 benchmarks, configs, and the manual page.")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nodejs, librsvg2-bin, fonts-nanum, python3-entrepot, r-cran-ncdf4")
# two packages: entrepot, and python3-entrepot that is the same on every machine
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL Unspecified python)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_NAME entrepot)
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-entrepot)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "nodejs, librsvg2-bin, python3-scipy")
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
  "entrepot (= ${PROJECT_VERSION}), python3 (>= 3.9), python3-numpy, python3-pandas, python3-xarray")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "Entrepot from Python: runs as xarray, comparisons, laws and forecasts as pandas
 Runs as labelled arrays, comparisons, laws, the static theory and forecasts
 as data frames, with the library in the process.")
set(CPACK_STRIP_FILES ON)
include(CPack)
