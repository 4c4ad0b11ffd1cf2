# The tower in one image. With DATABASE_URL it uses that Postgres; without, it
# runs its own in /data.

FROM node:20-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=optional --omit=dev

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/node_modules ./node_modules
ARG VERSION=dev
RUN go run ./static/assets && \
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /throughline .

FROM debian:bookworm-slim
RUN mkdir -p /etc/postgresql-common && \
    echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf && \
    apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates curl postgresql-15 tzdata && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --uid 10001 --home-dir /data --create-home throughline
COPY --from=build /throughline /usr/local/bin/throughline
USER throughline
WORKDIR /data
# Inside a container, loopback is reachable by nobody: what is published is the
# operator's decision.
ENV THROUGHLINE_ADDR=0.0.0.0:8080 THROUGHLINE_DATA=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=6 \
    CMD curl -fsS "http://127.0.0.1:${THROUGHLINE_ADDR##*:}/healthz" >/dev/null || exit 1
ENTRYPOINT ["throughline"]
CMD ["serve"]
