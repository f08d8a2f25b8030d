# The sandbox of both vendors, for other teams. docs/src/en/sandbox.md says how to run it.
FROM rust:1.95-slim-trixie AS build
# The TLS library compiles C.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --locked --release -p liveness-cli

# The same Debian, for its glibc.
FROM debian:trixie-slim
COPY --from=build /src/target/release/liveness /usr/local/bin/liveness
# Nobody: it writes no file.
USER 65534:65534
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s \
    CMD ["/usr/local/bin/liveness", "sandbox", "--check", "http://127.0.0.1:8787"]
ENTRYPOINT ["/usr/local/bin/liveness", "sandbox", "--listen", "0.0.0.0:8787"]
