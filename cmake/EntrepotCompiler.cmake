# Language, warnings and floating-point rules, carried by the interface target entrepot_build.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # POSIX names of glibc
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# no -DNDEBUG in any build: cheap assertions stay on
set(CMAKE_C_FLAGS_RELEASE "-O3")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

option(ENT_WERROR "Warnings are errors" OFF)
set(ENT_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(ENT_COVERAGE "Instrument for gcov" OFF)

# entrepot_build is entrepot_flags and what instruments the build: sanitizers, coverage
add_library(entrepot_flags INTERFACE)
add_library(entrepot_build INTERFACE)
target_link_libraries(entrepot_build INTERFACE entrepot_flags)
target_include_directories(entrepot_flags INTERFACE
  ${CMAKE_CURRENT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR}/include ${CMAKE_CURRENT_BINARY_DIR}/generated)
target_compile_definitions(entrepot_flags INTERFACE _GNU_SOURCE)
# -ffp-contract=off: gcc fuses multiply-add on processors that can, and the bits would differ between machines.
set(ENT_ARITHMETIC_FLAGS -fno-math-errno -fno-trapping-math -ffp-contract=off)
target_compile_options(entrepot_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes ${ENT_ARITHMETIC_FLAGS})
if(ENT_WERROR)
  target_compile_options(entrepot_flags INTERFACE -Werror)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  # loops clang cannot vectorise as asked are slower, not wrong
  target_compile_options(entrepot_flags INTERFACE -Wno-pass-failed -Wno-unknown-pragmas)
endif()
if(ENT_SANITIZE)
  if(ENT_SANITIZE MATCHES undefined)
    set(casts -fsanitize=float-cast-overflow) # which "undefined" leaves out
  endif()
  target_compile_options(entrepot_build INTERFACE -fsanitize=${ENT_SANITIZE} ${casts} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ENT_SANITIZE})
endif()
if(ENT_COVERAGE)
  target_compile_options(entrepot_build INTERFACE --coverage -O0)
  add_link_options(--coverage)
  find_program(ENT_GCOVR gcovr)
  if(ENT_GCOVR)
    # after the tests: which lines of src/ they reached
    add_custom_target(report_coverage USES_TERMINAL
      COMMAND ${ENT_GCOVR} --root ${CMAKE_SOURCE_DIR} --filter ${CMAKE_SOURCE_DIR}/src --print-summary
        --html-details ${CMAKE_BINARY_DIR}/coverage.html ${CMAKE_BINARY_DIR})
  endif()
endif()
