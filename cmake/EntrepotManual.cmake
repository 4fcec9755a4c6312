# The manual page and the completions of three shells, from what the built program says of itself.
find_program(ENT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(ENT_PYTHON)
  set(ENT_MANUAL_DIR ${CMAKE_CURRENT_BINARY_DIR}/manual)
  add_custom_command(OUTPUT ${ENT_MANUAL_DIR}/entrepot.1
    BYPRODUCTS ${ENT_MANUAL_DIR}/entrepot.bash ${ENT_MANUAL_DIR}/_entrepot ${ENT_MANUAL_DIR}/entrepot.fish
    COMMAND ${ENT_PYTHON} ${PROJECT_SOURCE_DIR}/scripts/make_manual.py $<TARGET_FILE:entrepot_program> ${ENT_MANUAL_DIR}
    DEPENDS entrepot_program ${PROJECT_SOURCE_DIR}/scripts/make_manual.py ${PROJECT_SOURCE_DIR}/CITATION.cff
    COMMENT "Manual page and completions" VERBATIM)
  add_custom_target(manual ALL DEPENDS ${ENT_MANUAL_DIR}/entrepot.1)
  install(FILES ${ENT_MANUAL_DIR}/entrepot.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${ENT_MANUAL_DIR}/entrepot.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME entrepot)
  install(FILES ${ENT_MANUAL_DIR}/_entrepot DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${ENT_MANUAL_DIR}/entrepot.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# `cmake --build ... --target doc`: reference pages of the library's headers.
find_program(ENT_DOXYGEN NAMES doxygen)
if(ENT_DOXYGEN)
  configure_file(docs/Doxyfile.in Doxyfile @ONLY)
  add_custom_target(doc COMMAND ${ENT_DOXYGEN} ${CMAKE_CURRENT_BINARY_DIR}/Doxyfile
    COMMENT "Reference pages of the library" VERBATIM)
endif()
