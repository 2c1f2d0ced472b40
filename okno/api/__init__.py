"""Face 3: REST with OpenAPI, for programs with a token."""
