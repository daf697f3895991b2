"use strict";
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  docExpansion: "list",
  displayRequestDuration: true,
  filter: true,
  // A token typed into the page is gone when the page is closed.
  persistAuthorization: false,
  // The default validator is somebody else's server, and would be told this document's address.
  validatorUrl: null,
});
