# generated/entrepot/version.h: version, commit, compiler and flags, where shipped files are looked for.
find_package(Git QUIET)
set(ENT_GIT_DESCRIBE "release")
if(GIT_FOUND AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/.git")
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --always --dirty
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE ENT_GIT_DESCRIBE
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
string(TOUPPER "${CMAKE_BUILD_TYPE}" ENT_BUILD_TYPE_UPPER)
set(ENT_COMPILER_TEXT "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}")
set(ENT_FLAGS_TEXT "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${ENT_BUILD_TYPE_UPPER}}")
configure_file(cmake/version.h.in generated/entrepot/version.h @ONLY)
