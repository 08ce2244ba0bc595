# .ci/run runs the steps inside one by one; no container engine was available to build the image itself.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts would only download a second Node and an optional native module.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

# To try everything: docker compose --profile sandbox up sandbox
FROM build AS sandbox
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/*
USER 1000:1000
ENTRYPOINT ["node", "src/main.ts"]
CMD ["sandbox"]

FROM ${NODE_IMAGE} AS runtime
WORKDIR /app
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
# A numeric user id lets Kubernetes verify that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "dist/main.js"]
CMD ["all"]
