# The steps inside are run by .ci/run one by one; no container engine was at hand to build the image itself.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts would only fetch a second Node and an optional speed-up.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

# To try it all: docker compose --profile sandbox up sandbox
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
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "dist/main.js"]
CMD ["all"]
