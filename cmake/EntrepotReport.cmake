# The report's page, style and script, carried inside the library. dist/report.js is built from figures/, lang/ and
# page.js by scripts/build-report.sh and committed, so that building the program needs no npm.
set(ENT_REPORT_SOURCES "${CMAKE_CURRENT_SOURCE_DIR}/src/report")
set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/src/page/report_assets.c" PROPERTIES
  COMPILE_DEFINITIONS "ENT_REPORT_SOURCES=\"${ENT_REPORT_SOURCES}\""
  OBJECT_DEPENDS "${ENT_REPORT_SOURCES}/page.html;${ENT_REPORT_SOURCES}/style.css;${ENT_REPORT_SOURCES}/dist/report.js")
