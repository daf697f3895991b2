"use strict";
Redoc.init(
  "openapi.json",
  {
    hideSchemaTitles: true,
    jsonSampleExpandLevel: 3,
    requiredPropsFirst: true,
    theme: { typography: { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } } },
  },
  document.getElementById("page"),
);
