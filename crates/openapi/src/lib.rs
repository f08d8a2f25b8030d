//! Nothing: the package is its tests, which hold `docs/openapi.json` against the sandbox.
