# One service an image: docker build --build-arg SERVICE=hls .
# BASE_IMAGE: Debian with Node 24 or later and npm.
ARG BASE_IMAGE=node:24-bookworm-slim

# What npm needs to know. Its result is the same after a change of code, so that the layers below are taken from the cache.
FROM ${BASE_IMAGE} AS manifests
WORKDIR /manifests
COPY . /source
RUN cp /source/package.json /source/package-lock.json /source/.npmrc . \
  && cd /source && for manifest in libs/*/package.json services/*/package.json e2e/package.json bench/package.json; do \
    mkdir -p "/manifests/$(dirname "$manifest")" && cp "$manifest" "/manifests/$manifest"; \
  done

FROM ${BASE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY . ./
RUN node node_modules/typescript/bin/tsc -b && node tools/bundle.mjs \
  && find libs services -name '*.test.js*' -delete -o -name '*.test.d.ts' -delete -o -name '*.tsbuildinfo' -delete

FROM ${BASE_IMAGE} AS dependencies
ARG SERVICE=standalone
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --omit=dev --workspace "services/${SERVICE}" --no-audit --no-fund --loglevel=error

FROM ${BASE_IMAGE}
ARG SERVICE=standalone
LABEL org.opencontainers.image.title="mediamesh-${SERVICE}" org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production MEDIAMESH_ADMIN_ADDRESS=0.0.0.0:9990
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json mediamtx.yml LICENSE ./
COPY --from=build /app/libs ./libs
COPY --from=build /app/services ./services
# The standalone server is a bundle.
RUN if [ -f "services/${SERVICE}/dist/mediamesh.js" ]; then main=mediamesh.js; else main=main.js; fi \
  && ln -s "services/${SERVICE}/dist/${main}" main.js \
  && mkdir state && chown 10001:10001 state
# The only folder that is written to.
VOLUME /app/state
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9990/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "main.js"]
