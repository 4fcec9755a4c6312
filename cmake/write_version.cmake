# Run by EntrepotVersion.cmake, when configuring and with every build.
set(ENT_GIT_DESCRIBE "release")
if(GIT_EXECUTABLE AND EXISTS "${ENT_SOURCE_DIR}/.git")
  # a clone that belongs to somebody else may be read too
  execute_process(COMMAND ${GIT_EXECUTABLE} -c safe.directory=${ENT_SOURCE_DIR} describe --always --dirty
    WORKING_DIRECTORY ${ENT_SOURCE_DIR} OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE failed ERROR_QUIET)
  if(NOT failed)
    set(ENT_GIT_DESCRIBE "${described}")
  endif()
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.h.in ${HEADER} @ONLY)
