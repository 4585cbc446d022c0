"""HTTP: routes, versions and errors."""
