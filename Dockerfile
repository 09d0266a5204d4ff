# Millrace as a container: the command, statically linked with the Swift library, on a slim Debian 13.
#
#   docker build -t millrace .
#   docker run --rm -it millrace                  # the demo: no Kafka needed
#   docker run --rm -v counts:/var/lib/millrace millrace wordcount --bootstrap-servers kafka:9092 \
#     --from events --to wordCounts --checkpoint counts
#
# scripts/image builds the same without a Docker engine.

# Debian 12: an older C library than the one below, and the same librdkafka ABI.
FROM swift:6.3-bookworm AS build
WORKDIR /src
COPY Package.swift ./
COPY scripts/install-dependencies scripts/
RUN scripts/install-dependencies --rocksdb
COPY Sources Sources
COPY Tests Tests
COPY Benchmarks Benchmarks
RUN swift build -c release --static-swift-stdlib --product millrace --traits RocksDB -Xlinker -s \
 && install -D .build/release/millrace /out/millrace \
 && mkdir -p /out/lib && cp -P "$(pkg-config --variable=libdir rocksdb)"/librocksdb.so.* /out/lib

# Debian 13: its librdkafka (2.8) can do SCRAM with Kafka 4.
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends librdkafka1 libpcre2-8-0 libedit2 libzstd1 libsnappy1v5 liblz4-1 zlib1g \
    libgflags2.2 ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
 && groupadd --system --gid 10001 millrace \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/millrace --shell /usr/sbin/nologin millrace \
 && install -d -o 10001 -g 10001 -m 700 /var/lib/millrace
COPY --from=build /out/millrace /usr/local/bin/millrace
# RocksDB as it was built against: its ABI is another one with each version, so Debian 13's doesn't serve.
COPY --from=build /out/lib/ /usr/lib/

# By number, so that Kubernetes can see that it isn't root.
USER 10001:10001
# Checkpoints with relative names land on the volume: all that has to survive.
WORKDIR /var/lib/millrace
VOLUME /var/lib/millrace
# Finishes the running batch and leaves.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/millrace"]
CMD ["demo"]
