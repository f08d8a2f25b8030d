//! Liveness checks for blocking Rust services.
