# The build stage has everything; the image has Node.js, what `npm run build` makes and two compiled addons: no shell, no package
# manager. See docs/operations/production.md.

FROM node:26-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY toolchain/package.json toolchain/
COPY bench/package.json bench/
# Not `npm ci`: the lock file holds the platforms it was written on, and an image may be for another.
RUN npm install
COPY rolldown.config.ts tsconfig.json ./
COPY src src
RUN npm run build
COPY LICENSE ./
RUN mkdir -p image/cognate/node_modules image/data image/import-logs && cp -r dist package.json LICENSE image/cognate/ && cp -r node_modules/@node-rs image/cognate/node_modules/

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /build/image/cognate /cognate
COPY --from=build --chown=65532:65532 /build/image/data /data
COPY --from=build --chown=65532:65532 /build/image/import-logs /import-logs
ENV NODE_ENV=production COGNATE_HOST=0.0.0.0 COGNATE_PORT=9500 COGNATE_DATA_DIR=/data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 9500
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["/usr/local/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.COGNATE_PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/node", "/cognate/dist/cognate.js"]
CMD ["start"]
