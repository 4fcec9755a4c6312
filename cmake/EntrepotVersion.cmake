# generated/entrepot/version.h: version, commit, compiler and flags, where shipped files are looked for. The commit goes
# into the provenance of results: every build looks again, and the header is touched only when its text changes.
find_package(Git QUIET)
string(TOUPPER "${CMAKE_BUILD_TYPE}" ENT_BUILD_TYPE_UPPER)
string(JOIN " " ENT_FLAGS_TEXT ${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${ENT_BUILD_TYPE_UPPER}} ${ENT_ARITHMETIC_FLAGS})
if(ENT_SANITIZE)
  string(APPEND ENT_FLAGS_TEXT " -fsanitize=${ENT_SANITIZE}")
endif()
set(ENT_VERSION_HEADER ${CMAKE_CURRENT_BINARY_DIR}/generated/entrepot/version.h)
set(ENT_WRITE_VERSION ${CMAKE_COMMAND}
  -DENT_VERSION=${PROJECT_VERSION} "-DENT_COMPILER_TEXT=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}"
  "-DENT_FLAGS_TEXT=${ENT_FLAGS_TEXT}" -DENT_INSTALL_DATA_DIR=${CMAKE_INSTALL_FULL_DATADIR}/entrepot
  -DENT_SOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR} -DGIT_EXECUTABLE=${GIT_EXECUTABLE}
  -DHEADER=${ENT_VERSION_HEADER} -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/write_version.cmake)
execute_process(COMMAND ${ENT_WRITE_VERSION} COMMAND_ERROR_IS_FATAL ANY)
add_custom_target(entrepot_version COMMAND ${ENT_WRITE_VERSION} BYPRODUCTS ${ENT_VERSION_HEADER}
  COMMENT "Looking at the commit" VERBATIM)
add_dependencies(entrepot_build entrepot_version) # every target that can include the header
